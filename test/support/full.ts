/** How often a proof is repeated: a few times in every run of the suite, more often in a full one. */

/** Whether every repetition runs, as `npm run test:full` asks by PLINTH_TEST_FULL=1. */
export const FULL: boolean = process.env['PLINTH_TEST_FULL'] === '1';

/**
 * @param few in every run; enough to show the guarantee once for each kind of case
 * @param all in a full run
 */
export function repetitions(few: number, all: number): number {
  return FULL ? all : few;
}
