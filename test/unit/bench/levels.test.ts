import { describe, expect, it } from '@jest/globals';
import {
  pairs,
  processorTime,
  script,
  throughput,
  turns,
  type Turn,
} from '../../../bench/support/levels.ts';

describe('turns', () => {
  it('begin with the other side each time', () => {
    expect(turns(['a', 'b'], 3)).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
  });
});

describe('pairs', () => {
  it('are the second side as a share of the first, whichever came first', () => {
    const done: Turn<'a' | 'b'>[] = [
      { side: 'a', tps: 100, us: 10 },
      { side: 'b', tps: 90, us: 11 },
      { side: 'b', tps: 80, us: 12 },
      { side: 'a', tps: 100, us: 10 },
    ];
    expect(pairs(done, ['a', 'b'], 'tps')).toEqual([0.9, 0.8]);
    expect(pairs(done, ['a', 'b'], 'us')).toEqual([1.1, 1.2]);
  });
});

describe('a transaction', () => {
  it('differs only in how it says who it is', () => {
    const [setting, signed] = [script('setting'), script('signed')].map((text) => text.split('\n'));
    expect(setting?.filter((line, at) => line !== signed?.[at])).toEqual([
      `SELECT set_config('app.facilitator_id', :who, true);`,
    ]);
    expect(signed?.[1]).toBe('SELECT tenant.enter(:who);');
  });
});

describe('throughput', () => {
  const said = (failed: string) =>
    `number of transactions actually processed: 6172\nnumber of failed transactions: ${failed} (0.000%)\nlatency average = 1.0 ms\ntps = 1234.5 (without initial connection time)\n`;

  it('is what pgbench says', () => {
    expect(throughput(said('0'))).toEqual({ tps: 1234.5, transactions: 6172 });
  });

  it.each([
    [said('3'), '3 transactions failed'],
    ['tps = 1.0\n', 'unknown transactions failed'],
    ['connection refused', 'pgbench says no throughput:\nconnection refused'],
  ])('is none when not all went well: %j', (text, why) => {
    expect(() => throughput(text)).toThrow(why);
  });
});

describe('processor time', () => {
  it.each([
    ['usage_usec 1234\nuser_usec 1000\n', 1234],
    ['1234567\n', 1234.567],
  ])('is read from either version of control groups: %j', (said, us) => {
    expect(processorTime(said)).toBe(us);
  });

  it('is never made up', () => {
    expect(() => processorTime('cat: no such file')).toThrow('says no processor time');
  });
});
