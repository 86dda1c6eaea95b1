import type { PointInTimeConfig } from '../../config/backup/config.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { NEVER, since } from './expressions.ts';
import { graph, number, tile } from './panels.ts';
import { above, line, type Row, row } from './builders.ts';

/** The row of the backup board about point-in-time recovery. */
export function pointInTimeRow(t: Thresholds, { archiveTimeoutSec }: PointInTimeConfig): Row {
  return row(
    'Point-in-time recovery',
    line(
      4,
      tile('Archiver', {
        shows: 'Whether the last attempt to archive a WAL segment succeeded.',
        normal: 'Archives.',
        ifNot: 'Postgres retries WAL archiving; meanwhile WAL fills the disk of the server.',
        alert: 'WalArchivingFailing',
        expr: 'max(plinth_postgres_archiver_last_failed)',
        fine: 'Archives',
        wrong: 'FAILS',
      }),
      tile('Repository', {
        shows:
          'Whether the last base backup and the last verification of the repository succeeded.',
        normal: 'Good.',
        ifNot: 'read the log of pgbackrest. A failed verification means a damaged file.',
        alert: 'BaseBackupFailed',
        expr: 'max(plinth_pitr_last_attempt_failed) + max(plinth_pitr_last_verify_failed)',
        fine: 'Good',
        wrong: 'BAD',
      }),
      number('Data loss if the disk failed now', {
        shows: 'Seconds of transactions that would be lost if the disk of the server failed now.',
        normal: `about ${String(archiveTimeoutSec)} s.`,
        ifNot: 'WAL archiving lags: is the repository full or unreachable?',
        alert: 'ArchiveLagging',
        unit: 'seconds',
        expr: 'max(plinth_pitr_archive_lag_seconds)',
        limit: above(t.archiveLagSec),
      }),
      number('Age of the last full backup', {
        shows: 'Time since the last full base backup.',
        normal: 'within the schedule, by default one week.',
        ifNot: 'a restore must replay more WAL and takes longer.',
        alert: 'FullBackupTooOld',
        unit: 'seconds',
        expr: since('plinth_pitr_last_full_timestamp_seconds'),
        none: NEVER,
      }),
      number('Age of the last verification', {
        shows: 'Time since the last successful verification of all files in the repository.',
        normal: 'within the schedule, by default one week.',
        ifNot: 'run the verification now; otherwise only a restore finds damage.',
        alert: 'RepositoryVerifyTooOld',
        unit: 'seconds',
        expr: since('plinth_pitr_last_verify_timestamp_seconds'),
        none: NEVER,
      }),
    ),
    line(
      8,
      graph('Archive lag', {
        shows: 'Seconds of transactions that would have been lost at that time.',
        normal: `a sawtooth below ${String(t.archiveLagSec)} s.`,
        ifNot: 'a line that only rises means that WAL archiving has stopped.',
        alert: 'ArchiveLagging',
        unit: 'seconds',
        lines: { behind: 'max(plinth_pitr_archive_lag_seconds)' },
        limit: above(t.archiveLagSec),
      }),
      graph('WAL waiting to be archived', {
        shows: 'Completed WAL on the disk of the server that is not archived yet.',
        normal: 'near 0.',
        ifNot: 'WAL fills the disk of Postgres, and Postgres stops.',
        alert: 'ArchiveWaiting',
        unit: 'bytes',
        lines: { waiting: 'max(plinth_pitr_archive_waiting_bytes)' },
        more: 'host',
      }),
      graph('Repository size', {
        shows: 'Size of base backups and archived WAL.',
        normal: 'a sawtooth: old backups expire after each full backup.',
        ifNot: 'a line that only rises means that no backup expires.',
        unit: 'bytes',
        lines: { repository: 'max(plinth_pitr_repository_bytes)' },
      }),
      graph('WAL archiving', {
        shows: 'Archived WAL segments and failed attempts per hour.',
        normal: 'no failure.',
        ifNot: 'the log of postgres shows the error.',
        alert: 'WalArchivingFailing',
        unit: 'count',
        lines: {
          archived: '3600 * sum(rate(plinth_postgres_archiver_archived_total[$__rate_interval]))',
          failed: '3600 * sum(rate(plinth_postgres_archiver_failed_total[$__rate_interval]))',
        },
      }),
    ),
  );
}
