/** Logical backups and restore tests. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { Alert, RuleGroup } from './rule.ts';
import { number, share, span, time } from './format.ts';

const SHRUNK_PERCENT = 50;
const DAY = 86_400;

export function backupRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const { backup, monitoring } = config;
  const age = 'time() - max(plinth_backup_last_success_timestamp_seconds)';
  // The previous backup is at most one schedule interval old; samples beyond the retention cannot be compared.
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
        why: 'The first backup starts as soon as the environment is up. It takes less than an hour.',
        summary: 'There is no backup',
        description: 'Valid backups: {{ $value }}; expected: at least 1.',
        explains: ['BackupFailed', 'BackupTooOld', 'DrillFailed', 'DrillTooOld'],
      },
      {
        name: 'BackupTooOld',
        subject: 'backup',
        severity: 'critical',
        expr: `${age} > ${number(t.backupAgeSec)}`,
        forSec: 300,
        why: `The longest interval of backup.schedule (${backup.schedule}) plus one hour to run: ${time(t.backupAgeSec)}.`,
        summary: 'The newest backup is too old',
        description: `The newest valid backup is {{ $value | humanizeDuration }} old; the alert fires above ${time(t.backupAgeSec)}.`,
        explains: ['BackupFailed'],
      },
      {
        name: 'BackupFailed',
        subject: 'backup',
        severity: 'warning',
        expr: 'max(plinth_backup_last_attempt_failed) == 1',
        forSec: 300,
        why: 'A failed backup is retried automatically, first after 30 s. A backup that still fails after 5 min needs an operator.',
        summary: 'The last backup failed',
        description:
          'The last backup attempt failed: plinth_backup_last_attempt_failed is {{ $value }}; expected: 0. The previous backup is still available.',
      },
      {
        name: 'BackupShrank',
        subject: 'backup',
        severity: 'warning',
        expr: `max(plinth_backup_size_bytes) / max(max_over_time(plinth_backup_size_bytes[${before}])) < ${share(SHRUNK_PERCENT)}`,
        forSec: 0,
        why: `A database rarely shrinks to half overnight. A backup below ${number(SHRUNK_PERCENT)} % of the largest backup of the last ${time(Math.min(t.backupAgeSec, monitoring.retentionDays * DAY))} needs an explanation.`,
        summary: 'The newest backup is much smaller than the previous one',
        description: `The newest backup has {{ $value | humanizePercentage }} of the size of the previous one; the alert fires below ${number(SHRUNK_PERCENT)} %.`,
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
      // Until the first restore test succeeds, the age counts from the start of the drill container.
      expr:
        'time() - (max(plinth_drill_last_success_timestamp_seconds) ' +
        `or max(plinth_container_start_timestamp_seconds{part="drill"})) > ${number(t.drillAgeSec)}`,
      forSec: 300,
      why: `The longest interval of backup.drill.schedule (${backup.drill.schedule}) plus one hour to run: ${time(t.drillAgeSec)}.`,
      summary: 'The last successful restore test is too old',
      description: `The last successful restore test was {{ $value | humanizeDuration }} ago; the alert fires above ${time(t.drillAgeSec)}.`,
    },
    {
      name: 'DrillFailed',
      subject: 'backup',
      severity: 'critical',
      expr: 'max(plinth_drill_last_attempt_failed) == 1',
      forSec: 0,
      why: 'A backup that cannot be restored is useless, so a single failed restore test is critical.',
      summary: 'The last restore test failed',
      description:
        'The newest backup could not be restored, or the restored data did not match: plinth_drill_last_attempt_failed is {{ $value }}; expected: 0.',
      explains: ['DrillTooOld'],
    },
    {
      name: 'IsolationProofFailed',
      subject: 'access',
      severity: 'critical',
      expr: 'max(plinth_drill_isolation_leaked) > 0',
      forSec: 0,
      why: 'In each leaked case one tenant reached a row of another tenant. A single case is critical.',
      summary: 'A tenant can access the rows of another tenant',
      description:
        'Cases of the isolation test on the restored data that leaked rows: {{ $value | humanize }}; expected: 0.',
      explains: ['DrillFailed'],
    },
  ];
}
