/** Access and migrations: whether the server matches the declaration. */
import type { RuleGroup } from './rule.ts';
import { number, time } from './format.ts';

const MISSED = 10;
/** The exporter audits access every minute: ten missed audits are a fault. */
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
        why: 'Access is declared in code, so any difference is an unreviewed change. 5 min is longer than an `up` or a migration takes.',
        summary: 'Access differs from the declaration',
        description:
          'Differences between the declared access and the access in the server: {{ $value | humanize }}; expected: 0.',
      },
      {
        name: 'AccessFindingCritical',
        subject: 'access',
        severity: 'critical',
        expr: 'sum by (check) (plinth_access_findings{severity="error"}) > 0',
        forSec: 300,
        why: 'A finding of level error lets a role read or write rows that it must not. 5 min is longer than an `up` or a migration takes.',
        summary: 'The access audit found an error: {{ $labels.check }}',
        description:
          'Findings of the check {{ $labels.check }}: {{ $value | humanize }}; expected: 0.',
      },
      {
        name: 'AccessAuditStale',
        subject: 'access',
        severity: 'warning',
        expr: `time() - max(plinth_access_audit_timestamp_seconds) > ${number(AUDIT_STALE_SEC)}`,
        forSec: 60,
        why: `The Plinth exporter (container watch) audits access every minute. After ${time(AUDIT_STALE_SEC)} it has missed ${number(MISSED)} audits, and its access metrics are stale.`,
        summary: 'The access audit is stale',
        description: `Access was last compared with the declaration {{ $value | humanizeDuration }} ago; the alert fires above ${time(AUDIT_STALE_SEC)}.`,
      },
      {
        name: 'MigrationPending',
        subject: 'postgres',
        severity: 'warning',
        expr: 'max(plinth_migrations_pending) > 0',
        forSec: 900,
        why: 'An `up` that applies migrations takes less than 15 min. After that, a migration has failed or was never run.',
        summary: 'Migrations are pending',
        description:
          'Migrations that exist as files and are not applied to the database: {{ $value | humanize }}; expected: 0.',
      },
      {
        name: 'MigrationChanged',
        subject: 'postgres',
        severity: 'critical',
        expr: 'max(plinth_migrations_changed) > 0',
        forSec: 300,
        why: 'A migration file was edited after it was applied. The database no longer matches the files, and no later run corrects that.',
        summary: 'An applied migration was edited',
        description:
          'Applied migrations whose file has changed since: {{ $value | humanize }}; expected: 0.',
      },
    ],
  };
}
