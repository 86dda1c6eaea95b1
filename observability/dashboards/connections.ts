import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { share } from './expressions.ts';
import { graph, number, tile } from './panels.ts';
import { above, board, type Board, line, row } from './builders.ts';

// The exporter counts PgBouncer's admin console as a database.
const REAL = '{database!="pgbouncer"}';
const pools = (metric: string) => `sum(pgbouncer_pools_${metric}_connections${REAL})`;
const rate = (metric: string) =>
  `sum(rate(pgbouncer_stats_${metric}_total${REAL}[$__rate_interval]))`;

/** Connections of Postgres and PgBouncer. */
export function connectionsBoard(t: Thresholds, config: EnvironmentConfig): Board {
  const { connectionsPercent, maxConnections, maxClientConn } = t;
  const { maxDbConnections, queryWaitTimeoutSec, reservePoolTimeoutSec } = config.pgbouncer;
  const limit = above(connectionsPercent / 100);
  return board('connections', 'Are there enough connections?', [
    row(
      'Are there free connections?',
      line(
        4,
        tile('Pooler', {
          shows: 'Whether PgBouncer responds on its admin console.',
          normal: 'Answers.',
          ifNot: 'applications cannot connect, even if Postgres is up.',
          alert: 'PoolerDown',
          expr: '1 - min(pgbouncer_up)',
          fine: 'Answers',
          wrong: 'DOWN',
        }),
        tile('Databases', {
          shows: 'Whether a database in PgBouncer is paused or disabled.',
          normal: 'Open.',
          ifNot:
            'it was paused manually, or an update was interrupted: run `RESUME` on the admin console.',
          expr: `sum(pgbouncer_databases_paused${REAL}) + sum(pgbouncer_databases_disabled${REAL})`,
          fine: 'Open',
          wrong: 'PAUSED',
        }),
        number('Postgres connections in use', {
          shows: `Connections to the server, relative to max_connections (${String(maxConnections)}).`,
          normal: `below ${String(connectionsPercent)} %.`,
          ifNot: 'see below which logins use them. At 100 % Postgres rejects logins.',
          alert: 'ConnectionsNearlyExhausted',
          unit: 'ratio',
          expr: 'sum(plinth_postgres_connections) / max(plinth_postgres_max_connections)',
          limit,
        }),
        number('PgBouncer clients in use', {
          shows: `Client connections of PgBouncer, relative to max_client_conn (${String(maxClientConn)}).`,
          normal: `below ${String(connectionsPercent)} %.`,
          ifNot: 'an application opens connections and does not close them.',
          alert: 'PoolerClientsNearLimit',
          unit: 'ratio',
          expr: 'max(pgbouncer_used_clients) / max(pgbouncer_config_max_client_connections)',
          limit,
        }),
        number('Waiting clients', {
          shows: 'Clients that wait for a server connection.',
          normal: '0, or a few for a moment.',
          ifNot: 'slow statements or open transactions use all connections of the pool.',
          alert: 'PoolWaiting',
          unit: 'count',
          expr: pools('client_waiting'),
          limit: above(1),
          more: 'locks',
        }),
        number('Longest client wait', {
          shows: 'Longest wait of a client for a server connection.',
          normal: `below ${String(reservePoolTimeoutSec)} s, after which PgBouncer uses the reserve pool.`,
          ifNot: `at ${String(queryWaitTimeoutSec)} s PgBouncer disconnects the client (query_wait_timeout).`,
          alert: 'PoolWaiting',
          unit: 'seconds',
          expr: `max(pgbouncer_pools_client_maxwait_seconds${REAL})`,
          limit: above(reservePoolTimeoutSec),
        }),
      ),
    ),
    row(
      'Who uses the connections?',
      line(
        9,
        graph('Connections by login', {
          shows: 'Number of connections to Postgres by login.',
          normal: 'flat: PgBouncer keeps as many as it needs.',
          ifNot: 'a login that grows constantly does not use PgBouncer, or leaks connections.',
          alert: 'ConnectionsNearlyExhausted',
          unit: 'count',
          lines: { '{{user}}': 'sum by (user) (plinth_postgres_connections)' },
          limit: above((maxConnections * connectionsPercent) / 100),
          stacked: true,
        }),
        graph('Connections by state', {
          shows: 'Number of connections to Postgres by state.',
          normal: 'mostly idle.',
          ifNot: 'sessions that are idle in transaction hold locks: find their application.',
          unit: 'count',
          lines: { '{{state}}': 'sum by (state) (plinth_postgres_connections)' },
          stacked: true,
          more: 'locks',
        }),
        graph('Connection limit used by login', {
          shows: 'Connections of a login, relative to its connection limit.',
          normal: `below ${String(connectionsPercent)} %.`,
          ifNot: 'at 100 % Postgres rejects this login, but not other logins.',
          alert: 'LoginNearConnectionLimit',
          unit: 'ratio',
          lines: {
            '{{user}}':
              'sum by (user) (plinth_postgres_connections) / on (user) max by (user) (plinth_postgres_connection_limit)',
          },
          limit,
        }),
      ),
    ),
    row(
      'PgBouncer activity',
      line(
        8,
        graph('Server connections', {
          shows: 'Connections from PgBouncer to Postgres.',
          normal: `below ${String(maxDbConnections)} (max_db_connections).`,
          ifNot: 'if all are active, statements are slow, or the pool is too small.',
          unit: 'count',
          lines: {
            busy: pools('server_active'),
            idle: pools('server_idle'),
            'used before': pools('server_used'),
          },
          limit: above(maxDbConnections),
          stacked: true,
        }),
        graph('Active and waiting clients', {
          shows: 'Number of active and waiting clients of PgBouncer.',
          normal: 'no client waits.',
          ifNot: 'see what the active server connections do.',
          unit: 'count',
          lines: { working: pools('client_active'), waiting: pools('client_waiting') },
          stacked: true,
        }),
        graph('Queries and transactions', {
          shows: 'Queries and transactions through PgBouncer per second.',
          normal: 'follows the daily load of the application.',
          ifNot: 'a drop to 0 with connected clients means that Postgres does not respond.',
          unit: 'perSecond',
          lines: {
            queries: rate('queries_pooled'),
            transactions: rate('sql_transactions_pooled'),
          },
        }),
      ),
      line(
        8,
        graph('Query duration', {
          shows: 'Mean duration of a query, and mean wait for a server connection before it.',
          normal: 'milliseconds, with almost no wait.',
          ifNot: 'if clients wait longer than queries run, the pool is too small or blocked.',
          unit: 'seconds',
          lines: {
            // Without queries the duration is 0.
            work: share(rate('queries_duration_seconds'), rate('queries_pooled'), 0),
            wait: share(rate('client_wait_seconds'), rate('queries_pooled'), 0),
          },
        }),
        graph('Network traffic', {
          shows: 'Bytes per second from clients and to clients.',
          normal: 'more to clients than from clients.',
          ifNot: 'an application fetches far more rows than it needs.',
          unit: 'bytesPerSecond',
          lines: { 'from clients': rate('received_bytes'), 'to clients': rate('sent_bytes') },
        }),
      ),
    ),
  ]);
}
