import { describe, expect, it } from '@jest/globals';
import { latency, pairsOf } from '../../../bench/support/levels.ts';

const SAID = `transaction type: /tmp/load.sql
number of transactions actually processed: 3200/3200
number of failed transactions: 0 (0.000%)
latency average = 2.417 ms
tps = 399.8 (without initial connection time)
`;

describe('what pgbench says of time', () => {
  it('is the mean', () => {
    expect(latency(SAID)).toEqual({ meanMs: 2.417 });
  });

  it('is nothing where transactions failed, or it says none', () => {
    expect(() => latency(SAID.replace(': 0 (', ': 3 ('))).toThrow('3 transactions failed');
    expect(() => latency(SAID.replace('latency', 'x'))).toThrow('says no latency');
  });

  it('is compared in pairs, in whatever order they ran', () => {
    const done = [
      { side: 'alone', ms: 2 },
      { side: 'watched', ms: 3 },
      { side: 'watched', ms: 2 },
      { side: 'alone', ms: 4 },
    ] as const;
    expect(pairsOf(done, ['alone', 'watched'])).toEqual([1.5, 0.5]);
  });
});
