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
    description: 'There are 0 good backups; there should be at least 1.',
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
    description: 'The newest good backup is 1d 1h 5m 15s old; the alert begins at 25 h.',
  },
  {
    alert: 'BackupFailed',
    series: { [`plinth_backup_last_attempt_failed${BACKUP}`]: gauge([0, 60], [1, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'The last backup failed',
    description:
      'The last attempt at a backup failed: the state is 1, where 0 is good. The one before is still there.',
  },
  {
    alert: 'BackupShrank',
    series: { [`plinth_backup_size_bytes${BACKUP}`]: gauge([1000, 60], [400, 120], [900, 60]) },
    holdsSec: 60,
    goneSec: 180,
    summary: 'The newest backup is much smaller than the one before',
    description:
      'The newest backup has 40% of the size of the one before; the alert begins below 50 %.',
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
    summary: 'No backup was restored for too long',
    description:
      'No backup was restored and found right for 1d 1h 5m 15s; the alert begins at 25 h.',
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
    summary: 'No backup was restored for too long',
    description:
      'No backup was restored and found right for 1d 1h 5m 15s; the alert begins at 25 h.',
  },
  {
    alert: 'DrillFailed',
    series: { [`plinth_drill_last_attempt_failed${BACKUP}`]: gauge([0, 60], [1, 60], [0, 60]) },
    holdsSec: 60,
    goneSec: 120,
    summary: 'The last drill failed',
    description:
      'The newest backup could not be restored, or was not what it should be: the state is 1, where 0 is good.',
  },
  {
    alert: 'IsolationProofFailed',
    series: { [`plinth_drill_isolation_leaked${BACKUP}`]: gauge([0, 60], [3, 60], [0, 60]) },
    holdsSec: 60,
    goneSec: 120,
    summary: 'A tenant reaches the rows of another',
    description:
      'Cases of the proof of isolation that leaked on the restored rows: 3; there should be 0.',
  },
];

export const pitrCases: readonly AlertCase[] = [
  {
    alert: 'WalArchivingFailing',
    series: { [`plinth_postgres_archiver_last_failed${WATCH}`]: gauge([0, 60], [1, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'Postgres cannot archive its WAL',
    description:
      'The last attempt at archiving a segment of WAL failed: the state is 1, where 0 is good. What is written now can be lost, and WAL stays on the disk.',
  },
  {
    alert: 'ArchiveLagging',
    series: { [`plinth_pitr_archive_lag_seconds${PITR}`]: gauge([180, 60], [200, 90], [10, 60]) },
    holdsSec: 60,
    goneSec: 150,
    summary: 'More would be lost than was promised',
    description: "3m 20s of work would be lost with the server's disk; the alert begins at 3 min.",
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
    description: "512MiB of WAL wait on the server's disk; the alert begins at 256 MiB.",
  },
  {
    alert: 'BaseBackupMissing',
    series: { [`plinth_pitr_last_full_timestamp_seconds${PITR}`]: gauge([0, 3660], [3660, 60]) },
    holdsSec: 0,
    goneSec: 3660,
    summary: 'There is no base backup',
    description: 'There is no full base backup: the time of the last one is 0.',
  },
  {
    alert: 'BaseBackupTooOld',
    series: {
      [`plinth_pitr_last_backup_timestamp_seconds${PITR}`]: gauge([ago(7 * HOUR), 480], [480, 60]),
    },
    holdsSec: 75,
    goneSec: 480,
    summary: 'The newest base backup is too old',
    description: 'The newest base backup is 7h 5m 15s old; the alert begins at 7 h.',
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
    description: 'The newest full base backup is 7d 1h 5m 15s old; the alert begins at 7 d 1 h.',
  },
  {
    alert: 'BaseBackupFailed',
    series: { [`plinth_pitr_last_attempt_failed${PITR}`]: gauge([0, 60], [1, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'The last base backup failed',
    description:
      'The last attempt at a base backup failed: the state is 1, where 0 is good. Those before are still there.',
  },
  {
    alert: 'RepositoryVerifyFailed',
    series: { [`plinth_pitr_last_verify_failed${PITR}`]: gauge([0, 60], [1, 60], [0, 60]) },
    holdsSec: 60,
    goneSec: 120,
    summary: 'The repository is damaged',
    description:
      'The last verification of the repository found something wrong: the state is 1, where 0 is good.',
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
    summary: 'The repository was not read for too long',
    description:
      'The whole repository was last read and found right 7d 1h 5m 15s ago; the alert begins at 7 d 1 h.',
  },
];

export const accessCases: readonly AlertCase[] = [
  {
    alert: 'AccessDrift',
    series: { [`plinth_access_drift${WATCH}`]: gauge([0, 60], [2, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'The server lets others in than declared',
    description:
      'Differences between the declared access and what is in the server: 2; there should be 0.',
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
    summary: 'Access is open: policy-always-true',
    description: 'Findings of policy-always-true: 1; there should be 0.',
  },
  {
    alert: 'AccessAuditStale',
    series: {
      [`plinth_access_audit_timestamp_seconds${WATCH}`]: gauge([ago(600), 180], [180, 60]),
    },
    holdsSec: 75,
    goneSec: 180,
    summary: 'Nobody looks after access any more',
    description:
      'Access was last compared with what is declared 11m 15s ago; the alert begins at 10 min.',
  },
  {
    alert: 'MigrationPending',
    series: { [`plinth_migrations_pending${WATCH}`]: gauge([0, 60], [1, 960], [0, 60]) },
    holdsSec: 60,
    goneSec: 1020,
    summary: 'The database lacks migrations',
    description:
      'Migrations that are there as files and not in the database: 1; there should be 0.',
  },
  {
    alert: 'MigrationChanged',
    series: { [`plinth_migrations_changed${WATCH}`]: gauge([0, 60], [1, 360], [0, 60]) },
    holdsSec: 60,
    goneSec: 420,
    summary: 'An applied migration was edited',
    description: 'Applied migrations whose text is another now: 1; there should be 0.',
  },
];
