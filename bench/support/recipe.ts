/**
 * One part of a checkout's own set-up, with folders of its own. Run as a program by `bench/setup.ts`, on this checkout and
 * on an older one: `node recipe.ts <checkout> go <folder>` or `node recipe.ts <checkout> images`;
 * `node recipe.ts <checkout> take` does what an update does about images.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as imageModule from '../../provider/resources/image.ts';
import type * as listModule from '../../bootstrap/image-list.ts';
import type { Context, Part } from '../../bootstrap/part.ts';
import type * as partsModule from '../../bootstrap/parts.ts';
import type * as pathsModule from '../../lib/paths.ts';
import { Progress } from '../../lib/progress.ts';

const [root = '', what, folder = ''] = process.argv.slice(2);
/** Imports a module of that checkout. Commits up to ADR 31 have it elsewhere. */
const load = (path: string, before: string): Promise<unknown> => {
  const file = existsSync(join(root, path)) ? path : before;
  return import(pathToFileURL(join(root, file)).href) as Promise<unknown>;
};

/** Compiles what that checkout compiles, into an empty cache. */
async function compile(): Promise<void> {
  const paths = (await load('lib/paths.ts', 'toolchain/places.ts')) as typeof pathsModule & {
    readonly placesFor?: typeof pathsModule.pathsFor;
  };
  const pathsFor = paths.placesFor ?? paths.pathsFor;
  const { parts } = (await load('bootstrap/parts.ts', 'toolchain/parts.ts')) as typeof partsModule;
  const environment = { HOME: folder, PLINTH_CACHE: join(folder, 'cache') };
  const started = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const running = started.get(key) ?? work();
    started.set(key, running);
    return running as Promise<T>;
  };
  const step = { detail: () => undefined, leaveOut: () => undefined };
  const provide = (part: Part): Promise<void> =>
    once(`part ${part.id}`, async () => part.provide?.(context, step));
  const context: Context = {
    places: pathsFor(root, environment),
    progress: new Progress(() => undefined),
    once,
    ready: async (id) => {
      const part = parts.find((one) => one.id === id);
      if (part !== undefined) await provide(part);
    },
  };
  const compiled = parts.filter(({ id }) => id === 'pulumi' || id.startsWith('plugin-'));
  await Promise.all(compiled.map(provide));
}

/** Prints the images of that checkout, in the order in which they can be built. */
async function list(): Promise<void> {
  const { imageBuilds } = (await load(
    'bootstrap/image-list.ts',
    'toolchain/image-list.ts',
  )) as typeof listModule;
  console.log(JSON.stringify(Object.entries(imageBuilds(root))));
}

/** Does what an update does about the images: takes those that set-up has built, builds the others. */
async function take(): Promise<void> {
  const { stackImages } = (await load(
    'bootstrap/image-list.ts',
    'toolchain/image-list.ts',
  )) as typeof listModule;
  const { image } = (await load(
    'provider/resources/image.ts',
    'provider/image.ts',
  )) as typeof imageModule;
  for (const build of Object.values(stackImages(root))) await image.create(build);
}

const work = { go: compile, images: list, take };
await work[what as keyof typeof work]();
