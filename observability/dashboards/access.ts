import type { EnvironmentConfig } from '../../config/environment.ts';
import { AUDIT_STALE_SEC } from '../alerts/access.ts';
import { redisServers } from './expressions.ts';
import { graph, number, table, tile } from './panels.ts';
import { above, board, type Board, COLOURS, line, only, row } from './builders.ts';

/** Does everyone see what they may, and nothing else? */
export function accessBoard(config: EnvironmentConfig): Board {
  const drill = config.backup.enabled && config.backup.drill.enabled;
  // What is declared is about tables; without them there is nothing to compare with.
  const declared = config.application.migrations;
  return board('access', 'Does everyone see what they may, and nothing else?', [
    row(
      'Is it as declared?',
      line(
        4,
        ...only(
          declared,
          tile('Access', {
            shows: 'Differences between rights and row security as declared, and as they are.',
            normal: 'As declared.',
            ifNot: '`npx plinth access show` names them; `pulumi up` sets them right.',
            alert: 'AccessDrift',
            expr: 'sum(plinth_access_drift)',
            fine: 'As declared',
            wrong: 'DRIFTED',
          }),
          tile('Audit', {
            shows:
              'Whether the audit of access finds an error; warnings and hints are in the table.',
            normal: 'No error.',
            ifNot: 'the table below says what, and how bad.',
            alert: 'AccessFindingCritical',
            expr: 'sum(plinth_access_findings{severity="error"})',
            fine: 'No error',
            wrong: 'ERRORS',
          }),
          tile('Migrations', {
            shows:
              'Whether files and database agree: none pending, none whose text is another now.',
            normal: 'In step.',
            ifNot: '`npx plinth up` applies what is pending. A changed one must be put back.',
            alert: 'MigrationPending',
            expr: 'sum(plinth_migrations_pending) + sum(plinth_migrations_changed)',
            fine: 'In step',
            wrong: 'OUT OF STEP',
          }),
          number('How fresh is this?', {
            shows: 'Time since access was last looked at.',
            normal: 'below two minutes.',
            ifNot: 'what is green above is no longer known: see the watcher.',
            alert: 'AccessAuditStale',
            unit: 'seconds',
            expr: 'time() - max(plinth_access_audit_timestamp_seconds)',
            limit: above(AUDIT_STALE_SEC),
            more: 'monitoring',
          }),
        ),
        ...only(
          drill,
          tile('Isolation proof', {
            shows:
              'Cases in which a tenant saw rows of others, in the proof that each drill makes on restored rows.',
            normal: 'Holds.',
            ifNot: 'prove it on the environment itself at once: `npx plinth prove isolation`.',
            alert: 'IsolationProofFailed',
            // Before the first drill nothing has leaked.
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
        'What was found?',
        line(
          9,
          table('What does the audit look for?', {
            shows: 'Each check, and how often it found something.',
            normal: '0 for every error; a warning may be meant.',
            ifNot: 'begin with the most severe.',
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
          graph('When did it change?', {
            shows: 'Differences and findings over time.',
            normal: '0.',
            ifNot: 'compare with the marks of migrations, and ask who was connected then.',
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
      'Who tries to get in?',
      line(
        8,
        graph('How many logins fail?', {
          shows: 'Refused logins an hour.',
          normal: '0, or a person who mistyped.',
          ifNot: 'many: a program has an old password, or somebody guesses.',
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
        graph('Who is connected?', {
          shows: 'Connections to Postgres by login.',
          normal: 'the logins of the application; others only while they work.',
          ifNot: 'a superuser that stays connected is somebody at work by hand.',
          unit: 'count',
          lines: { '{{user}}': 'sum by (user) (plinth_postgres_connections)' },
          stacked: true,
          more: 'connections',
        }),
        ...only(
          declared,
          graph('How many migrations are there?', {
            shows: 'Applied, pending, and changed after they were applied.',
            normal: 'none pending, none changed.',
            ifNot: 'pending ones wait for `npx plinth up`.',
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
          graph('How long does a look take?', {
            shows: 'The time of the audit, made every minute.',
            normal: 'below a second or two.',
            ifNot: 'there are many objects, or the server is slow.',
            unit: 'seconds',
            lines: { audit: 'max(plinth_access_audit_duration_seconds)' },
          }),
        ),
        ...only(
          drill,
          graph('How many cases are proved?', {
            shows: 'Cases of the isolation proof on restored rows.',
            normal: 'all held.',
            ifNot: 'fewer than before: policies or tables are missing in the backup.',
            unit: 'count',
            lines: {
              // Before the first drill there are none.
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
