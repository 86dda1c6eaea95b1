import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { limitTo } from '../../../lib/limit.ts';

/** Work that ends when it is told to. */
function held() {
  let end = (): void => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { done, end };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('limitTo', () => {
  it('starts no more than that many, and the next one when one has ended', async () => {
    const limit = limitTo(2);
    const jobs = [held(), held(), held(), held()];
    const started: number[] = [];
    const all = jobs.map(({ done }, index) =>
      limit(() => {
        started.push(index);
        return done;
      }),
    );
    await settle();
    expect(started).toEqual([0, 1]);
    jobs[1]?.end();
    await settle();
    expect(started).toEqual([0, 1, 2]);
    jobs[0]?.end();
    jobs[2]?.end();
    jobs[3]?.end();
    await Promise.all(all);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it('hands on results and errors, and a failure frees its place', async () => {
    const limit = limitTo(1);
    await expect(limit(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(limit(() => Promise.resolve(7))).resolves.toBe(7);
  });

  it('never runs more than its limit, whatever ends when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 20 }),
        async (most, turns) => {
          const limit = limitTo(most);
          let running = 0;
          let peak = 0;
          await Promise.all(
            turns.map((count) =>
              limit(async () => {
                peak = Math.max(peak, (running += 1));
                for (let i = 0; i < count; i += 1) await settle();
                running -= 1;
              }),
            ),
          );
          expect(peak).toBeLessThanOrEqual(most);
          expect(running).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });
});
