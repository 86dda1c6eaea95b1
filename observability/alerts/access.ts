/** Whether the server is as it was declared: who may see what, and which migrations it has. */
import type { RuleGroup } from './rule.ts';
import { number, time } from './format.ts';

const MISSED = 10;
/** The watcher looks every minute: ten that failed are no accident. */
export const AUDIT_STALE_SEC = 60 * MISSED;

export function accessRules(): RuleGroup {
  return {
    name: 'access',
    alerts: [
      {
        name: 'AccessDrift',
        subject: 'access',
        severity: 'critical',
        expr: 'max(plinth_access_drift) > 0',
        forSec: 300,
        why: 'Whoever may see what is declared, so any difference is a change that nobody reviewed; longer than an `up` or a migration takes.',
        summary: 'The server lets others in than declared',
        description:
          'Differences between the declared access and what is in the server: {{ $value | humanize }}; there should be 0.',
      },
      {
        name: 'AccessFindingCritical',
        subject: 'access',
        severity: 'critical',
        expr: 'sum by (check) (plinth_access_findings{severity="error"}) > 0',
        forSec: 300,
        why: 'A finding of the level error lets rows out or in; longer than an `up` or a migration takes.',
        summary: 'Access is open: {{ $labels.check }}',
        description: 'Findings of {{ $labels.check }}: {{ $value | humanize }}; there should be 0.',
      },
      {
        name: 'AccessAuditStale',
        subject: 'access',
        severity: 'warning',
        expr: `time() - max(plinth_access_audit_timestamp_seconds) > ${number(AUDIT_STALE_SEC)}`,
        forSec: 60,
        why: `The watcher looks every minute: after ${time(AUDIT_STALE_SEC)} it has missed ${number(MISSED)} times, and what it says is old.`,
        summary: 'Nobody looks after access any more',
        description: `Access was last compared with what is declared {{ $value | humanizeDuration }} ago; the alert begins at ${time(AUDIT_STALE_SEC)}.`,
      },
      {
        name: 'MigrationPending',
        subject: 'postgres',
        severity: 'warning',
        expr: 'max(plinth_migrations_pending) > 0',
        forSec: 900,
        why: 'Longer than an `up` takes that applies them: after that, one has failed or nobody ran it.',
        summary: 'The database lacks migrations',
        description:
          'Migrations that are there as files and not in the database: {{ $value | humanize }}; there should be 0.',
      },
      {
        name: 'MigrationChanged',
        subject: 'postgres',
        severity: 'critical',
        expr: 'max(plinth_migrations_changed) > 0',
        forSec: 300,
        why: 'A file that was applied and then edited: the database is not what the files say, and nothing will ever make it so.',
        summary: 'An applied migration was edited',
        description:
          'Applied migrations whose text is another now: {{ $value | humanize }}; there should be 0.',
      },
    ],
  };
}
