import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  fits,
  inOrder,
  measuredSlowness,
  slowness,
  timeLimitSec,
  type Job,
} from '../../../../cli/test-run/schedule.ts';

const job = (name: string, expectedSec?: number, more: Partial<Job> = {}): Job => ({
  name,
  expectedSec,
  rank: 1,
  always: false,
  ...more,
});

describe('the order of jobs', () => {
  it('is by rank, then the longest first, and a file without a duration is assumed to take three minutes', () => {
    const jobs = [job('short', 10), job('new'), job('long', 500), job('unit', 90, { rank: 0 })];
    expect(inOrder(jobs).map(({ name }) => name)).toEqual(['unit', 'long', 'new', 'short']);
  });

  it('loses no job', () => {
    const jobs = fc.array(
      fc.tuple(fc.string(), fc.option(fc.nat(), { nil: undefined }), fc.nat(3)),
    );
    fc.assert(
      fc.property(jobs, (rows) => {
        const all = rows.map(([name, seconds, rank]) => job(name, seconds, { rank }));
        expect(new Set(inOrder(all))).toEqual(new Set(all));
      }),
    );
  });
});

describe('slowness', () => {
  it('is 1 before anything has ended, and on a fast machine', () => {
    expect(slowness([], 100)).toBe(1);
    const fast = { job: job('a', 100), startedSec: 0, endedSec: 20 };
    expect(slowness([fast], 20)).toBe(1);
  });

  it('is what ended jobs took against what was recorded, added up', () => {
    const started = [
      { job: job('a', 10), startedSec: 0, endedSec: 40 },
      { job: job('b', 30), startedSec: 40, endedSec: 120 },
      { job: job('unknown'), startedSec: 0, endedSec: 9999 },
    ];
    expect(measuredSlowness(started)).toBe(3);
  });

  it('counts a running job that is late already', () => {
    const running = { job: job('a', 10), startedSec: 0, endedSec: undefined };
    expect(slowness([running], 50)).toBe(5);
    expect(measuredSlowness([running])).toBe(1);
  });
});

describe('a budget', () => {
  it('leaves out what cannot end in time at the measured speed', () => {
    expect(fits(job('a', 100), 1, 80, 200)).toBe(true);
    expect(fits(job('a', 100), 2, 80, 200)).toBe(false);
  });

  it('leaves nothing out when there is none, nor the cheapest proofs', () => {
    expect(fits(job('a', 100), 10, 5000, undefined)).toBe(true);
    expect(fits(job('unit', 100, { always: true }), 10, 5000, 60)).toBe(true);
  });
});

it('the time limit of a job grows with the measured slowness, not with its own lateness', () => {
  expect(timeLimitSec(job('a', 60), 1)).toBe(600 + 240);
  expect(timeLimitSec(job('a', 60), 4)).toBe(600 + 960);
});
