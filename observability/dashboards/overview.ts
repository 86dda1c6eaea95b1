import type { EnvironmentConfig } from '../../config/environment.ts';
import { HOUR_BURN } from '../alerts/slo.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { BUDGET_DAYS, budgetSpent, callsPerSecond, FIRING, latency99 } from './expressions.ts';
import { healthTiles } from './health-overview.ts';
import { graph, number, table } from './panels.ts';
import { above, board, type Board, COLOURS, line, only, row } from './builders.ts';

/** The start page: status and recent changes. */
export function overviewBoard(t: Thresholds, config: EnvironmentConfig): Board {
  // The declaration is about tables; without them there is nothing to compare with.
  const declared = config.application.migrations;
  return board('overview', 'Is the environment healthy, and what changed?', [
    row(
      'Status',
      line(5, ...healthTiles(t, config)),
      line(
        6,
        table('Firing alerts', {
          shows: 'All firing alerts with their start time and runbook.',
          normal: 'one line: no alert fires.',
          ifNot: 'start with the oldest critical alert; others often follow from it.',
          labels: {
            severity: 'Severity',
            alertname: 'Alert',
            subject: 'About',
            runbook: 'Runbook',
          },
          columns: [{ name: 'Since', unit: 'ago', expr: firing }],
          descending: false,
          colours: { critical: COLOURS.bad, warning: COLOURS.unsure, none: COLOURS.good },
        }),
      ),
    ),
    row(
      'What changed in the last hour?',
      line(
        4,
        number('Restarts', {
          shows: 'Number of container restarts in the last hour.',
          normal: '0, or the number of containers that the last `pulumi up` replaced.',
          ifNot: 'without a deployment, a container crashed or was OOM-killed: see the containers.',
          alert: 'ContainerRestarting',
          unit: 'count',
          expr: 'sum(changes(plinth_container_start_timestamp_seconds[1h]))',
          limit: above(1),
          more: 'host',
        }),
        ...only(
          declared,
          number('Migrations', {
            shows: 'Number of migrations applied in the last hour.',
            normal: '0, or the migrations of the last deployment.',
            ifNot:
              'if queries are slow since then, a migration may have dropped an index or taken a lock.',
            unit: 'count',
            expr: 'sum(max_over_time(plinth_migrations_applied[1h]) - min_over_time(plinth_migrations_applied[1h]))',
            limit: above(1),
            more: 'access',
          }),
        ),
        number('Settings pending a restart', {
          shows: 'Changed Postgres settings that are not in effect yet.',
          normal: '0.',
          ifNot: '`pulumi up` restarts the server. Until then the old settings stay in effect.',
          alert: 'SettingsPendingRestart',
          unit: 'count',
          expr: 'max(plinth_postgres_settings_pending_restart)',
          limit: above(1),
          more: 'postgres',
        }),
        ...only(
          declared,
          number('Access drift', {
            shows:
              'Highest number of differences between declared and actual access in the last hour.',
            normal: '0.',
            ifNot: 'even if the drift is gone now, a role had other privileges for some time.',
            alert: 'AccessDrift',
            unit: 'count',
            expr: 'sum(max_over_time(plinth_access_drift[1h]))',
            limit: above(1),
            more: 'access',
          }),
        ),
        number('Error budget spent', {
          shows: `Part of the ${String(BUDGET_DAYS)}-day error budget that was consumed in the last hour.`,
          normal: 'near 0 %.',
          ifNot:
            'at 2 % per hour the budget is exhausted in two days: stop deploying and find the cause.',
          alert: 'AvailabilityBudgetBurnHour',
          unit: 'ratio',
          expr: `${budgetSpent(t, '1h')} / ${String(BUDGET_DAYS * 24)}`,
          limit: above(HOUR_BURN / (BUDGET_DAYS * 24)),
          more: 'slo',
        }),
      ),
    ),
    row(
      'Queries and connections',
      line(
        8,
        graph('Probe queries by result', {
          shows: 'Probe queries through PgBouncer by result, one per probe interval.',
          normal: 'a flat line of ok.',
          ifNot: 'compare with the annotations of restarts and migrations.',
          alert: 'PoolerProbeFailing',
          unit: 'perSecond',
          lines: { '{{result}}': callsPerSecond },
          more: 'slo',
        }),
        graph('Probe query duration', {
          shows: '99th percentile of the duration of probe queries through PgBouncer.',
          normal: `below ${String(t.latencyMs)} ms.`,
          ifNot: 'check for lock waits, then for a full pool, then for a busy host.',
          alert: 'LatencyBudgetBurnHour',
          unit: 'seconds',
          lines: { '99 of 100': latency99 },
          limit: above(t.latencyMs / 1000),
          more: 'slo',
        }),
        graph('Connections by login', {
          shows: 'Number of connections to Postgres by login.',
          normal: `well below ${String(t.maxConnections)} (max_connections).`,
          ifNot: 'a login that grows constantly leaks connections.',
          alert: 'ConnectionsNearlyExhausted',
          unit: 'count',
          lines: { '{{user}}': 'sum by (user) (plinth_postgres_connections)' },
          limit: above((t.maxConnections * t.connectionsPercent) / 100),
          stacked: true,
          more: 'connections',
        }),
      ),
    ),
  ]);
}

/** Start time of each alert in milliseconds, or one line if no alert fires. */
const firing = [
  'label_replace(max by (severity, alertname, subject) (',
  '1000 * ALERTS_FOR_STATE and ignoring (alertstate) ',
  FIRING,
  '), "runbook", "docs/runbooks/$1.md", "alertname", "(.+)")',
  ' or on () label_replace(label_replace(label_replace(vector(time() * 1000), "severity", "none", "", ""), ',
  '"alertname", "No alert fires", "", ""), "subject", "-", "", "")',
].join('');
