import type { EnvironmentConfig } from '../../config/environment.ts';
import { HOUR_BURN } from '../alerts/slo.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { BUDGET_DAYS, budgetSpent, callsPerSecond, FIRING, latency99 } from './expressions.ts';
import { healthTiles } from './health-overview.ts';
import { graph, number, table } from './panels.ts';
import { above, board, type Board, COLOURS, line, only, row } from './builders.ts';

/** Is it fine, and what changed? */
export function overviewBoard(t: Thresholds, config: EnvironmentConfig): Board {
  // What is declared is about tables; without them there is nothing to compare with.
  const declared = config.application.migrations;
  return board('overview', 'Is it fine? And if not: what changed?', [
    row(
      'Is it fine?',
      line(5, ...healthTiles(t, config)),
      line(
        6,
        table('What is told?', {
          shows: 'Every alert that fires now, since when, and what to read.',
          normal: 'One line that says that none does.',
          ifNot: 'begin with the critical one that is oldest: others often follow from it.',
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
        number('How many restarts?', {
          shows: 'How often a part of the environment began anew.',
          normal: '0, or as many as the last `pulumi up` replaced.',
          ifNot: 'nobody deployed? Then it crashed or ran out of memory: look at its containers.',
          alert: 'ContainerRestarting',
          unit: 'count',
          expr: 'sum(changes(plinth_container_start_timestamp_seconds[1h]))',
          limit: above(1),
          more: 'host',
        }),
        ...only(
          declared,
          number('How many migrations?', {
            shows: 'Migrations that were applied.',
            normal: '0, or what was just deployed.',
            ifNot:
              'slow queries since then? A migration may have dropped an index or taken a lock.',
            unit: 'count',
            expr: 'sum(max_over_time(plinth_migrations_applied[1h]) - min_over_time(plinth_migrations_applied[1h]))',
            limit: above(1),
            more: 'access',
          }),
        ),
        number('Do settings wait for a restart?', {
          shows: 'Settings of Postgres that were changed and are not in force yet.',
          normal: '0.',
          ifNot: '`pulumi up` restarts the server; until then it runs with the old ones.',
          alert: 'SettingsPendingRestart',
          unit: 'count',
          expr: 'max(plinth_postgres_settings_pending_restart)',
          limit: above(1),
          more: 'postgres',
        }),
        ...only(
          declared,
          number('Did access drift?', {
            shows: 'The most differences between declared and real access at any time of the hour.',
            normal: '0.',
            ifNot: 'even if it is 0 again by now: somebody had other rights for a while.',
            alert: 'AccessDrift',
            unit: 'count',
            expr: 'sum(max_over_time(plinth_access_drift[1h]))',
            limit: above(1),
            more: 'access',
          }),
        ),
        number('How much error budget went?', {
          shows: `The part of the error budget of ${String(BUDGET_DAYS)} days that this hour cost.`,
          normal: 'near 0 %.',
          ifNot:
            'at 2 % in one hour the budget is gone in two days: stop deploying, find the cause.',
          alert: 'AvailabilityBudgetBurnHour',
          unit: 'ratio',
          expr: `${budgetSpent(t, '1h')} / ${String(BUDGET_DAYS * 24)}`,
          limit: above(HOUR_BURN / (BUDGET_DAYS * 24)),
          more: 'slo',
        }),
      ),
    ),
    row(
      'How is it going?',
      line(
        8,
        graph('How many calls, and how many fail?', {
          shows: 'The calls of the probe, one at each probe interval, by result.',
          normal: 'A flat line of ok.',
          ifNot: 'compare with the marks of restarts and migrations.',
          alert: 'PoolerProbeFailing',
          unit: 'perSecond',
          lines: { '{{result}}': callsPerSecond },
          more: 'slo',
        }),
        graph('How long does a call take?', {
          shows: '99 of 100 calls through the pooler are answered in that time.',
          normal: `below ${String(t.latencyMs)} ms.`,
          ifNot: 'look for locks, then for a full pool, then for a busy machine.',
          alert: 'LatencyBudgetBurnHour',
          unit: 'seconds',
          lines: { '99 of 100': latency99 },
          limit: above(t.latencyMs / 1000),
          more: 'slo',
        }),
        graph('How many connections?', {
          shows: 'Connections to Postgres by login.',
          normal: `well below ${String(t.maxConnections)}, which is all the server takes.`,
          ifNot: 'a login that grows without end leaks connections.',
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

/** When each alert began, in milliseconds; one line that says so when there is none. */
const firing = [
  'label_replace(max by (severity, alertname, subject) (',
  '1000 * ALERTS_FOR_STATE and ignoring (alertstate) ',
  FIRING,
  '), "runbook", "docs/runbooks/$1.md", "alertname", "(.+)")',
  ' or on () label_replace(label_replace(label_replace(vector(time() * 1000), "severity", "none", "", ""), ',
  '"alertname", "No alert fires", "", ""), "subject", "-", "", "")',
].join('');
