// Everything a machine needs, as data.

import { secrets, stackParts } from './checkout.ts';
import { docker } from './docker.ts';
import { go } from './go-toolchain.ts';
import { baseImage, debootstrap, images } from './images.ts';
import { node, npmPackages } from './node.ts';
import type { Part } from './part.ts';
import { languageHost, plugins, pulumiCli } from './pulumi.ts';
import { grafanaImage } from './registry-images.ts';
import { shim } from './shim.ts';

/** All parts, in the order in which a person reads about them. */
export const parts: readonly Part[] = [
  node,
  npmPackages,
  docker,
  go,
  pulumiCli,
  languageHost,
  ...plugins,
  debootstrap,
  baseImage,
  ...images,
  grafanaImage,
  secrets,
  stackParts,
  shim,
];

/** Parts whose absence is no failure by itself: those that need them say so. */
export const optionalParts: ReadonlySet<string> = new Set([
  'go',
  'debootstrap',
  'image-grafana',
  'shim',
]);
