// Images of others, which a registry may or may not give. An environment comes up without them.

import { registryImages } from '../config/versions.ts';
import { hasImage } from './built-image.ts';
import type { Part } from './part.ts';
import { run } from './run.ts';

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
export function whyLeftOut(name: RegistryImage): string {
  return `the image ${shortName(name)} is not here and no registry gave it: npm run setup tries again`;
}

/** Set-up's part: takes the image where a registry gives it, and goes on where none does. */
export const grafanaImage: Part = {
  id: 'image-grafana',
  title: 'Image grafana',
  needs: ['docker'],
  find: async () =>
    (await hasImage(registryImages.grafana))
      ? { version: shortName('grafana').replace(/^.*:/, ''), origin: 'official' }
      : {
          missing: `${shortName('grafana')} is not here: dashboards are left out`,
          remedy: "run 'npm run setup' where a registry answers",
        },
  how: 'docker pull',
  provide: async (_, step) => {
    const { code } = await run('docker', ['pull', '--quiet', registryImages.grafana], {
      timeoutMs: pullTimeoutMs,
    });
    if (code !== 0) step.leaveOut('no registry gave it, so dashboards are left out');
  },
};

function shortName(name: RegistryImage): string {
  return registryImages[name].replace(/@.*$/, '');
}
