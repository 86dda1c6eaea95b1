/** PgBouncer: availability, and clients that wait for a server connection. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { AVAILABILITY_BURNS, LATENCY_BURNS } from './slo.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

const PROBE_WINDOW_SEC = 60;
/** Half: if one of two redundant parts fails, the service still works. */
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
        why: 'Two failed scrapes in a row at the default interval. A restart of PgBouncer takes less.',
        summary: 'PgBouncer is down',
        description:
          'PgBouncer does not accept connections: its exporter and the probe report {{ $value }}; expected: 1. Applications reach the database only through PgBouncer.',
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
        why: `The Plinth exporter (container watch) sends queries through PgBouncer, as applications do. If more than ${number(FAILED_PERCENT)} % fail for a minute, queries of applications fail too.`,
        summary: 'Queries through PgBouncer fail',
        description: `{{ $value | humanizePercentage }} of the queries through PgBouncer failed within ${rangeInWords(t, PROBE_WINDOW_SEC)}; the alert fires above ${number(FAILED_PERCENT)} %.`,
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
        why: `pgbouncer.reservePoolTimeoutSec: after ${time(reservePoolTimeoutSec)} PgBouncer uses the reserve pool. A client that waits longer waits although the reserve pool is in use.`,
        summary: 'Clients of {{ $labels.user }} wait for a server connection',
        description: `A client of {{ $labels.user }} in {{ $labels.database }} has waited {{ $value | humanizeDuration }} for a server connection; the alert fires above ${time(reservePoolTimeoutSec)}.`,
      },
      {
        name: 'PoolerClientsNearLimit',
        subject: 'pgbouncer',
        severity: 'warning',
        expr: `pgbouncer:clients_in_use:ratio > ${share(t.connectionsPercent)}`,
        forSec: 120,
        why: `monitoring.thresholds.connections: ${number(t.connectionsPercent)} % of pgbouncer.maxClientConn (${number(t.maxClientConn)}). PgBouncer rejects clients beyond that limit.`,
        summary: 'PgBouncer is close to its client limit',
        description: `{{ $value | humanizePercentage }} of the ${number(t.maxClientConn)} client connections of PgBouncer are in use; the alert fires above ${number(t.connectionsPercent)} %.`,
      },
    ],
  };
}
