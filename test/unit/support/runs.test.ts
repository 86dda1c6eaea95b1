import { describe, expect, it } from '@jest/globals';
import { runs } from '../../support/runs.ts';

describe('the number of runs of a property', () => {
  it.each([
    [1000, {}, 250],
    [60, {}, 25],
    [10, {}, 10],
    [1000, { PLINTH_TEST_FULL: '1' }, 1000],
    [10, { PLINTH_TEST_FULL: '1' }, 10],
    [1000, { PLINTH_TEST_FULL: '0' }, 250],
    [1000, { PLINTH_TEST_RUNS: '0.5' }, 500],
    [40, { PLINTH_TEST_RUNS: '10' }, 400],
    // A full run is never less than one.
    [1000, { PLINTH_TEST_FULL: '1', PLINTH_TEST_RUNS: '0.1' }, 1000],
    [1000, { PLINTH_TEST_FULL: '1', PLINTH_TEST_RUNS: '2' }, 2000],
  ])('of %d with %j is %d', (full, env, expected) => {
    expect(runs(full, env)).toBe(expected);
  });

  it.each(['', '0', '-1', 'many', '1001', 'Infinity'])('is not made of "%s"', (given) => {
    expect(() => runs(10, { PLINTH_TEST_RUNS: given })).toThrow(/^PLINTH_TEST_RUNS is "/);
  });
});
