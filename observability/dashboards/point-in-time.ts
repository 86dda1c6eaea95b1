import type { PointInTimeConfig } from '../../config/backup/config.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { NEVER, since } from './expressions.ts';
import { graph, number, tile } from './panels.ts';
import { above, line, type Row, row } from './builders.ts';

/** The part of the backups' board about the archive of the log. */
export function pointInTimeRow(t: Thresholds, { archiveTimeoutSec }: PointInTimeConfig): Row {
  return row(
    'Can one go back to any moment?',
    line(
      4,
      tile('Archiver', {
        shows: 'Whether the last piece of the log that Postgres wrote was archived.',
        normal: 'Archives.',
        ifNot: 'it is tried again until it works; meanwhile the disk of the server fills.',
        alert: 'WalArchivingFailing',
        expr: 'max(plinth_postgres_archiver_last_failed)',
        fine: 'Archives',
        wrong: 'FAILS',
      }),
      tile('Repository', {
        shows: 'Whether the last backup into the repository, and its last check, succeeded.',
        normal: 'Good.',
        ifNot: 'read the log of pgbackrest; a wrong check means a damaged file.',
        alert: 'BaseBackupFailed',
        expr: 'max(plinth_pitr_last_attempt_failed) + max(plinth_pitr_last_verify_failed)',
        fine: 'Good',
        wrong: 'BAD',
      }),
      number('How much would be lost now?', {
        shows: 'How far back one would fall if the disk of the server were gone now.',
        normal: `about ${String(archiveTimeoutSec)} s.`,
        ifNot: 'the archive is behind: is the repository full or out of reach?',
        alert: 'ArchiveLagging',
        unit: 'seconds',
        expr: 'max(plinth_pitr_archive_lag_seconds)',
        limit: above(t.archiveLagSec),
      }),
      number('How old is the last full one?', {
        shows: 'Time since the last full backup into the repository.',
        normal: 'within its schedule, a week unless you changed it.',
        ifNot: 'a restore must replay more and takes longer.',
        alert: 'FullBackupTooOld',
        unit: 'seconds',
        expr: since('plinth_pitr_last_full_timestamp_seconds'),
        none: NEVER,
      }),
      number('When was all of it read?', {
        shows: 'Time since every file of the repository was read and found right.',
        normal: 'within its schedule, a week unless you changed it.',
        ifNot: 'run it now: damage is found here or in a restore.',
        alert: 'RepositoryVerifyTooOld',
        unit: 'seconds',
        expr: since('plinth_pitr_last_verify_timestamp_seconds'),
        none: NEVER,
      }),
    ),
    line(
      8,
      graph('How far behind is the archive?', {
        shows: 'How far back one would have fallen at that time.',
        normal: `a saw blade below ${String(t.archiveLagSec)} s.`,
        ifNot: 'a line that only rises is an archive that stands still.',
        alert: 'ArchiveLagging',
        unit: 'seconds',
        lines: { behind: 'max(plinth_pitr_archive_lag_seconds)' },
        limit: above(t.archiveLagSec),
      }),
      graph('How much waits to be archived?', {
        shows: 'Log that is finished and still only on the disk of the server.',
        normal: 'near 0.',
        ifNot: 'it fills the disk of Postgres, which then stops.',
        alert: 'ArchiveWaiting',
        unit: 'bytes',
        lines: { waiting: 'max(plinth_pitr_archive_waiting_bytes)' },
        more: 'host',
      }),
      graph('How big is the repository?', {
        shows: 'Backups and log together.',
        normal: 'a saw blade: old ones go when a full one is made.',
        ifNot: 'a line that only rises: nothing expires.',
        unit: 'bytes',
        lines: { repository: 'max(plinth_pitr_repository_bytes)' },
      }),
      graph('How often does archiving fail?', {
        shows: 'Pieces of log that were archived, and attempts that failed, an hour.',
        normal: 'no failure.',
        ifNot: 'the log of postgres says why.',
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
