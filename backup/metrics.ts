// The metrics that Prometheus scrapes.

import { readFile } from 'node:fs/promises';
import { renderSamples, type Families } from '../lib/metrics.ts';
import { drillStatusFile, type Paths } from './store/paths.ts';
import { readStatus, type Status } from './store/status.ts';
import { knownBackups } from './store/verification-results.ts';

/** Values by name. */
export type Metrics = Readonly<Record<string, number>>;

const HELP: Readonly<Record<string, string>> = {
  plinth_backup_last_success_timestamp_seconds: 'Time at which the last good backup was completed.',
  plinth_backup_last_attempt_timestamp_seconds: 'Time at which the last backup attempt started.',
  plinth_backup_last_attempt_failed: '1 if the last backup attempt failed, otherwise 0.',
  plinth_backup_failures_total: 'Number of failed backup attempts.',
  plinth_backup_duration_seconds: 'Duration of the last good backup.',
  plinth_backup_size_bytes: 'Size of the last good backup.',
  plinth_backup_rows: 'Rows in the last good backup.',
  plinth_backup_count: 'Number of backups that are not known to be damaged.',
  plinth_backup_next_run_timestamp_seconds: 'Time at which the next backup is due.',
  plinth_drill_last_success_timestamp_seconds:
    'Time at which the last successful restore test ended.',
  plinth_drill_last_attempt_timestamp_seconds: 'Time at which the last restore test started.',
  plinth_drill_last_attempt_failed: '1 if the last restore test failed, otherwise 0.',
  plinth_drill_restore_seconds: 'Duration of the restore in the last successful restore test.',
  plinth_drill_backup_timestamp_seconds:
    'Time of the backup that the last successful restore test used.',
  plinth_drill_isolation_leaked:
    'Number of attempts that read rows of another tenant in the restored database, in the last isolation test.',
  plinth_drill_isolation_held:
    'Number of attempts that were blocked in the restored database, in the last isolation test.',
};

const FAMILIES: Families = Object.fromEntries(
  Object.entries(HELP).map(([name, help]) => [
    name,
    { type: name.endsWith('_total') ? 'counter' : 'gauge', help },
  ]),
);

/** Renders the metrics, sorted by name. */
export function renderMetrics(metrics: Metrics): string {
  const samples = Object.entries(metrics)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
  return renderSamples(samples, FAMILIES);
}

/** Metrics of a status. Unknown values are omitted. */
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

/** The current metrics. */
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

/** Metrics of the restore test, read from its status file. Its container has no network. */
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
