import { describe, expect, it } from '@jest/globals';
import { transactionsFrom } from '../../../bench/support/latency.ts';

describe('what pgbench logs of transactions', () => {
  it('is how long each took, since it was due', () => {
    expect(
      transactionsFrom('0 1 2500 0 1700000000 500000 12\n3 2 750 0 1700000001 250 0\n'),
    ).toEqual([
      { atMs: 1_700_000_000_497.5, ms: 2.5 },
      { atMs: 1_700_000_000_999.5, ms: 0.75 },
    ]);
  });

  it('is refused where it is something else', () => {
    expect(() => transactionsFrom('0 1 failed 0 1700000000 1\n')).toThrow(
      'no time of a transaction',
    );
  });
});
