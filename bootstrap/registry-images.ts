// Images of others, which a registry may or may not give. An environment comes up without them.

import { registryImages } from '../config/versions.ts';
import { hasImage } from './built-image.ts';
import { failedPull, forgetFailedPull, rememberFailedPull, worthAsking } from './failed-pulls.ts';
import type { Part } from './part.ts';
import { places } from '../lib/paths.ts';
import { run } from '../lib/process.ts';

export type RegistryImage = keyof typeof registryImages;

const names = Object.keys(registryImages) as RegistryImage[];

/** How long a pull may take: a registry that does not answer says so at once. */
const pullTimeoutMs = 10 * 60_000;

/** Which of them the engine has. All, where there is no engine to ask: a preview elsewhere shows what is meant. */
export async function imagesHere(): Promise<ReadonlySet<RegistryImage>> {
  const there = await Promise.all(
    names.map(async (name) => {
      const { code, stderr } = await run('docker', ['image', 'inspect', registryImages[name]]);
      return code === 0 || !/no such image/i.test(stderr);
    }),
  );
  return new Set(names.filter((_, index) => there[index]));
}

/** What is said of one that could not be had. */
export function whyLeftOut(name: RegistryImage, asked?: Date): string {
  return `the image ${shortName(name)} is not here and no registry gave it${when(asked)}: npx plinth setup tries again`;
}

/** When a registry was last asked in vain. */
export function lastAsked(name: RegistryImage): Date | undefined {
  return failedPull(places().cache, registryImages[name]);
}

function when(asked: Date | undefined): string {
  return asked === undefined ? '' : ` at ${asked.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Whether `up` asks for an image: a stack uses it, and no registry has said no within the last day. */
export function isAskedFor(
  reference: string,
  { cache, wanted, now }: { cache: string; wanted: boolean; now: Date },
): boolean {
  return wanted && worthAsking(failedPull(cache, reference), now);
}

/** Set-up's part: takes the image where a registry gives it, and goes on where none does. */
export const grafanaImage: Part = {
  id: 'image-grafana',
  title: 'Image grafana',
  needs: ['docker'],
  find: async ({ places: { cache } }) => {
    if (await hasImage(registryImages.grafana)) {
      return { version: shortName('grafana').replace(/^.*:/, ''), origin: 'official' };
    }
    const asked = failedPull(cache, registryImages.grafana);
    const why = asked === undefined ? '' : `; no registry gave it${when(asked)}`;
    return {
      missing: `${shortName('grafana')} is not here${why}: dashboards are left out`,
      remedy: "run 'npx plinth setup' where a registry answers",
    };
  },
  how: 'docker pull',
  provide: async ({ places: { cache } }, step) => {
    const { code } = await run('docker', ['pull', '--quiet', registryImages.grafana], {
      timeoutMs: pullTimeoutMs,
    });
    if (code === 0) {
      forgetFailedPull(cache, registryImages.grafana);
      return;
    }
    rememberFailedPull(cache, registryImages.grafana, new Date());
    step.leaveOut(
      'no registry gave it, so dashboards are left out; up asks again after a day, npx plinth setup at once',
    );
  },
};

function shortName(name: RegistryImage): string {
  return registryImages[name].replace(/@.*$/, '');
}
