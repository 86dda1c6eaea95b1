import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backupId } from '../../../../backup/store/id.ts';
import { isoWeek, planRetention, type Candidate } from '../../../../backup/store/retention.ts';
import type { Retention } from '../../../../backup/settings.ts';
import { runs } from '../../../support/runs.ts';

const DAY = 86_400_000;
const start = Date.UTC(2025, 0, 1, 2, 15);
const at = (time: number, state: Candidate['state'] = 'good'): Candidate => ({
  id: backupId(new Date(time), null),
  startedAt: new Date(time),
  state,
});
const daily = (days: number): Candidate[] =>
  Array.from({ length: days }, (_, day) => at(start + day * DAY));
const retention: Retention = { days: 30, weekly: 8, monthly: 12, yearly: 3 };
const plan = (backups: readonly Candidate[], now: number, wanted: Retention = retention) =>
  planRetention(backups, wanted, new Date(now), 'Europe/Berlin');
const newestOf = (backups: readonly Candidate[]): Candidate | undefined =>
  [...backups].sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())[0];

const anyRetention: fc.Arbitrary<Retention> = fc.record({
  days: fc.integer({ min: 1, max: 40 }),
  weekly: fc.integer({ min: 0, max: 10 }),
  monthly: fc.integer({ min: 0, max: 13 }),
  yearly: fc.integer({ min: 0, max: 4 }),
});
const anyState = fc.constantFrom<Candidate['state']>(
  'good',
  'good',
  'good',
  'damaged',
  'unverified',
);
const anyBackups = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 1500 }), anyState), {
    selector: ([day]) => day,
    maxLength: 80,
  })
  .map((days) => days.map(([day, state]) => at(start + day * DAY, state)));

