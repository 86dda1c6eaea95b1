// When the next run is due, in the stack's time zone: daily means daily, also when clocks change.

import { Cron } from 'croner';

export interface Schedule {
  /** Null when there is none any more. */
  next(): Date | null;
  stop(): void;
}

/**
 * Calls at each time that a schedule names.
 *
 * @param pattern cron, five fields
 * @param timezone IANA name
 * @throws {Error} for a pattern that names no time
 */
export function schedule(pattern: string, timezone: string, work: () => void): Schedule {
  const cron = new Cron(pattern, { timezone, mode: '5-part' }, work);
  return { next: () => cron.nextRun(), stop: () => cron.stop() };
}

/** Whether a schedule has named a time since, so that a run was missed. */
export function isOverdue(pattern: string, timezone: string, since: Date, now: Date): boolean {
  const cron = new Cron(pattern, { timezone, paused: true, mode: '5-part' });
  const next = cron.nextRun(since);
  return next !== null && next.getTime() <= now.getTime();
}
