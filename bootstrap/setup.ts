// Set-up: every part is looked for, and what is missing is provided, each as soon as what it needs is
// there, so that compiling, installing and downloading go on beside each other.

import { mkdirSync } from 'node:fs';
import { registryImages } from '../config/versions.ts';
import { makeOnce } from '../lib/once.ts';
import { isMissing, type Context, type Finding, type Part } from './part.ts';
import { optionalParts, parts as allParts } from './parts.ts';
import { places, type Paths } from '../lib/paths.ts';
import { UserError } from '../lib/errors.ts';
import { duration, Progress } from '../lib/progress.ts';
import { grafanaImage, isAskedFor } from './registry-images.ts';
import { imagesWanted } from './wanted-images.ts';

/** A context for looking at parts without providing any. */
export function lookingContext(progress: Progress = new Progress()): Context {
  return { places: places(), progress, once: makeOnce(), ready: () => Promise.resolve() };
}

/** What every part is at, found beside each other; nothing is changed. */
export async function findAll(
  parts: readonly Part[] = allParts,
): Promise<readonly { part: Part; finding: Finding }[]> {
  const context = lookingContext();
  return Promise.all(parts.map(async (part) => ({ part, finding: await part.find(context) })));
}

async function bring(part: Part, context: Context, optional: boolean): Promise<boolean> {
  const before = await part.find(context);
  if (!isMissing(before)) return false;
  const { provide } = part;
  if (provide === undefined) {
    if (optional) return false;
    throw new UserError(before.missing, before.remedy);
  }
  await context.progress.step(part.title, part.how, (step) => provide(context, step));
  const after = await part.find(context);
  if (isMissing(after) && !optional) throw new UserError(after.missing, after.remedy);
  return !isMissing(after);
}

/** Why parts could not be had; one for each, never the same twice. */
export class SetupFailed extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'SetupFailed';
    this.problems = problems;
  }
}

/**
 * Provides what is missing of the given parts.
 *
 * @returns the number of parts that were missing
 * @throws SetupFailed when a part cannot be had; everything else has been provided by then
 */
export async function provideAll(
  parts: readonly Part[],
  optional: ReadonlySet<string>,
  make: (ready: (id: string) => Promise<void>) => Context,
): Promise<number> {
  const results = new Map<string, Promise<boolean>>();
  const byId = new Map(parts.map((part) => [part.id, part]));
  const result = (id: string): Promise<boolean> => {
    const part = byId.get(id);
    if (part === undefined) return Promise.resolve(false);
    const running = results.get(id) ?? start(part);
    results.set(id, running);
    return running;
  };
  const context = make(async (id) => {
    await result(id);
  });
  const start = async (part: Part): Promise<boolean> => {
    await Promise.all(part.needs.map((id) => result(id)));
    return bring(part, context, optional.has(part.id));
  };
  const ends = await Promise.allSettled(parts.map((part) => result(part.id)));
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
  if (failures.length > 0) {
    throw new SetupFailed([...new Set(failures.map((failure) => failure.message))]);
  }
  return ends.filter((end) => end.status === 'fulfilled' && end.value).length;
}

export interface SetupOptions {
  readonly progress?: Progress;
  /** The stack that it is for: what others use is not fetched. @default - all stacks of the checkout */
  readonly stack?: string;
  /** Asks registries again that have just said no. @default false */
  readonly again?: boolean;
}

/** The parts that set-up provides: all, without third-party images that the stack switches off or that no registry serves. */
export function partsFor(
  { stack, again = false }: Pick<SetupOptions, 'stack' | 'again'>,
  here: Pick<Paths, 'root' | 'cache'>,
  now: Date = new Date(),
): readonly Part[] {
  const wanted = imagesWanted(here.root, stack).has('grafana');
  const asked = again
    ? wanted
    : isAskedFor(registryImages.grafana, { cache: here.cache, wanted, now });
  return asked ? allParts : allParts.filter(({ id }) => id !== grafanaImage.id);
}

/** Set-up of this machine and checkout. Seconds when nothing is missing, and then silent. */
export async function setup(options: SetupOptions = {}): Promise<number> {
  const { progress = new Progress() } = options;
  const started = Date.now();
  const here = places();
  mkdirSync(here.cache, { recursive: true });
  const provided = await provideAll(partsFor(options, here), optionalParts, (ready) => ({
    places: here,
    progress,
    once: makeOnce(),
    ready,
  }));
  if (provided > 0) progress.say(`✓ set-up is complete (${duration(Date.now() - started)})`);
  return provided;
}
