import type { EnvironmentConfig } from '../../config/environment.ts';
import { AUDIT_STALE_SEC } from '../alerts/access.ts';
import { redisServers } from './expressions.ts';
import { graph, number, table, tile } from './panels.ts';
import { above, board, type Board, COLOURS, line, only, row } from './builders.ts';

/** Access: drift, audit findings, failed logins and migrations. */
export function accessBoard(config: EnvironmentConfig): Board {
  const drill = config.backup.enabled && config.backup.drill.enabled;
  // The declaration is about tables; without them there is nothing to compare with.
  const declared = config.application.migrations;
  return board('access', 'Does every role have exactly the access that is declared?', [
    row(
      'Does access match the declaration?',
      line(
        4,
        ...only(
          declared,
          tile('Access', {
            shows:
              'Differences between the declared and the actual privileges and row level security policies.',
            normal: 'As declared.',
            ifNot: '`npx plinth access show` lists the drift; `pulumi up` corrects it.',
            alert: 'AccessDrift',
            expr: 'sum(plinth_access_drift)',
            fine: 'As declared',
            wrong: 'DRIFTED',
          }),
          tile('Audit', {
            shows:
              'Whether the access audit finds an error. The table below lists warnings and hints.',
            normal: 'No error.',
            ifNot: 'see the table below for the checks and their severity.',
            alert: 'AccessFindingCritical',
            expr: 'sum(plinth_access_findings{severity="error"})',
            fine: 'No error',
            wrong: 'ERRORS',
          }),
          tile('Migrations', {
            shows:
              'Whether the migration files match the database: none is pending, none was edited after it was applied.',
            normal: 'In step.',
            ifNot:
              '`npx plinth up` applies pending migrations. Restore the original text of an edited one.',
            alert: 'MigrationPending',
            expr: 'sum(plinth_migrations_pending) + sum(plinth_migrations_changed)',
            fine: 'In step',
            wrong: 'OUT OF STEP',
          }),
          number('Age of the audit', {
            shows: 'Time since the last access audit.',
            normal: 'below two minutes.',
            ifNot: 'the panels above are stale: see the Plinth exporter (container watch).',
            alert: 'AccessAuditStale',
            unit: 'seconds',
            expr: 'time() - max(plinth_access_audit_timestamp_seconds)',
            limit: above(AUDIT_STALE_SEC),
            more: 'monitoring',
          }),
        ),
        ...only(
          drill,
          tile('Isolation test', {
            shows:
              'Cases in which a tenant saw rows of another tenant, in the isolation test that each restore test runs on restored data.',
            normal: 'Holds.',
            ifNot: 'test the environment itself at once: `npx plinth prove isolation`.',
            alert: 'IsolationProofFailed',
            // Before the first restore test nothing has leaked.
            expr: 'max(plinth_drill_isolation_leaked) or vector(0)',
            fine: 'Holds',
            wrong: 'LEAKS',
            more: 'backups',
          }),
        ),
      ),
    ),
    ...only(
      declared,
      row(
        'Audit findings',
        line(
          9,
          table('Findings by check', {
            shows: 'Each check, and its number of findings.',
            normal: '0 for every error; a warning may be intended.',
            ifNot: 'start with the most severe finding.',
            alert: 'AccessFindingCritical',
            labels: { severity: 'Severity', check: 'Check' },
            columns: [
              {
                name: 'Found',
                unit: 'count',
                expr: 'sum by (severity, check) (plinth_access_findings)',
                limit: above(1),
              },
            ],
            colours: { error: COLOURS.bad, warning: COLOURS.unsure, info: COLOURS.plain },
          }),
          graph('Drift and findings over time', {
            shows: 'Number of differences and findings over time.',
            normal: '0.',
            ifNot:
              'compare with the migration annotations, and check who was connected at that time.',
            alert: 'AccessDrift',
            unit: 'count',
            lines: {
              differences: 'sum(plinth_access_drift)',
              findings: 'sum(plinth_access_findings)',
            },
          }),
        ),
      ),
    ),
    row(
      'Logins and migrations',
      line(
        8,
        graph('Failed logins', {
          shows: 'Failed logins per hour.',
          normal: '0, or a few typos.',
          ifNot:
            'many failures come from an application with an old password, or from password guessing.',
          alert: 'AuthenticationFailures',
          unit: 'count',
          lines: {
            Postgres:
              '3600 * sum(rate(plinth_log_authentication_failures_total[$__rate_interval]))',
            ...(redisServers(config).length === 0
              ? {}
              : {
                  Redis: '3600 * sum(rate(redis_acl_access_denied_auth_total[$__rate_interval]))',
                }),
          },
        }),
        graph('Connections by login', {
          shows: 'Connections to Postgres by login.',
          normal: 'the logins of the application; other logins only temporarily.',
          ifNot: 'a superuser that stays connected works manually on the server.',
          unit: 'count',
          lines: { '{{user}}': 'sum by (user) (plinth_postgres_connections)' },
          stacked: true,
          more: 'connections',
        }),
        ...only(
          declared,
          graph('Migrations by state', {
            shows: 'Migrations that are applied, pending, or edited after they were applied.',
            normal: 'none pending, none edited.',
            ifNot: '`npx plinth up` applies pending migrations.',
            unit: 'count',
            lines: {
              applied: 'sum(plinth_migrations_applied)',
              pending: 'sum(plinth_migrations_pending)',
              changed: 'sum(plinth_migrations_changed)',
            },
          }),
        ),
      ),
      line(
        6,
        ...only(
          declared,
          graph('Audit duration', {
            shows: 'Duration of the access audit, which runs every minute.',
            normal: 'below a second or two.',
            ifNot: 'the catalog has many objects, or the server is slow.',
            unit: 'seconds',
            lines: { audit: 'max(plinth_access_audit_duration_seconds)' },
          }),
        ),
        ...only(
          drill,
          graph('Isolation test cases', {
            shows: 'Cases of the isolation test on restored data, by result.',
            normal: 'all cases held.',
            ifNot:
              'fewer cases than before mean that policies or tables are missing in the backup.',
            unit: 'count',
            lines: {
              // Before the first restore test there are none.
              held: 'max(plinth_drill_isolation_held) or vector(0)',
              leaked: 'max(plinth_drill_isolation_leaked) or vector(0)',
            },
            more: 'backups',
          }),
        ),
      ),
    ),
  ]);
}
