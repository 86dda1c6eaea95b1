import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { share } from './expressions.ts';
import { graph, number, tile } from './panels.ts';
import { above, board, type Board, line, row } from './builders.ts';

// The pooler's own console is a database to its exporter.
const REAL = '{database!="pgbouncer"}';
const pools = (metric: string) => `sum(pgbouncer_pools_${metric}_connections${REAL})`;
const rate = (metric: string) =>
  `sum(rate(pgbouncer_stats_${metric}_total${REAL}[$__rate_interval]))`;

/** Is there a connection for everyone? */
export function connectionsBoard(t: Thresholds, config: EnvironmentConfig): Board {
  const { connectionsPercent, maxConnections, maxClientConn } = t;
  const { maxDbConnections, queryWaitTimeoutSec, reservePoolTimeoutSec } = config.pgbouncer;
  const limit = above(connectionsPercent / 100);
  return board('connections', 'Is there a connection for everyone?', [
    row(
      'Is there room?',
      line(
        4,
        tile('Pooler', {
          shows: 'Whether PgBouncer answers on its console.',
          normal: 'Answers.',
          ifNot: 'the application cannot connect, though Postgres may be well.',
          alert: 'PoolerDown',
          expr: '1 - min(pgbouncer_up)',
          fine: 'Answers',
          wrong: 'DOWN',
        }),
        tile('Databases', {
          shows: 'Whether a database of the pooler is paused or switched off.',
          normal: 'Open.',
          ifNot: 'somebody paused it, or an update was interrupted: `RESUME` on its console.',
          expr: `sum(pgbouncer_databases_paused${REAL}) + sum(pgbouncer_databases_disabled${REAL})`,
          fine: 'Open',
          wrong: 'PAUSED',
        }),
        number('How full is Postgres?', {
          shows: `Connections to the server, of ${String(maxConnections)}.`,
          normal: `below ${String(connectionsPercent)} %.`,
          ifNot: 'see below whose they are. Beyond 100 % logins are refused.',
          alert: 'ConnectionsNearlyExhausted',
          unit: 'ratio',
          expr: 'sum(plinth_postgres_connections) / max(plinth_postgres_max_connections)',
          limit,
        }),
        number('How full is the pooler?', {
          shows: `Clients of the pooler, of ${String(maxClientConn)}.`,
          normal: `below ${String(connectionsPercent)} %.`,
          ifNot: 'a program opens connections and does not close them.',
          alert: 'PoolerClientsNearLimit',
          unit: 'ratio',
          expr: 'max(pgbouncer_used_clients) / max(pgbouncer_config_max_client_connections)',
          limit,
        }),
        number('How many clients wait?', {
          shows: 'Clients that want a server connection and have none.',
          normal: '0, or a few for an instant.',
          ifNot:
            'all connections of the pool are in use: by slow statements, or open transactions.',
          alert: 'PoolWaiting',
          unit: 'count',
          expr: pools('client_waiting'),
          limit: above(1),
          more: 'locks',
        }),
        number('How long does the first one wait?', {
          shows: 'The longest wait in the queue.',
          normal: `below ${String(reservePoolTimeoutSec)} s, after which the reserve is opened.`,
          ifNot: `at ${String(queryWaitTimeoutSec)} s its query is given up.`,
          alert: 'PoolWaiting',
          unit: 'seconds',
          expr: `max(pgbouncer_pools_client_maxwait_seconds${REAL})`,
          limit: above(reservePoolTimeoutSec),
        }),
      ),
    ),
    row(
      'Who has the connections?',
      line(
        9,
        graph('Whose are they?', {
          shows: 'Connections to Postgres by login.',
          normal: 'flat: the pooler keeps as many as it needs.',
          ifNot: 'a login that grows without end does not go through the pooler, or leaks.',
          alert: 'ConnectionsNearlyExhausted',
          unit: 'count',
          lines: { '{{user}}': 'sum by (user) (plinth_postgres_connections)' },
          limit: above((maxConnections * connectionsPercent) / 100),
          stacked: true,
        }),
        graph('What do they do?', {
          shows: 'Connections to Postgres by state.',
          normal: 'mostly idle.',
          ifNot:
            '"idle in transaction" holds locks while a program does something else: find that program.',
          unit: 'count',
          lines: { '{{state}}': 'sum by (state) (plinth_postgres_connections)' },
          stacked: true,
          more: 'locks',
        }),
        graph('How close is each login to its limit?', {
          shows: 'Connections of a login, of those it may have.',
          normal: `below ${String(connectionsPercent)} %.`,
          ifNot: 'that login is refused at 100 %, others are not.',
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
      'What does the pooler do?',
      line(
        8,
        graph('How many server connections does it hold?', {
          shows: 'Connections from the pooler to Postgres.',
          normal: `below ${String(maxDbConnections)}, which is all it may have.`,
          ifNot: 'all busy: statements are slow, or the pool is too small.',
          unit: 'count',
          lines: {
            busy: pools('server_active'),
            idle: pools('server_idle'),
            'used before': pools('server_used'),
          },
          limit: above(maxDbConnections),
          stacked: true,
        }),
        graph('How many clients work, and how many wait?', {
          shows: 'Clients of the pooler.',
          normal: 'none waits.',
          ifNot: 'see what the busy server connections do.',
          unit: 'count',
          lines: { working: pools('client_active'), waiting: pools('client_waiting') },
          stacked: true,
        }),
        graph('How much goes through it?', {
          shows: 'Queries and transactions a second.',
          normal: 'follows the day of the application.',
          ifNot: 'a fall to 0 while clients are there: Postgres does not answer it.',
          unit: 'perSecond',
          lines: {
            queries: rate('queries_pooled'),
            transactions: rate('sql_transactions_pooled'),
          },
        }),
      ),
      line(
        8,
        graph('How long does a query take?', {
          shows: 'The mean time of a query, and of the wait for a connection before it.',
          normal: 'milliseconds; nearly no wait.',
          ifNot: 'more wait than work: the pool is too small or blocked.',
          unit: 'seconds',
          lines: {
            // Without queries none took any time.
            work: share(rate('queries_duration_seconds'), rate('queries_pooled'), 0),
            wait: share(rate('client_wait_seconds'), rate('queries_pooled'), 0),
          },
        }),
        graph('How much is carried?', {
          shows: 'Bytes a second from clients, and to them.',
          normal: 'more to them than from them.',
          ifNot: 'a program fetches far more rows than it shows.',
          unit: 'bytesPerSecond',
          lines: { 'from clients': rate('received_bytes'), 'to clients': rate('sent_bytes') },
        }),
      ),
    ),
  ]);
}
