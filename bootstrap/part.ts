import type { Paths } from '../lib/paths.ts';
import type { Progress, Step } from '../lib/progress.ts';

/** Where a part came from. */
export type Origin = 'official' | 'built here' | 'system';

/** What was found of a part: a version and its origin, or what is wrong and what to do about it. */
export type Finding =
  | { readonly version: string; readonly origin: Origin; readonly note?: string }
  | { readonly missing: string; readonly remedy: string };

/** What finding and providing may use. */
export interface Context {
  readonly places: Paths;
  readonly progress: Progress;
  /** Does a piece of work once, whoever asks for it first. */
  readonly once: <T>(key: string, work: () => Promise<T>) => Promise<T>;
  /** Waits until another part is there; throws when it cannot be had. */
  readonly ready: (id: string) => Promise<void>;
}

/** One thing a machine needs. */
export interface Part {
  readonly id: string;
  readonly title: string;
  /** Parts that must be there before this one can be found or provided. */
  readonly needs: readonly string[];
  /** Looks, and changes nothing. */
  readonly find: (context: Context) => Promise<Finding>;
  /** What providing does, in a few words, for the person who waits. */
  readonly how: string;
  /** Provides what `find` missed; throws a `Problem` when that cannot be done. */
  readonly provide?: (context: Context, step: Step) => Promise<void>;
}

export function isMissing(finding: Finding): finding is Extract<Finding, { missing: string }> {
  return 'missing' in finding;
}

/** The usual remedy: everything that can be provided is provided by set-up. */
export const runSetup = "run 'npx plinth setup'";
