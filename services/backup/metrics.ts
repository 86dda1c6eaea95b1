// The page that Prometheus reads.

import { readFile } from 'node:fs/promises';
import { renderSamples, type Families } from '../metrics.ts';
import { drillStatusFile, type Places } from './places.ts';
import { readStatus, type Status } from './status.ts';
import { knownBackups } from './verified.ts';

/** Values by name. */
export type Metrics = Readonly<Record<string, number>>;

const HELP: Readonly<Record<string, string>> = {
  plinth_backup_last_success_timestamp_seconds: 'When the last good backup was complete.',
  plinth_backup_last_attempt_timestamp_seconds: 'When a backup was last begun.',
  plinth_backup_last_attempt_failed: '1 when the last attempt failed, 0 when not.',
  plinth_backup_failures_total: 'Attempts that failed.',
  plinth_backup_duration_seconds: 'How long the last good backup took.',
  plinth_backup_size_bytes: 'Size of the last good backup.',
  plinth_backup_rows: 'Rows in the last good backup.',
  plinth_backup_count: 'Backups that are there and not known to be damaged.',
  plinth_backup_next_run_timestamp_seconds: 'When the next backup is due.',
  plinth_drill_last_success_timestamp_seconds: 'When a backup was last restored and compared.',
  plinth_drill_last_attempt_timestamp_seconds: 'When a drill was last begun.',
  plinth_drill_last_attempt_failed: '1 when the last drill failed, 0 when not.',
  plinth_drill_restore_seconds: 'How long the last restore took.',
  plinth_drill_backup_timestamp_seconds: 'When the backup of the last drill was made.',
  plinth_drill_isolation_leaked:
    'Attacks on the restored rows that got rows of another tenant, in the last proof.',
  plinth_drill_isolation_held: 'Attacks on the restored rows that got nothing, in the last proof.',
};

const FAMILIES: Families = Object.fromEntries(
  Object.entries(HELP).map(([name, help]) => [
    name,
    { type: name.endsWith('_total') ? 'counter' : 'gauge', help },
  ]),
);

/** Text of the page, in the order of the names. */
export function renderMetrics(metrics: Metrics): string {
  const samples = Object.entries(metrics)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
  return renderSamples(samples, FAMILIES);
}

/** What a status says as metrics; nothing where there is nothing to say. */
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

/** All of them, as they are now. */
export async function currentMetrics(places: Places, nextRun: Date | null): Promise<Metrics> {
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

/** What the drill says about itself: it has no network to say it over. */
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
