/** Thresholds of alerts and panels, derived from the settings that they guard. Pure. */
import { Cron } from 'croner';
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { ThresholdsConfig } from '../../config/monitoring/config.ts';

export interface Thresholds extends ThresholdsConfig {
  /** max_connections of the server. */
  readonly maxConnections: number;
  /** max_client_conn of PgBouncer. */
  readonly maxClientConn: number;
  readonly slowQueryMs: number;
  /** Age of the newest logical backup that the schedule cannot explain. */
  readonly backupAgeSec: number;
  readonly drillAgeSec: number;
  /** Three times the archive timeout or the scrape interval, whichever is longer. */
  readonly archiveLagSec: number;
  readonly scrapeIntervalSec: number;
}

const HOUR = 3600;

export function thresholdsOf(config: EnvironmentConfig): Thresholds {
  const { monitoring, postgres, pgbouncer, backup, timezone } = config;
  return {
    ...monitoring.thresholds,
    maxConnections: postgres.maxConnections,
    maxClientConn: pgbouncer.maxClientConn,
    slowQueryMs: postgres.slowQueryMs,
    // One hour for the backup itself, or for an update of the host at that time.
    backupAgeSec: longestPauseSec(backup.schedule, timezone) + HOUR,
    drillAgeSec: longestPauseSec(backup.drill.schedule, timezone) + HOUR,
    archiveLagSec: 3 * Math.max(backup.pointInTime.archiveTimeoutSec, monitoring.scrapeIntervalSec),
    scrapeIntervalSec: monitoring.scrapeIntervalSec,
  };
}

const pauses = new Map<string, number>();

/** The longest time between two runs of a cron schedule, in seconds, over the next 100 runs. */
export function longestPauseSec(schedule: string, timezone: string): number {
  const key = `${schedule} ${timezone}`;
  const pause = pauses.get(key) ?? findLongestPauseSec(schedule, timezone);
  pauses.set(key, pause);
  return pause;
}

function findLongestPauseSec(schedule: string, timezone: string): number {
  // A fixed offset is fast; every other time zone needs a lookup per run.
  const place = timezone === 'Etc/UTC' ? { utcOffset: 0 } : { timezone };
  const runs = new Cron(schedule, { paused: true, mode: '5-part', ...place }).nextRuns(
    100,
    // A fixed start date, so that the same settings always produce the same file.
    new Date('2026-01-01T00:00:00Z'),
  );
  return runs.reduce((longest, run, index) => {
    const before = runs[index - 1];
    return before === undefined
      ? longest
      : Math.max(longest, (run.getTime() - before.getTime()) / 1000);
  }, 0);
}
