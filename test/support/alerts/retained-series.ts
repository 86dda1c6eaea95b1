import { gauge, type AlertCase } from './case.ts';

const BACKUP = '{job="backup", instance="backup"}';
const PITR = '{job="pgbackrest", instance="pgbackrest"}';
const WATCH = '{job="watch", instance="watch"}';
const HOUR = 3600;
const DAY = 24 * HOUR;

/** Time begins at 0 here, so what was long ago was before it. */
const ago = (seconds: number) => 60 - seconds;

export const backupCases: readonly AlertCase[] = [
  {
    alert: 'BackupMissing',
    series: { [`plinth_backup_count${BACKUP}`]: gauge([1, 60], [0, 3660], [1, 60]) },
    holdsSec: 60,
    goneSec: 3720,
    summary: 'There is no backup',
    description: 'Valid backups: 0; expected: at least 1.',
  },
  {
    alert: 'BackupTooOld',
    series: {
      // 25 hours are over at the first minute.
      [`plinth_backup_last_success_timestamp_seconds${BACKUP}`]: gauge(
        [ago(25 * HOUR), 480],
        [480, 60],
      ),
    },
    holdsSec: 75,
    goneSec: 480,
    summary: 'The newest backup is too old',
    description: 'The newest valid backup is 1d 1h 5m 15s old; the alert fires above 25 h.',
  },
  {
    alert: 'BackupFailed',
    series: { [`plinth_backup_last_attempt_failed${BACKUP}`]: gauge([0, 60], [1, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'The last backup failed',
    description:
      'The last backup attempt failed: plinth_backup_last_attempt_failed is 1; expected: 0. The previous backup is still available.',
  },
  {
    alert: 'BackupShrank',
    series: { [`plinth_backup_size_bytes${BACKUP}`]: gauge([1000, 60], [400, 120], [900, 60]) },
    holdsSec: 60,
    goneSec: 180,
    summary: 'The newest backup is much smaller than the previous one',
    description:
      'The newest backup has 40% of the size of the previous one; the alert fires below 50 %.',
  },
  {
    alert: 'DrillTooOld',
    series: {
      [`plinth_drill_last_success_timestamp_seconds${BACKUP}`]: gauge(
        [ago(25 * HOUR), 480],
        [480, 60],
      ),
    },
    holdsSec: 75,
    goneSec: 480,
    summary: 'The last successful restore test is too old',
    description:
      'The last successful restore test was 1d 1h 5m 15s ago; the alert fires above 25 h.',
  },
  {
    alert: 'DrillTooOld',
    when: 'none has succeeded yet',
    series: {
      'plinth_container_start_timestamp_seconds{job="watch", instance="watch", part="drill"}':
        gauge([ago(25 * HOUR), 540]),
      [`plinth_drill_last_success_timestamp_seconds${BACKUP}`]: gauge([null, 480], [480, 60]),
    },
    holdsSec: 75,
    goneSec: 480,
    summary: 'The last successful restore test is too old',
    description:
      'The last successful restore test was 1d 1h 5m 15s ago; the alert fires above 25 h.',
  },
  {
    alert: 'DrillFailed',
    series: { [`plinth_drill_last_attempt_failed${BACKUP}`]: gauge([0, 60], [1, 60], [0, 60]) },
    holdsSec: 60,
    goneSec: 120,
    summary: 'The last restore test failed',
    description:
      'The newest backup could not be restored, or the restored data did not match: plinth_drill_last_attempt_failed is 1; expected: 0.',
  },
  {
    alert: 'IsolationProofFailed',
    series: { [`plinth_drill_isolation_leaked${BACKUP}`]: gauge([0, 60], [3, 60], [0, 60]) },
    holdsSec: 60,
    goneSec: 120,
    summary: 'A tenant can access the rows of another tenant',
    description:
      'Cases of the isolation test on the restored data that leaked rows: 3; expected: 0.',
  },
];

export const pitrCases: readonly AlertCase[] = [
  {
    alert: 'WalArchivingFailing',
    series: { [`plinth_postgres_archiver_last_failed${WATCH}`]: gauge([0, 60], [1, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'WAL archiving fails',
    description:
      'The last attempt to archive a WAL segment failed: plinth_postgres_archiver_last_failed is 1; expected: 0. New transactions can be lost, and WAL accumulates on the disk.',
  },
  {
    alert: 'ArchiveLagging',
    series: { [`plinth_pitr_archive_lag_seconds${PITR}`]: gauge([180, 60], [200, 90], [10, 60]) },
    holdsSec: 60,
    goneSec: 150,
    summary: 'WAL archiving lags behind the recovery point objective',
    description:
      "If the server's disk failed now, 3m 20s of transactions would be lost; the alert fires above 3 min.",
  },
  {
    alert: 'ArchiveWaiting',
    series: {
      [`plinth_pitr_archive_waiting_bytes${PITR}`]: gauge(
        [268435456, 60],
        [536870912, 360],
        [0, 60],
      ),
    },
    holdsSec: 60,
    goneSec: 420,
    summary: 'WAL waits to be archived',
    description:
      "512MiB of WAL on the server's disk wait to be archived; the alert fires above 256 MiB.",
  },
  {
    alert: 'BaseBackupMissing',
    series: { [`plinth_pitr_last_full_timestamp_seconds${PITR}`]: gauge([0, 3660], [3660, 60]) },
    holdsSec: 0,
    goneSec: 3660,
    summary: 'There is no base backup',
    description: 'There is no full base backup: the timestamp of the last one is 0.',
  },
  {
    alert: 'BaseBackupTooOld',
    series: {
      [`plinth_pitr_last_backup_timestamp_seconds${PITR}`]: gauge([ago(7 * HOUR), 480], [480, 60]),
    },
    holdsSec: 75,
    goneSec: 480,
    summary: 'The newest base backup is too old',
    description: 'The newest base backup is 7h 5m 15s old; the alert fires above 7 h.',
  },
  {
    alert: 'FullBackupTooOld',
    series: {
      [`plinth_pitr_last_full_timestamp_seconds${PITR}`]: gauge(
        [ago(7 * DAY + HOUR), 480],
        [480, 60],
      ),
    },
    holdsSec: 75,
    goneSec: 480,
    summary: 'The newest full base backup is too old',
    description: 'The newest full base backup is 7d 1h 5m 15s old; the alert fires above 7 d 1 h.',
  },
  {
    alert: 'BaseBackupFailed',
    series: { [`plinth_pitr_last_attempt_failed${PITR}`]: gauge([0, 60], [1, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'The last base backup failed',
    description:
      'The last base backup attempt failed: plinth_pitr_last_attempt_failed is 1; expected: 0. Earlier base backups are still available.',
  },
  {
    alert: 'RepositoryVerifyFailed',
    series: { [`plinth_pitr_last_verify_failed${PITR}`]: gauge([0, 60], [1, 60], [0, 60]) },
    holdsSec: 60,
    goneSec: 120,
    summary: 'The backup repository is damaged',
    description:
      'The last verification of the repository found errors: plinth_pitr_last_verify_failed is 1; expected: 0.',
  },
  {
    alert: 'RepositoryVerifyTooOld',
    series: {
      [`plinth_pitr_last_verify_timestamp_seconds${PITR}`]: gauge(
        [ago(7 * DAY + HOUR), 480],
        [480, 60],
      ),
    },
    holdsSec: 75,
    goneSec: 480,
    summary: 'The last verification of the repository is too old',
    description:
      'The last successful verification of the whole repository was 7d 1h 5m 15s ago; the alert fires above 7 d 1 h.',
  },
];

export const accessCases: readonly AlertCase[] = [
  {
    alert: 'AccessDrift',
    series: { [`plinth_access_drift${WATCH}`]: gauge([0, 60], [2, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'Access differs from the declaration',
    description:
      'Differences between the declared access and the access in the server: 2; expected: 0.',
  },
  {
    alert: 'AccessFindingCritical',
    series: {
      'plinth_access_findings{job="watch", instance="watch", severity="error", check="policy-always-true"}':
        gauge([0, 60], [1, 360], [0, 60]),
      'plinth_access_findings{job="watch", instance="watch", severity="warning", check="no-index"}':
        gauge([3, 480]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { check: 'policy-always-true' },
    summary: 'The access audit found an error: policy-always-true',
    description: 'Findings of the check policy-always-true: 1; expected: 0.',
  },
  {
    alert: 'AccessAuditStale',
    series: {
      [`plinth_access_audit_timestamp_seconds${WATCH}`]: gauge([ago(600), 180], [180, 60]),
    },
    holdsSec: 75,
    goneSec: 180,
    summary: 'The access audit is stale',
    description:
      'Access was last compared with the declaration 11m 15s ago; the alert fires above 10 min.',
  },
  {
    alert: 'MigrationPending',
    series: { [`plinth_migrations_pending${WATCH}`]: gauge([0, 60], [1, 960], [0, 60]) },
    holdsSec: 60,
    goneSec: 1020,
    summary: 'Migrations are pending',
    description:
      'Migrations that exist as files and are not applied to the database: 1; expected: 0.',
  },
  {
    alert: 'MigrationChanged',
    series: { [`plinth_migrations_changed${WATCH}`]: gauge([0, 60], [1, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'An applied migration was edited',
    description: 'Applied migrations whose file has changed since: 1; expected: 0.',
  },
];
