import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  kindOf,
  Progress,
  type Look,
} from '../../../../../provider/resources/readiness/progress.ts';

const look = (more: Partial<Look> = {}): Look => ({
  words: '',
  lines: [],
  activity: { busy: false, cpuSeconds: 0 },
  ...more,
});

describe('kindOf', () => {
  it.each([
    ['2026-11-30 19:24:58.123 UTC [42] LOG:  ready', '2025-01-01 01:02:03.004 UTC [7] LOG:  ready'],
    ['current LSN: 0/1A2B3C, elapsed 10.02 s', 'current LSN: 0/9F, elapsed 20.5 s'],
  ])('is the same of %p and %p', (one, other) => {
    expect(kindOf(one)).toBe(kindOf(other));
  });

  it('tells what is said apart', () => {
    expect(kindOf('1 LOG: fixing permissions')).not.toBe(kindOf('1 LOG: syncing data to disk'));
  });
});

describe('progress', () => {
  it.each<[string, Partial<Look>, Partial<Look>]>([
    ['another log line', { lines: ['a'] }, { lines: ['a', 'b'] }],
    ['other words of the check', { words: 'still starting' }, { words: 'in recovery' }],
    [
      'processor time',
      { activity: { busy: false, cpuSeconds: 5 } },
      { activity: { busy: false, cpuSeconds: 6.5 } },
    ],
  ])('is %s', (_what, before, after) => {
    const progress = new Progress(0);
    progress.idleMs(0, look(before));
    expect(progress.idleMs(60_000, look(after))).toBe(0);
  });

  it.each<[string, Partial<Look>, Partial<Look>]>([
    ['the same line at another time', { lines: ['1 failed'] }, { lines: ['2 failed'] }],
    [
      'the little that an idle server takes',
      { activity: { busy: false, cpuSeconds: 5 } },
      { activity: { busy: false, cpuSeconds: 5.5 } },
    ],
    [
      'a process that happens to run once',
      { activity: { busy: false, cpuSeconds: 5 } },
      { activity: { busy: true, cpuSeconds: 5 } },
    ],
    ['nothing that can be seen', { activity: undefined }, { activity: undefined }],
  ])('is not %s', (_what, before, after) => {
    const progress = new Progress(0);
    progress.idleMs(0, look(before));
    expect(progress.idleMs(60_000, look(after))).toBe(60_000);
  });

  it('is never less long ago than since the last look that showed some', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 40 }), (steps) => {
        const progress = new Progress(0);
        let now = 0;
        let changedAt = 0;
        steps.forEach((step, index) => {
          now += 1000;
          const changes = step % 5 === 0;
          if (changes) changedAt = now;
          // A word of its own for each change; numbers would not count.
          const words = 'x'.repeat(changes ? index + 1 : 0);
          const idle = progress.idleMs(now, look({ words: changes ? words : '' }));
          // The first empty answer is new as well.
          expect(idle).toBeLessThanOrEqual(now - changedAt);
        });
      }),
    );
  });
});
