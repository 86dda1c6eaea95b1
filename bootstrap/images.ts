// The images: built by set-up, once each, under the names the program asks for. The program builds only what it does
// not find.

import { join } from 'node:path';
import { debian } from '../config/versions.ts';
import { hasImage } from './built-image.ts';
import { canInstall, distribution, install } from './apt.ts';
import { buildCommand, buildEnvironment } from './image-build.ts';
import {
  baseFolder,
  baseTag,
  imageBelow,
  imageBuilds,
  imageNames,
  type ImageName,
} from './image-list.ts';
import { limitToCores } from '../lib/limit.ts';
import { withLock } from '../lib/lock.mjs';
import { runSetup, type Context, type Finding, type Part } from './part.ts';
import { UserError } from '../lib/errors.ts';
import type { Step } from '../lib/progress.ts';
import { lastLines, run, which } from '../lib/process.ts';

/** What a person sees of a missing image. */
async function findImage(reference: string): Promise<Finding> {
  const tag = reference.slice(reference.indexOf(':') + 1);
  return (await hasImage(reference))
    ? { version: tag, origin: 'built here' }
    : { missing: `the image ${reference} is not built`, remedy: runSetup };
}

function baseReference(context: Context): string {
  return `plinth/base:${baseTag(context.places.root)}`;
}

export const debootstrap: Part = {
  id: 'debootstrap',
  title: 'debootstrap',
  needs: ['docker'],
  find: async (context) => {
    if (which('debootstrap') !== undefined) return { version: 'installed', origin: 'system' };
    if (await hasImage(baseReference(context))) return { version: 'not needed', origin: 'system' };
    return {
      missing: 'debootstrap is not installed (it makes the base image where no registry answers)',
      remedy: runSetup,
    };
  },
  how: 'apt-get install',
  provide: async (context) => {
    // Not being able to install it is no failure yet: a registry may have the base image.
    if (canInstall()) await install(context, ['debootstrap']);
  },
};

async function buildBase(context: Context, step: Step): Promise<void> {
  const { root, cache } = context.places;
  const script = join(root, baseFolder, 'build.sh');
  await withLock(join(cache, 'locks', 'images'), async () => {
    const { code, stdout, stderr } = await run('bash', [script, baseTag(root)], {
      cwd: root,
      onLine: (line) => step.detail(line.replace(/^base: /, '')),
    });
    if (code === 0) return;
    const where = canInstall() ? '' : ` on ${distribution()} as this user`;
    throw new UserError(
      `the base image could not be made${where} (${lastLines(stderr || stdout, 3)})`,
      'check that the machine reaches its Debian mirror, or an image registry, and run again',
    );
  });
}

export const baseImage: Part = {
  id: 'base-image',
  title: 'Base image',
  needs: ['debootstrap'],
  find: (context) => findImage(baseReference(context)),
  how: `Debian ${debian.release}`,
  provide: buildBase,
};

/** The step of a classic build that a line of its output begins; undefined for any other line. */
export function buildStep(line: string): string | undefined {
  const match = /^Step (\d+\/\d+) : (\w+)/.exec(line);
  return match === null ? undefined : `step ${match[1] ?? ''} ${match[2] ?? ''}`;
}

const turn = limitToCores();

async function buildImage(context: Context, step: Step, name: ImageName): Promise<void> {
  const { root, cache } = context.places;
  const build = imageBuilds(root)[name];
  const { reference } = build;
  // Another checkout of this machine may be at the same image: it is built once for both.
  await withLock(
    join(cache, 'locks', `image-${name}`),
    () =>
      turn(async () => {
        if (await hasImage(reference)) return;
        const { code, stdout, stderr } = await run('docker', buildCommand(build), {
          cwd: root,
          env: buildEnvironment,
          onLine: (line) => {
            const at = buildStep(line);
            if (at !== undefined) step.detail(at);
          },
        });
        if (code === 0) return;
        throw new UserError(
          `the image ${reference} could not be built:\n${lastLines(`${stdout}\n${stderr}`)}`,
          'check that containers reach the Debian mirror, and run again',
        );
      }),
    (holder) => step.detail(`waiting for process ${holder.pid}, which builds it`),
  );
}

/** The part that an image stands on. */
function needOf(name: ImageName): string {
  const lower = imageBelow(name);
  return lower === undefined ? 'base-image' : `image-${lower}`;
}

export const images: readonly Part[] = imageNames.map((name) => ({
  id: `image-${name}`,
  title: `Image ${name}`,
  needs: [needOf(name)],
  find: (context) => findImage(imageBuilds(context.places.root)[name].reference),
  how: 'docker build',
  provide: (context, step) => buildImage(context, step, name),
}));
