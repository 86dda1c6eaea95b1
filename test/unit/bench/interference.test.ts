import { describe, expect, it } from '@jest/globals';
import { interference, type Stretch } from '../../../bench/support/interference.ts';

const STRETCH_MS = 50;
const COUNT = 4000;

/** A program that works in every tenth stretch. */
const stretches: readonly Stretch[] = Array.from({ length: COUNT }, (_, index) => ({
  fromMs: index * STRETCH_MS,
  toMs: (index + 1) * STRETCH_MS,
  cpuMs: index % 10 === 5 ? 8 : 0,
}));

/** Twenty transactions a stretch that take what is said of the stretch, each a little different. */
const transactions = (msIn: (index: number) => number) =>
  stretches.flatMap(({ fromMs }, index) =>
    Array.from({ length: 20 }, (_, n) => ({
      atMs: fromMs + n * 2.5,
      ms: msIn(index) * (0.9 + 0.01 * n),
    })),
  );
const works = (index: number): boolean => index % 10 >= 4 && index % 10 <= 6;

describe('what a program adds to the times of others', () => {
  it('is nothing where they take the same beside it', () => {
    const found = interference(
      transactions(() => 1),
      stretches,
    );
    expect(found.ratio).toBeCloseTo(1, 6);
    expect(found.met).toBeCloseTo(0.3, 2);
    expect(found.moments).toBe(COUNT / 10);
  });

  it('is what it adds, in the share of the time in which it works', () => {
    const found = interference(
      transactions((index) => (works(index) ? 1.5 : 1)),
      stretches,
    );
    expect(found.factor).toBeCloseTo(1.5, 3);
    expect(found.ratio).toBeCloseTo(1 + 0.3 * 0.5, 3);
  });

  it('is found on a machine that grows slower, and that stands still now and then', () => {
    const noise = (index: number) => (1 + index / COUNT) * (index % 397 === 0 ? 300 : 1);
    const quiet = interference(transactions(noise), stretches);
    expect(quiet.ratio).toBeCloseTo(1, 2);
    const beside = interference(
      transactions((index) => noise(index) * (works(index) ? 1.2 : 1)),
      stretches,
    );
    expect(beside.ratio).toBeCloseTo(1.06, 2);
  });

  it('comes with what the same finds where it did not work', () => {
    const varied = (index: number) => 1 + ((index * 7919) % 101) / 200;
    const { control, ratio } = interference(
      transactions((index) => varied(index) * (works(index) ? 1.5 : 1)),
      stretches,
    );
    expect(ratio).toBeCloseTo(1.15, 2);
    expect(control.mean).toBeLessThan(1.02);
    expect(control.deviation).toBeGreaterThan(0);
  });

  it('is counted from when a transaction was due, and only where somebody looked', () => {
    const outside = [
      { atMs: -10, ms: 9 },
      { atMs: COUNT * STRETCH_MS + 5, ms: 9 },
    ];
    const all = [...transactions(() => 1), ...outside];
    expect(interference(all, stretches).met).toBeCloseTo(0.3, 2);
  });
});
