/** The numbers of alerts and panels, each from the setting that it guards. Pure. */
import { Cron } from 'croner';
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { ThresholdsConfig } from '../../config/monitoring/config.ts';

export interface Thresholds extends ThresholdsConfig {
  /** Connections the server takes. */
  readonly maxConnections: number;
  /** Clients the pooler takes. */
  readonly maxClientConn: number;
  readonly slowQueryMs: number;
  /** The newest logical backup is older than any that the schedule explains. */
  readonly backupAgeSec: number;
  readonly drillAgeSec: number;
  /** Three times the promised loss, or the scrape that would have seen it. */
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
    // An hour for the work itself, and for a machine that was just being updated.
    backupAgeSec: longestPauseSec(backup.schedule, timezone) + HOUR,
    drillAgeSec: longestPauseSec(backup.drill.schedule, timezone) + HOUR,
    archiveLagSec: 3 * Math.max(backup.pointInTime.archiveTimeoutSec, monitoring.scrapeIntervalSec),
    scrapeIntervalSec: monitoring.scrapeIntervalSec,
  };
}

const pauses = new Map<string, number>();

/** The longest time between two runs of a cron line, in seconds; looked for in the next hundred. */
export function longestPauseSec(schedule: string, timezone: string): number {
  const key = `${schedule} ${timezone}`;
  const pause = pauses.get(key) ?? findLongestPauseSec(schedule, timezone);
  pauses.set(key, pause);
  return pause;
}

function findLongestPauseSec(schedule: string, timezone: string): number {
  // A fixed offset is counted with; every other time zone is asked for at each step.
  const place = timezone === 'Etc/UTC' ? { utcOffset: 0 } : { timezone };
  const runs = new Cron(schedule, { paused: true, mode: '5-part', ...place }).nextRuns(
    100,
    // A fixed day, so that the same settings always give the same file.
    new Date('2026-01-01T00:00:00Z'),
  );
  return runs.reduce((longest, run, index) => {
    const before = runs[index - 1];
    return before === undefined
      ? longest
      : Math.max(longest, (run.getTime() - before.getTime()) / 1000);
  }, 0);
}
