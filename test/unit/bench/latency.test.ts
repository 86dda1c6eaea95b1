import { describe, expect, it } from '@jest/globals';
import { compared, STATISTICS, transactionTimes } from '../../../bench/support/latency.ts';

describe('what pgbench logs of transactions', () => {
  it('is how long each took', () => {
    expect(transactionTimes('0 1 2417 0 1700000000 1 12\n3 2 900 0 1700000000 2 0\n')).toEqual([
      2.417, 0.9,
    ]);
  });

  it('is refused where it is something else', () => {
    expect(() => transactionTimes('0 1 failed 0 1700000000 1\n')).toThrow(
      'no time of a transaction',
    );
  });
});

describe('times', () => {
  it('are told by their middle, by what 95 of 100 are below, and by their mean', () => {
    const times = [...Array.from({ length: 99 }, () => 1), 101];
    expect([STATISTICS.median(times), STATISTICS.p95(times), STATISTICS.mean(times)]).toEqual([
      1, 1, 2,
    ]);
  });

  it('are compared in pairs, in whatever order they ran, beside what the same work takes again', () => {
    const done = [
      { side: 'alone', times: [2] },
      { side: 'watched', times: [3] },
      { side: 'watched', times: [2] },
      { side: 'alone', times: [4] },
    ] as const;
    expect(compared(done, ['alone', 'watched'], 'median')).toEqual({
      first: 2,
      second: 2,
      ratios: [1.5, 0.5],
      noise: [2],
    });
  });
});
