/** Point-in-time recovery: base backups, WAL on its way to the repository, and whether that can be read. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import { longestPauseSec, type Thresholds } from './thresholds.ts';
import type { Alert, RuleGroup } from './rule.ts';
import { bytes, number, time } from './format.ts';

const HOUR = 3600;
/** A quarter of max_wal_size: the disk has room for more, but archiving does not keep up. */
const WAITING_BYTES = 256 * 1024 * 1024;

export function pitrRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const { schedule } = config.backup.pointInTime;
  const pause = (line: string) => longestPauseSec(line, config.timezone) + HOUR;
  // Of several schedules, the tightest says how old the newest one is at most.
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
        why: 'WAL can only be replayed onto a base backup. The first is taken as soon as the environment is up; an hour is enough for it.',
        summary: 'There is no base backup',
        description: 'There is no full base backup: the time of the last one is {{ $value }}.',
        explains: ['BaseBackupFailed'],
      },
      {
        name: 'BaseBackupTooOld',
        subject: 'backup',
        severity: 'warning',
        ...tooOld('plinth_pitr_last_backup_timestamp_seconds', any),
        why: `The longest pause of the tightest of backup.pointInTime.schedule and an hour for the work: ${time(any)}. More WAL to replay makes a restore slower.`,
        summary: 'The newest base backup is too old',
        description: `The newest base backup is {{ $value | humanizeDuration }} old; the alert begins at ${time(any)}.`,
        explains: ['BaseBackupFailed'],
      },
      {
        name: 'FullBackupTooOld',
        subject: 'backup',
        severity: 'warning',
        ...tooOld('plinth_pitr_last_full_timestamp_seconds', pause(schedule.full)),
        why: `The longest pause of backup.pointInTime.schedule.full (${schedule.full}) and an hour for the work: ${time(pause(schedule.full))}. What is older is let go only when there are newer ones.`,
        summary: 'The newest full base backup is too old',
        description: `The newest full base backup is {{ $value | humanizeDuration }} old; the alert begins at ${time(pause(schedule.full))}.`,
      },
      {
        name: 'BaseBackupFailed',
        subject: 'backup',
        severity: 'warning',
        expr: 'max(plinth_pitr_last_attempt_failed) == 1',
        forSec: 300,
        why: 'Longer than a restart of the server in the middle of it takes to be made good.',
        summary: 'The last base backup failed',
        description:
          'The last attempt at a base backup failed: the state is {{ $value }}, where 0 is good. Those before are still there.',
      },
      {
        name: 'RepositoryVerifyFailed',
        subject: 'backup',
        severity: 'critical',
        expr: 'max(plinth_pitr_last_verify_failed) == 1',
        forSec: 0,
        why: 'Every file of the repository was read and compared: what is wrong in it is lost when it is needed.',
        summary: 'The repository is damaged',
        description:
          'The last verification of the repository found something wrong: the state is {{ $value }}, where 0 is good.',
        explains: ['RepositoryVerifyTooOld'],
      },
      {
        name: 'RepositoryVerifyTooOld',
        subject: 'backup',
        severity: 'warning',
        ...tooOld('plinth_pitr_last_verify_timestamp_seconds', pause(schedule.verify)),
        why: `The longest pause of backup.pointInTime.schedule.verify (${schedule.verify}) and an hour for the work: ${time(pause(schedule.verify))}.`,
        summary: 'The repository was not read for too long',
        description: `The whole repository was last read and found right {{ $value | humanizeDuration }} ago; the alert begins at ${time(pause(schedule.verify))}.`,
      },
    ],
  };
}

/** 0 stands for never, which is another alert's. */
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
      why: 'Postgres tries again by itself every minute; what fails for five minutes goes on failing, and WAL fills the disk.',
      summary: 'Postgres cannot archive its WAL',
      description:
        'The last attempt at archiving a segment of WAL failed: the state is {{ $value }}, where 0 is good. What is written now can be lost, and WAL stays on the disk.',
      explains: ['ArchiveLagging', 'ArchiveWaiting'],
    },
    {
      name: 'ArchiveLagging',
      subject: 'backup',
      severity: 'warning',
      expr: `max(plinth_pitr_archive_lag_seconds) > ${number(t.archiveLagSec)}`,
      forSec: 60,
      why: `Three times backup.pointInTime.archiveTimeoutSec (${number(archiveTimeoutSec)} s), or three measurements where those are rarer.`,
      summary: 'More would be lost than was promised',
      description: `{{ $value | humanizeDuration }} of work would be lost with the server's disk; the alert begins at ${time(t.archiveLagSec)}.`,
    },
    {
      name: 'ArchiveWaiting',
      subject: 'backup',
      severity: 'warning',
      expr: `max(plinth_pitr_archive_waiting_bytes) > ${number(WAITING_BYTES)}`,
      forSec: 300,
      why: `A quarter of max_wal_size (1 GiB): sixteen segments at once are no burst any more.`,
      summary: 'WAL waits to be archived',
      description: `{{ $value | humanize1024 }}B of WAL wait on the server's disk; the alert begins at ${bytes(WAITING_BYTES)}.`,
    },
  ];
}
