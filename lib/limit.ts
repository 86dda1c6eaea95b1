// No more of one kind of work at a time than the machine has use for.

import { availableParallelism } from 'node:os';

/** Runs a piece of work as soon as its turn comes. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `most` pieces of work at a time; the others wait in the order in which they came. */
export function limitTo(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((turn) => waiting.push(turn));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place goes to the next one directly, so that a new caller does not take it.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** One build for each core: more would only slow each other down. */
export function limitToCores(): Limit {
  return limitTo(availableParallelism());
}
