// Retention: decides which backups are kept, with a reason for each. Pure.

import type { Retention } from '../settings.ts';

/** The properties of a backup that retention uses. */
export interface Candidate {
  readonly id: string;
  readonly startedAt: Date;
  readonly state: 'good' | 'damaged' | 'unverified';
}

export interface RetentionPlan {
  /** Reasons to keep a backup, by its id. */
  readonly keep: ReadonlyMap<string, readonly string[]>;
  /** Ids of the backups to remove, oldest first. */
  readonly remove: readonly string[];
}

const DAY_MS = 86_400_000;
/** Tolerated difference between the clocks of two containers. */
const SKEW_MS = 300_000;

/**
 * Plans the retention. Only days, weeks, months and years that have a backup are counted. So a period without backups,
 * or a clock that jumped ahead, does not remove backups. Only good backups count: a damaged or unverified backup never
 * causes the removal of another one.
 *
 * @param timezone IANA name; determines when a day begins
 */
export function planRetention(
  backups: readonly Candidate[],
  retention: Retention,
  now: Date,
  timezone: string,
): RetentionPlan {
  const future = (one: Candidate): boolean => one.startedAt.getTime() > now.getTime() + SKEW_MS;
  const newestFirst = [...backups].sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  const good = newestFirst.filter((one) => one.state === 'good' && !future(one));
  const keep = new Map<string, string[]>();
  const because = (one: Candidate, why: string): void => {
    keep.set(one.id, [...(keep.get(one.id) ?? []), why]);
  };

  const [last] = good;
  if (last !== undefined) because(last, 'the last good backup');
  for (const one of newestFirst) {
    const why = always(one, future(one), last !== undefined);
    if (why !== undefined) because(one, why);
    else if (now.getTime() - one.startedAt.getTime() <= retention.days * DAY_MS) {
      because(one, `of the last ${String(retention.days)} days`);
    }
  }
  const calendar = periodsIn(timezone);
  const days = new Set<string>();
  for (const one of good) {
    const day = calendar.day(one.startedAt);
    if (!days.has(day) && days.size === retention.days) break;
    days.add(day);
    if (!keep.get(one.id)?.some((why) => why.startsWith('of the last '))) {
      because(one, `of the last ${String(retention.days)} days with backups`);
    }
  }
  for (const [period, count] of [
    ['week', retention.weekly],
    ['month', retention.monthly],
    ['year', retention.yearly],
  ] as const) {
    for (const [name, one] of newestOfEach(good, calendar[period], count)) {
      because(one, `the newest of ${period} ${name}`);
    }
  }
  return {
    keep,
    remove: newestFirst
      .filter(({ id }) => !keep.has(id))
      .map(({ id }) => id)
      .reverse(),
  };
}

/** The reason to keep a backup of any age. */
function always(one: Candidate, future: boolean, goodOnes: boolean): string | undefined {
  if (future) return 'dated in the future: check the clock';
  if (one.state === 'unverified') return 'not verified yet';
  return goodOnes ? undefined : 'there is no good backup';
}

function newestOfEach(
  newestFirst: readonly Candidate[],
  periodOf: (date: Date) => string,
  count: number,
): ReadonlyMap<string, Candidate> {
  const newest = new Map<string, Candidate>();
  for (const one of newestFirst) {
    const period = periodOf(one.startedAt);
    if (newest.has(period)) continue;
    if (newest.size === count) break;
    newest.set(period, one);
  }
  return newest;
}

/** Functions that return the day, week, month and year of a date. */
function periodsIn(timezone: string) {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const day = (date: Date): string => format.format(date);
  return {
    day,
    week: (date: Date) => isoWeek(day(date)),
    month: (date: Date) => day(date).slice(0, 7),
    year: (date: Date) => day(date).slice(0, 4),
  };
}

/** The ISO week of a day: `2026-W47` for `2026-11-21`. The Thursday of a week determines its year. */
export function isoWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() + (3 - weekday) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS));
  return `${String(year)}-W${String(week).padStart(2, '0')}`;
}
