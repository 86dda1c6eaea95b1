/** Logical backups, and the drill that restores them. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { Alert, RuleGroup } from './rule.ts';
import { number, share, span, time } from './format.ts';

const SHRUNK_PERCENT = 50;
const DAY = 86_400;

export function backupRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const { backup, monitoring } = config;
  const age = 'time() - max(plinth_backup_last_success_timestamp_seconds)';
  // The one before is at most as old as the longest pause; what is not kept cannot be compared with.
  const before = span(Math.min(t.backupAgeSec, monitoring.retentionDays * DAY));
  return {
    name: 'backup',
    recordings: [{ record: 'backup:age:seconds', expr: age }],
    alerts: [
      {
        name: 'BackupMissing',
        subject: 'backup',
        severity: 'critical',
        expr: 'max(plinth_backup_count) == 0',
        forSec: 3600,
        why: 'The first backup is begun as soon as the environment is up; an hour is enough for it to be done or to be looked at.',
        summary: 'There is no backup',
        description: 'There are {{ $value }} good backups; there should be at least 1.',
        explains: ['BackupFailed', 'BackupTooOld', 'DrillFailed', 'DrillTooOld'],
      },
      {
        name: 'BackupTooOld',
        subject: 'backup',
        severity: 'critical',
        expr: `${age} > ${number(t.backupAgeSec)}`,
        forSec: 300,
        why: `The longest pause of backup.schedule (${backup.schedule}) and an hour for the work: ${time(t.backupAgeSec)}.`,
        summary: 'The newest backup is too old',
        description: `The newest good backup is {{ $value | humanizeDuration }} old; the alert begins at ${time(t.backupAgeSec)}.`,
        explains: ['BackupFailed'],
      },
      {
        name: 'BackupFailed',
        subject: 'backup',
        severity: 'warning',
        expr: 'max(plinth_backup_last_attempt_failed) == 1',
        forSec: 300,
        why: 'It is tried again by itself, the first time after 30 s: whatever still fails after five minutes needs somebody.',
        summary: 'The last backup failed',
        description:
          'The last attempt at a backup failed: the state is {{ $value }}, where 0 is good. The one before is still there.',
      },
      {
        name: 'BackupShrank',
        subject: 'backup',
        severity: 'warning',
        expr: `max(plinth_backup_size_bytes) / max(max_over_time(plinth_backup_size_bytes[${before}])) < ${share(SHRUNK_PERCENT)}`,
        forSec: 0,
        why: `Data grows or is tidied up, and rarely halves overnight: below ${number(SHRUNK_PERCENT)} % of the largest one of the last ${time(Math.min(t.backupAgeSec, monitoring.retentionDays * DAY))} somebody should know why.`,
        summary: 'The newest backup is much smaller than the one before',
        description: `The newest backup has {{ $value | humanizePercentage }} of the size of the one before; the alert begins below ${number(SHRUNK_PERCENT)} %.`,
      },
      ...(backup.drill.enabled ? drillAlerts(t, config) : []),
    ],
  };
}

function drillAlerts(t: Thresholds, { backup }: EnvironmentConfig): Alert[] {
  return [
    {
      name: 'DrillTooOld',
      subject: 'backup',
      severity: 'warning',
      // Where none has succeeded yet, since the drill was there to do it.
      expr:
        'time() - (max(plinth_drill_last_success_timestamp_seconds) ' +
        `or max(plinth_container_start_timestamp_seconds{part="drill"})) > ${number(t.drillAgeSec)}`,
      forSec: 300,
      why: `The longest pause of backup.drill.schedule (${backup.drill.schedule}) and an hour for the work: ${time(t.drillAgeSec)}.`,
      summary: 'No backup was restored for too long',
      description: `No backup was restored and found right for {{ $value | humanizeDuration }}; the alert begins at ${time(t.drillAgeSec)}.`,
    },
    {
      name: 'DrillFailed',
      subject: 'backup',
      severity: 'critical',
      expr: 'max(plinth_drill_last_attempt_failed) == 1',
      forSec: 0,
      why: 'A backup that cannot be restored is none: one is too many.',
      summary: 'The last drill failed',
      description:
        'The newest backup could not be restored, or was not what it should be: the state is {{ $value }}, where 0 is good.',
      explains: ['DrillTooOld'],
    },
    {
      name: 'IsolationProofFailed',
      subject: 'access',
      severity: 'critical',
      expr: 'max(plinth_drill_isolation_leaked) > 0',
      forSec: 0,
      why: 'Each case is a row of one tenant that another one reached: one is too many.',
      summary: 'A tenant reaches the rows of another',
      description:
        'Cases of the proof of isolation that leaked on the restored rows: {{ $value | humanize }}; there should be 0.',
      explains: ['DrillFailed'],
    },
  ];
}
