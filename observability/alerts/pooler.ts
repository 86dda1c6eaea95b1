/** PgBouncer: whether it is there, and whether clients wait at it. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { AVAILABILITY_BURNS, LATENCY_BURNS } from './slo.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

const PROBE_WINDOW_SEC = 60;
/** Half: what is left when one of two things fails is still a service. */
const FAILED_PERCENT = 50;

export function poolerRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const { reservePoolTimeoutSec } = config.pgbouncer;
  const window = range(t, PROBE_WINDOW_SEC);
  return {
    name: 'pooler',
    recordings: [
      {
        record: 'pgbouncer:clients_in_use:ratio',
        expr: 'max(pgbouncer_used_clients) / max(pgbouncer_config_max_client_connections)',
      },
      {
        record: 'pooler:probe_failures:ratio',
        expr: `sum(rate(plinth_probe_requests_total{result="failed"}[${window}])) / sum(rate(plinth_probe_requests_total[${window}]))`,
      },
    ],
    alerts: [
      {
        name: 'PoolerDown',
        subject: 'pgbouncer',
        severity: 'critical',
        expr:
          'max(pgbouncer_up) == 0\n' +
          'or (max(probe_success{job="blackbox", probe="pgbouncer"}) == 0 unless max(pgbouncer_up) == 1)',
        forSec: 30,
        why: 'Two measurements in a row at the default interval: a restart of the pooler takes less.',
        summary: 'PgBouncer does not answer',
        description:
          'Nobody gets an answer from the pooler: its exporter and the probe say {{ $value }}, where 1 is up. Applications reach the database only through it.',
        explains: [
          'PoolerProbeFailing',
          'PoolerClientsNearLimit',
          'PoolWaiting',
          ...AVAILABILITY_BURNS,
          ...LATENCY_BURNS,
          'ApplicationErrorRateHigh',
          'ContainerRestarting',
        ],
      },
      {
        name: 'PoolerProbeFailing',
        subject: 'pgbouncer',
        severity: 'critical',
        expr: `pooler:probe_failures:ratio > ${share(FAILED_PERCENT)}`,
        forSec: 60,
        why: `The exporter sends queries on the path of the application; when more than ${number(FAILED_PERCENT)} % fail for a minute, so do theirs.`,
        summary: 'Queries through the pooler fail',
        description: `{{ $value | humanizePercentage }} of the queries through the pooler failed within ${rangeInWords(t, PROBE_WINDOW_SEC)}; the alert begins at ${number(FAILED_PERCENT)} %.`,
        explains: [
          'PoolWaiting',
          ...AVAILABILITY_BURNS,
          ...LATENCY_BURNS,
          'ApplicationErrorRateHigh',
        ],
      },
      {
        name: 'PoolWaiting',
        subject: 'pgbouncer',
        severity: 'warning',
        expr: `max by (database, user) (pgbouncer_pools_client_maxwait_seconds) > ${number(reservePoolTimeoutSec)}`,
        forSec: 60,
        why: `pgbouncer.reservePoolTimeoutSec: after ${time(reservePoolTimeoutSec)} the reserve is opened too, so whoever waits longer waits in spite of it.`,
        summary: 'Clients of {{ $labels.user }} wait for a connection',
        description: `A client of {{ $labels.user }} in {{ $labels.database }} has waited {{ $value | humanizeDuration }} for a server connection; the alert begins at ${time(reservePoolTimeoutSec)}.`,
      },
      {
        name: 'PoolerClientsNearLimit',
        subject: 'pgbouncer',
        severity: 'warning',
        expr: `pgbouncer:clients_in_use:ratio > ${share(t.connectionsPercent)}`,
        forSec: 120,
        why: `monitoring.thresholds.connections: ${number(t.connectionsPercent)} % of pgbouncer.maxClientConn, ${number(t.maxClientConn)}, past which clients are turned away.`,
        summary: 'PgBouncer has room for few more clients',
        description: `{{ $value | humanizePercentage }} of the ${number(t.maxClientConn)} clients that the pooler takes are there; the alert begins at ${number(t.connectionsPercent)} %.`,
      },
    ],
  };
}
