// Output about the point-in-time recovery of an environment: metrics, JSON and text.

import type { RepositoryInfo } from './info.ts';
import { formatInstant } from './instant.ts';
import type { ArchiverState } from './server.ts';
import type { RecoveryWindow } from './target.ts';
import { segmentName, SEGMENT_BYTES } from './wal.ts';

/** State as of the last check of `pitr serve`. */
export interface LiveState {
  readonly archiveLagSec: number;
  readonly archiver: Pick<ArchiverState, 'failedCount' | 'failing' | 'waiting' | 'lastArchived'>;
  readonly repositoryBytes: number;
  readonly lastAttemptFailed: boolean;
  readonly lastVerifyFailed: boolean;
}

/** Prometheus metrics by name, each without labels. */
export function metricsOf(
  info: RepositoryInfo,
  live: LiveState,
): Readonly<Record<string, { readonly value: number; readonly help: string }>> {
  const finished = (full: boolean): number =>
    info.backups.findLast(({ type }) => !full || type === 'full')?.finishedAt ?? 0;
  const flag = (value: boolean): number => (value ? 1 : 0);
  return {
    plinth_pitr_last_full_timestamp_seconds: {
      value: finished(true),
      help: 'End of the newest full backup, as a Unix timestamp; 0 if there is none.',
    },
    plinth_pitr_last_backup_timestamp_seconds: {
      value: finished(false),
      help: 'End of the newest backup of any type, as a Unix timestamp; 0 if there is none.',
    },
    plinth_pitr_last_attempt_failed: {
      value: flag(live.lastAttemptFailed),
      help: 'Whether the last backup attempt failed: 1 for yes, 0 for no.',
    },
    plinth_pitr_archive_lag_seconds: {
      value: live.archiveLagSec,
      help: 'Seconds of transactions that would be lost if the disk of the server failed now.',
    },
    plinth_pitr_archive_failed_count: {
      value: live.archiver.failedCount,
      help: 'Number of failed attempts to archive a WAL segment.',
    },
    plinth_pitr_archive_waiting_bytes: {
      value: live.archiver.waiting * SEGMENT_BYTES,
      help: 'Completed WAL on the disk of the server that is not archived yet, in bytes.',
    },
    plinth_pitr_repository_bytes: {
      value: live.repositoryBytes,
      help: 'Size of the repository, in bytes.',
    },
    plinth_pitr_last_verify_timestamp_seconds: {
      value: (info.verifiedAt ?? 0) / 1_000_000,
      help: 'Time of the last successful verification of the whole repository, as a Unix timestamp; 0 for never.',
    },
    plinth_pitr_last_verify_failed: {
      value: flag(live.lastVerifyFailed),
      help: 'Whether the last verification of the repository found errors: 1 for yes, 0 for no.',
    },
  };
}

/** The metrics page for Prometheus. */
export function metricsText(metrics: ReturnType<typeof metricsOf>): string {
  return Object.entries(metrics)
    .map(
      ([name, { value, help }]) =>
        `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${String(value)}\n`,
    )
    .join('');
}

/** The output of `pitr list --json`. */
export function listOf(
  info: RepositoryInfo,
  reaches: readonly RecoveryWindow[],
  leftBehind: readonly RecoveryWindow[],
  live: LiveState | undefined,
) {
  return {
    backups: info.backups.map((backup) => ({
      id: backup.id,
      type: backup.type,
      cluster: backup.archiveId,
      finishedAt: new Date(backup.finishedAt * 1000).toISOString(),
      seconds: backup.finishedAt - backup.startedAt,
      bytes: backup.bytes,
      addedBytes: backup.addedBytes,
      firstWal: backup.wal.first,
      lastWal: backup.wal.last,
      damagedPages: backup.damaged,
      label: backup.annotations['plinth-label'] ?? null,
    })),
    labels: info.restorePoints.map(({ label, at, lsn, timeline }) => ({
      label,
      at: formatInstant(at),
      lsn,
      timeline,
    })),
    reachable: reaches.map(reachOf),
    /** Reachable only with --timeline. */
    leftBehind: leftBehind.map(reachOf),
    archiveLagSeconds: live?.archiveLagSec ?? null,
  };
}

function reachOf({ archiveId, timeline, from, to, last, missing }: RecoveryWindow) {
  return {
    cluster: archiveId,
    timeline,
    from: formatInstant(from),
    to: to < from ? null : formatInstant(to),
    lastWal: segmentName(last),
    missingWal: missing ?? null,
  };
}

/** The same as text. */
export function listInWords(list: ReturnType<typeof listOf>): string {
  const lines = list.backups.map(
    ({ id, type, finishedAt, seconds, bytes, addedBytes, label, cluster }) => {
      const name = label === null ? '' : `  label ${label}`;
      return `${id.padEnd(34)} ${type.padEnd(5)} ${finishedAt}  ${String(seconds).padStart(5)} s  ${size(bytes)}  +${size(addedBytes)}  ${cluster}${name}`;
    },
  );
  if (lines.length === 0) lines.push('no backups yet');
  for (const { label, at, lsn } of list.labels) lines.push(`label ${label}: ${at} (${lsn})`);
  for (const { from, to, missingWal, cluster } of list.reachable) {
    lines.push(
      to === null
        ? `reachable of ${cluster}: only the newest state, because nothing was committed since the backup`
        : `reachable of ${cluster}: any time from ${from} to ${to}`,
    );
    if (missingWal !== null) lines.push(`  after that, WAL segment ${missingWal} is missing`);
  }
  for (const { from, to, timeline, cluster } of list.leftBehind) {
    if (to !== null) lines.push(`with --timeline ${timeline} of ${cluster}: from ${from} to ${to}`);
  }
  const lag = list.archiveLagSeconds;
  lines.push(
    lag === null
      ? 'archive lag: unknown, because `pitr serve` does not run here'
      : `archive lag: ${lag.toFixed(1)} s would be lost if the disk of the server failed now`,
  );
  return lines.join('\n');
}

function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${String(units[power])}`;
}
