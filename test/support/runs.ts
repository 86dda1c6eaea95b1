/**
 * How many generated cases a property is tried with. A plain run tries a quarter: other cases each time, so that few days try
 * as many as one full run. `PLINTH_TEST_FULL=1` tries all, `PLINTH_TEST_RUNS=10` ten times as many.
 */

/** Fewer say too little about a property. */
const FEWEST = 25;

/** @param full what a full run tries */
export function runs(full: number, env: NodeJS.ProcessEnv = process.env): number {
  return Math.max(Math.min(full, FEWEST), Math.round(full * factor(env)));
}

function factor({ PLINTH_TEST_RUNS: given, PLINTH_TEST_FULL: full }: NodeJS.ProcessEnv): number {
  if (given === undefined) return full === '1' ? 1 : 0.25;
  const wanted = Number(given);
  if (!(wanted > 0 && wanted <= 1000)) {
    throw new Error(
      `PLINTH_TEST_RUNS is "${given}", must be a number above 0 and up to 1000: 1 tries as many cases as a full run`,
    );
  }
  return full === '1' ? Math.max(1, wanted) : wanted;
}
