/** Point-in-time recovery: base backups, WAL archiving, and verification of the repository. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import { longestPauseSec, type Thresholds } from './thresholds.ts';
import type { Alert, RuleGroup } from './rule.ts';
import { bytes, number, time } from './format.ts';

const HOUR = 3600;
/** A quarter of max_wal_size: the disk still has room, but WAL archiving does not keep up. */
const WAITING_BYTES = 256 * 1024 * 1024;

export function pitrRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const { schedule } = config.backup.pointInTime;
  const pause = (line: string) => longestPauseSec(line, config.timezone) + HOUR;
  // The most frequent of the schedules limits the age of the newest base backup.
  const any = Math.min(...[schedule.full, schedule.differential, schedule.incremental].map(pause));
  return {
    name: 'point-in-time',
    alerts: [
      ...archiving(t, config),
      {
        name: 'BaseBackupMissing',
        subject: 'backup',
        severity: 'critical',
        expr: 'max(plinth_pitr_last_full_timestamp_seconds) == 0',
        forSec: HOUR,
        why: 'Recovery needs a base backup to replay WAL on. The first one starts as soon as the environment is up and takes less than an hour.',
        summary: 'There is no base backup',
        description: 'There is no full base backup: the timestamp of the last one is {{ $value }}.',
        explains: ['BaseBackupFailed'],
      },
      {
        name: 'BaseBackupTooOld',
        subject: 'backup',
        severity: 'warning',
        ...tooOld('plinth_pitr_last_backup_timestamp_seconds', any),
        why: `The longest interval of the most frequent entry of backup.pointInTime.schedule plus one hour to run: ${time(any)}. More WAL to replay makes a restore slower.`,
        summary: 'The newest base backup is too old',
        description: `The newest base backup is {{ $value | humanizeDuration }} old; the alert fires above ${time(any)}.`,
        explains: ['BaseBackupFailed'],
      },
      {
        name: 'FullBackupTooOld',
        subject: 'backup',
        severity: 'warning',
        ...tooOld('plinth_pitr_last_full_timestamp_seconds', pause(schedule.full)),
        why: `The longest interval of backup.pointInTime.schedule.full (${schedule.full}) plus one hour to run: ${time(pause(schedule.full))}. Old backups expire only when newer full backups exist.`,
        summary: 'The newest full base backup is too old',
        description: `The newest full base backup is {{ $value | humanizeDuration }} old; the alert fires above ${time(pause(schedule.full))}.`,
      },
      {
        name: 'BaseBackupFailed',
        subject: 'backup',
        severity: 'warning',
        expr: 'max(plinth_pitr_last_attempt_failed) == 1',
        forSec: 300,
        why: 'A backup interrupted by a server restart is retried and succeeds within 5 min.',
        summary: 'The last base backup failed',
        description:
          'The last base backup attempt failed: plinth_pitr_last_attempt_failed is {{ $value }}; expected: 0. Earlier base backups are still available.',
      },
      {
        name: 'RepositoryVerifyFailed',
        subject: 'backup',
        severity: 'critical',
        expr: 'max(plinth_pitr_last_verify_failed) == 1',
        forSec: 0,
        why: 'Verification reads every file of the repository and compares checksums. A damaged file cannot be restored.',
        summary: 'The backup repository is damaged',
        description:
          'The last verification of the repository found errors: plinth_pitr_last_verify_failed is {{ $value }}; expected: 0.',
        explains: ['RepositoryVerifyTooOld'],
      },
      {
        name: 'RepositoryVerifyTooOld',
        subject: 'backup',
        severity: 'warning',
        ...tooOld('plinth_pitr_last_verify_timestamp_seconds', pause(schedule.verify)),
        why: `The longest interval of backup.pointInTime.schedule.verify (${schedule.verify}) plus one hour to run: ${time(pause(schedule.verify))}.`,
        summary: 'The last verification of the repository is too old',
        description: `The last successful verification of the whole repository was {{ $value | humanizeDuration }} ago; the alert fires above ${time(pause(schedule.verify))}.`,
      },
    ],
  };
}

/** 0 means never; another alert covers that. */
function tooOld(metric: string, seconds: number): Pick<Alert, 'expr' | 'forSec'> {
  return { expr: `time() - (max(${metric}) != 0) > ${number(seconds)}`, forSec: 300 };
}

function archiving(t: Thresholds, { backup }: EnvironmentConfig): Alert[] {
  const { archiveTimeoutSec } = backup.pointInTime;
  return [
    {
      name: 'WalArchivingFailing',
      subject: 'backup',
      severity: 'critical',
      expr: 'max(plinth_postgres_archiver_last_failed) == 1',
      forSec: 300,
      why: 'Postgres retries WAL archiving every minute. A failure that lasts 5 min does not go away without action, and WAL fills the disk.',
      summary: 'WAL archiving fails',
      description:
        'The last attempt to archive a WAL segment failed: plinth_postgres_archiver_last_failed is {{ $value }}; expected: 0. New transactions can be lost, and WAL accumulates on the disk.',
      explains: ['ArchiveLagging', 'ArchiveWaiting'],
    },
    {
      name: 'ArchiveLagging',
      subject: 'backup',
      severity: 'warning',
      expr: `max(plinth_pitr_archive_lag_seconds) > ${number(t.archiveLagSec)}`,
      forSec: 60,
      why: `Three times backup.pointInTime.archiveTimeoutSec (${number(archiveTimeoutSec)} s), or three scrape intervals if those are longer.`,
      summary: 'WAL archiving lags behind the recovery point objective',
      description: `If the server's disk failed now, {{ $value | humanizeDuration }} of transactions would be lost; the alert fires above ${time(t.archiveLagSec)}.`,
    },
    {
      name: 'ArchiveWaiting',
      subject: 'backup',
      severity: 'warning',
      expr: `max(plinth_pitr_archive_waiting_bytes) > ${number(WAITING_BYTES)}`,
      forSec: 300,
      why: `A quarter of max_wal_size (1 GiB): sixteen waiting segments are more than a short burst.`,
      summary: 'WAL waits to be archived',
      description: `{{ $value | humanize1024 }}B of WAL on the server's disk wait to be archived; the alert fires above ${bytes(WAITING_BYTES)}.`,
    },
  ];
}