describe('planRetention', () => {
  it('keeps days, then one of each week, month and year', () => {
    const now = start + 799 * DAY + 3_600_000;
    const { keep, remove } = plan(daily(800), now);
    // 30 days; 8 weeks, of which 5 lie within them; 12 months, of which 2 do and one ends with a week;
    // 3 years, of which one does and one ends with its month, of course.
    expect(keep.size).toBe(30 + 3 + 9 + 1);
    expect(keep.size + remove.length).toBe(800);
    expect(keep.get('20251231T021500Z')).toEqual(['the newest of year 2025']);
    expect(keep.get('20261231T021500Z')).toEqual([
      'the newest of month 2026-12',
      'the newest of year 2026',
    ]);
    expect([...remove]).toEqual([...remove].sort());
  });

  it('counts periods in the time zone', () => {
    // 23:30 UTC on the 31st is in the next year already where the stack is.
    const before = at(Date.UTC(2025, 11, 31, 22, 30));
    const after = at(Date.UTC(2025, 11, 31, 23, 30));
    const wanted = { days: 1, weekly: 0, monthly: 0, yearly: 2 };
    const { keep } = plan([before, after], Date.UTC(2026, 5, 1), wanted);
    expect(keep.get(before.id)).toEqual(['the newest of year 2025']);
    expect(keep.get(after.id)).toContain('the newest of year 2026');
  });

  it('does not use days up while nothing is made, nor when a clock has jumped ahead for a run', () => {
    const before = daily(30);
    const yearsLater = at(start + 900 * DAY);
    const { remove } = plan([...before, yearsLater], start + 900 * DAY + 1000);
    expect(remove.length).toBeLessThanOrEqual(1);
  });

  it('removes nothing where no good one is', () => {
    const damaged = daily(200).map((one) => ({ ...one, state: 'damaged' as const }));
    expect(plan(damaged, start + 400 * DAY).remove).toEqual([]);
  });

  it('lets a damaged one go only when its days are over and a good one is there', () => {
    const old = at(start, 'damaged');
    const recent = at(start + 90 * DAY, 'damaged');
    const good = at(start + 95 * DAY);
    const { remove, keep } = plan([old, recent, good], start + 96 * DAY);
    expect(remove).toEqual([old.id]);
    expect(keep.get(recent.id)).toEqual(['of the last 30 days']);
  });

  it('never removes the last good one, whatever its age', () => {
    fc.assert(
      fc.property(
        anyBackups,
        anyRetention,
        fc.integer({ min: 0, max: 9000 }),
        (all, wanted, day) => {
          const now = start + day * DAY;
          const { remove } = plan(all, now, wanted);
          const past = all.filter(({ startedAt }) => startedAt.getTime() <= now);
          const last = newestOf(past.filter(({ state }) => state === 'good'));
          expect(remove).not.toContain(last?.id);
          if (last === undefined) expect(remove).toEqual([]);
        },
      ),
    );
  });

  it('keeps everything of the last days, and what is dated in the future or not verified', () => {
    fc.assert(
      fc.property(
        anyBackups,
        anyRetention,
        fc.integer({ min: 0, max: 2000 }),
        (all, wanted, day) => {
          const now = start + day * DAY;
          const removed = new Set(plan(all, now, wanted).remove);
          for (const { id, startedAt, state } of all) {
            const age = now - startedAt.getTime();
            if (age <= wanted.days * DAY || state === 'unverified')
              expect(removed).not.toContain(id);
          }
        },
      ),
    );
  });

  it('lets none that is damaged, unverified or dated in the future make another go', () => {
    fc.assert(
      fc.property(
        anyBackups,
        anyRetention,
        fc.integer({ min: 0, max: 1500 }),
        fc.constantFrom<Candidate['state'] | 'future'>('damaged', 'unverified', 'future'),
        (all, wanted, day, kind) => {
          const now = start + 1600 * DAY;
          const more =
            kind === 'future' ? at(now + (1 + day) * DAY) : at(start + day * DAY + 7_200_000, kind);
          const without = plan(all, now, wanted).remove;
          const with_ = plan([...all, more], now, wanted).remove.filter((id) => id !== more.id);
          expect(with_).toEqual(without);
        },
      ),
    );
  });

  it('holds for 400 days with failures, damage and clocks that jump', () => {
    const days = fc.array(
      fc.record({
        fails: fc.boolean(),
        jumpDays: fc.oneof(
          { weight: 30, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: -400, max: 4000 }) },
        ),
        damages: fc.option(fc.nat(), { freq: 20 }),
      }),
      { minLength: 400, maxLength: 400 },
    );
    fc.assert(
      fc.property(days, anyRetention, (all, wanted) => {
        let there: Candidate[] = [];
        const made: Candidate[] = [];
        for (const [day, { fails, jumpDays, damages }] of all.entries()) {
          const now = start + (day + jumpDays) * DAY;
          if (damages !== null && there.length > 0) {
            const hit = damages % there.length;
            there = there.map((one, index) => (index === hit ? { ...one, state: 'damaged' } : one));
          }
          if (fails || there.some(({ startedAt }) => startedAt.getTime() === now)) continue;
          const goodBefore = there.filter(({ state }) => state === 'good').length;
          const fresh = at(now);
          made.push(fresh);
          there = [...there, fresh];
          const { remove } = plan(there, now, wanted);
          there = there.filter(({ id }) => !remove.includes(id));
          // The one just made stays, and so does at least one other where there was one that counts.
          expect(there).toContainEqual(fresh);
          expect(there.filter(({ state }) => state === 'good').length).toBeGreaterThanOrEqual(
            Math.min(goodBefore + 1, 1),
          );
          // Everything honest of the last days is still there, as long as no clock had a part in it.
          const recent = made.filter(
            ({ startedAt }) => Math.abs(now - startedAt.getTime()) <= wanted.days * DAY,
          );
          const ids = new Set(there.map(({ id }) => id));
          if (all.every((one) => one.jumpDays === 0)) {
            for (const { id } of recent) expect(ids).toContain(id);
          }
        }
        // It does not grow without end either, when clocks are right.
        if (all.every((one) => one.jumpDays === 0)) {
          const most = 2 * (wanted.days + 1) + wanted.weekly + wanted.monthly + wanted.yearly;
          expect(there.length).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: runs(10) },
    );
  }, 120_000);
});

describe('isoWeek', () => {
  it.each([
    ['2024-12-30', '2025-W01'],
    ['2026-01-01', '2026-W01'],
    ['2027-01-01', '2026-W53'],
    ['2026-11-21', '2026-W47'],
  ])('names the week of %s', (day, week) => {
    expect(isoWeek(day)).toBe(week);
  });
});
