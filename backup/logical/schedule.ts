// Schedules in the time zone of the stack. A daily schedule stays daily when daylight saving time changes.

import { Cron } from 'croner';

export interface Schedule {
  /** The next time; null if there is none. */
  next(): Date | null;
  stop(): void;
}

/**
 * Calls `work` at each time of a schedule.
 *
 * @param pattern cron, five fields
 * @param timezone IANA name
 * @throws {Error} if the pattern is invalid
 */
export function schedule(pattern: string, timezone: string, work: () => void): Schedule {
  const cron = new Cron(pattern, { timezone, mode: '5-part' }, work);
  return { next: () => cron.nextRun(), stop: () => cron.stop() };
}

/** Whether a scheduled time has passed since `since`, so that a run was missed. */
export function isOverdue(pattern: string, timezone: string, since: Date, now: Date): boolean {
  const cron = new Cron(pattern, { timezone, paused: true, mode: '5-part' });
  const next = cron.nextRun(since);
  return next !== null && next.getTime() <= now.getTime();
}
