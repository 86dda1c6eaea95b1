/** Images that a test runs on their own. */
import path from 'node:path';
import { hasImage } from '../../toolchain/built-image.ts';
import { imageBuilds, type ImageName } from '../../toolchain/image-list.ts';
import { docker } from './stack.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** What an image of the checkout is called; built as set-up does, where it is missing. */
export async function builtImage(name: ImageName): Promise<string> {
  const { reference, context, buildArgs } = imageBuilds(PROJECT)[name];
  if (await hasImage(reference)) return reference;
  const args = Object.entries(buildArgs).flatMap(([key, value]) => [
    '--build-arg',
    `${key}=${value}`,
  ]);
  await docker('build', ...args, '--tag', reference, path.join(PROJECT, context));
  return reference;
}
