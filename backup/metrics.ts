// The metrics page for Prometheus.

import { readFile } from 'node:fs/promises';
import { renderSamples, type Families } from '../lib/metrics.ts';
import { drillStatusFile, type Paths } from './store/paths.ts';
import { readStatus, type Status } from './store/status.ts';
import { knownBackups } from './store/verification-results.ts';

/** Values by name. */
export type Metrics = Readonly<Record<string, number>>;

const HELP: Readonly<Record<string, string>> = {
  plinth_backup_last_success_timestamp_seconds:
    'End of the last successful backup, as a Unix timestamp.',
  plinth_backup_last_attempt_timestamp_seconds:
    'Start of the last backup attempt, as a Unix timestamp.',
  plinth_backup_last_attempt_failed: 'Whether the last backup attempt failed: 1 for yes, 0 for no.',
  plinth_backup_failures_total: 'Number of failed backup attempts.',
  plinth_backup_duration_seconds: 'Duration of the last successful backup, in seconds.',
  plinth_backup_size_bytes: 'Size of the last successful backup, in bytes.',
  plinth_backup_rows: 'Number of rows in the last successful backup.',
  plinth_backup_count: 'Number of stored backups that are not known to be damaged.',
  plinth_backup_next_run_timestamp_seconds:
    'Time of the next scheduled backup, as a Unix timestamp.',
  plinth_drill_last_success_timestamp_seconds:
    'Time of the last successful restore test, as a Unix timestamp.',
  plinth_drill_last_attempt_timestamp_seconds:
    'Start of the last restore test, as a Unix timestamp.',
  plinth_drill_last_attempt_failed: 'Whether the last restore test failed: 1 for yes, 0 for no.',
  plinth_drill_restore_seconds: 'Duration of the last restore, in seconds.',
  plinth_drill_backup_timestamp_seconds:
    'Time of the backup that the last restore test used, as a Unix timestamp.',
  plinth_drill_isolation_leaked:
    'Number of cases in the last isolation test on restored data that leaked rows of another tenant.',
  plinth_drill_isolation_held:
    'Number of cases in the last isolation test on restored data that leaked no rows.',
};

const FAMILIES: Families = Object.fromEntries(
  Object.entries(HELP).map(([name, help]) => [
    name,
    { type: name.endsWith('_total') ? 'counter' : 'gauge', help },
  ]),
);

/** The text of the page, sorted by metric name. */
export function renderMetrics(metrics: Metrics): string {
  const samples = Object.entries(metrics)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
  return renderSamples(samples, FAMILIES);
}

/** A status as metrics; unknown values are omitted. */
export function statusMetrics({ lastAttempt, lastSuccess, failures }: Status): Metrics {
  return {
    plinth_backup_failures_total: failures,
    ...(lastAttempt === null
      ? {}
      : {
          plinth_backup_last_attempt_timestamp_seconds: seconds(lastAttempt.startedAt),
          plinth_backup_last_attempt_failed: lastAttempt.state === 'failed' ? 1 : 0,
        }),
    ...(lastSuccess === null
      ? {}
      : {
          plinth_backup_last_success_timestamp_seconds: seconds(lastSuccess.finishedAt),
          plinth_backup_duration_seconds: lastSuccess.durationSec,
          plinth_backup_size_bytes: lastSuccess.bytes,
          plinth_backup_rows: lastSuccess.rows,
        }),
  };
}

/** All current metrics. */
export async function currentMetrics(places: Paths, nextRun: Date | null): Promise<Metrics> {
  const known = await knownBackups(places);
  return {
    ...(await drillMetrics(drillStatusFile)),
    ...statusMetrics(await readStatus(places.status)),
    plinth_backup_count: known.filter(({ state }) => state !== 'damaged').length,
    ...(nextRun === null
      ? {}
      : { plinth_backup_next_run_timestamp_seconds: nextRun.getTime() / 1000 }),
  };
}

/** The metrics of the restore test, read from its status file: its container has no network. */
export async function drillMetrics(file: string): Promise<Metrics> {
  try {
    const { metrics } = JSON.parse(await readFile(file, 'utf8')) as { metrics?: unknown };
    return Object.fromEntries(
      Object.entries((metrics ?? {}) as Metrics).filter(
        ([name, value]) =>
          name in HELP && name.startsWith('plinth_drill_') && typeof value === 'number',
      ),
    );
  } catch {
    return {};
  }
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
