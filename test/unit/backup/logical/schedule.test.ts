import { describe, expect, it } from '@jest/globals';
import { Cron } from 'croner';
import { isOverdue, schedule } from '../../../../backup/logical/schedule.ts';

const berlin = 'Europe/Berlin';

describe('isOverdue', () => {
  const overdue = (since: string, now: string): boolean =>
    isOverdue('15 2 * * *', berlin, new Date(since), new Date(now));

  it('asks whether a time has passed', () => {
    expect(overdue('2026-11-21T01:15:30Z', '2026-11-22T01:14:59Z')).toBe(false);
    expect(overdue('2026-11-21T01:15:30Z', '2026-11-22T01:15:00Z')).toBe(true);
    expect(overdue('2026-11-21T12:00:00Z', '2026-12-24T00:00:00Z')).toBe(true);
  });
});

describe('schedule', () => {
  it('names a time in the stack’s zone', () => {
    const timer = schedule('15 2 * * *', berlin, () => undefined);
    const next = timer.next()!;
    timer.stop();
    expect(
      next.toLocaleTimeString('en-GB', { timeZone: berlin, hour: '2-digit', minute: '2-digit' }),
    ).toBe('02:15');
    expect(next.getTime()).toBeGreaterThan(Date.now());
  });

  it('refuses what is no schedule', () => {
    for (const pattern of ['61 * * * *', '* * * * * *', 'never']) {
      expect(() => schedule(pattern, berlin, () => undefined)).toThrow();
    }
  });

  // Also an hour that clocks skip in spring, and one that they show twice in autumn.
  it.each(['15 2 * * *', '30 2 * * *', '0 3 * * *', '15 1 * * *'])(
    '%s is once a day',
    (pattern) => {
      const cron = new Cron(pattern, { timezone: berlin, paused: true, mode: '5-part' });
      const days: string[] = [];
      let at = new Date('2026-01-01T12:00:00Z');
      for (let run = 0; run < 364; run += 1) {
        at = cron.nextRun(at)!;
        days.push(at.toLocaleDateString('en-CA', { timeZone: berlin }));
      }
      expect(new Set(days).size).toBe(364);
      expect(days.at(-1)).toBe('2026-12-31');
    },
  );
});
