import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { graph, number } from './panels.ts';
import { above, board, type Board, line, row } from './builders.ts';

/** Locks and transactions. */
export function locksBoard(t: Thresholds, config: EnvironmentConfig): Board {
  const of = `{datname="${config.postgres.database}"}`;
  const pool = config.pgbouncer.defaultPoolSize;
  const terminate = '`select pg_terminate_backend(pid)` as superuser terminates the session.';
  return board('locks', 'Which sessions block each other?', [
    row(
      'Now',
      line(
        4,
        number('Sessions waiting for a lock', {
          shows: 'Number of sessions that wait for a lock.',
          normal: `0, or a few for a moment. At ${String(pool)} a whole pool is blocked.`,
          ifNot: 'the longest transaction usually holds the lock.',
          alert: 'ManyLockWaiters',
          unit: 'count',
          expr: 'max(plinth_postgres_lock_waiters)',
          limit: above(pool),
        }),
        number('Longest lock wait', {
          shows: 'Duration of the longest current lock wait.',
          normal: `below ${String(t.lockWaitSec)} s.`,
          ifNot: `find the blocking session with \`pg_blocking_pids(pid)\`; ${terminate}`,
          alert: 'LongLockWait',
          unit: 'seconds',
          expr: 'max(plinth_postgres_longest_lock_wait_seconds)',
          limit: above(t.lockWaitSec),
        }),
        number('Longest idle in transaction', {
          shows: 'Longest time a session has been idle in transaction.',
          normal: `below ${String(t.idleInTransactionSec)} s.`,
          ifNot: `the application hangs, or waits for another service. ${terminate}`,
          alert: 'IdleInTransaction',
          unit: 'seconds',
          expr: 'max(plinth_postgres_longest_idle_in_transaction_seconds)',
          limit: above(t.idleInTransactionSec),
        }),
        number('Oldest transaction', {
          shows: 'Age of the oldest open transaction, excluding backups.',
          normal: `below ${String(t.transactionSec)} s.`,
          ifNot: `vacuum cannot remove dead tuples that it can still see. ${terminate}`,
          alert: 'LongTransaction',
          unit: 'seconds',
          expr: 'max(plinth_postgres_longest_transaction_seconds)',
          limit: above(t.transactionSec),
        }),
        number('Deadlocks in 24 hours', {
          shows: 'Deadlocks in the last 24 hours; Postgres aborted one transaction for each.',
          normal: '0.',
          ifNot:
            'two applications lock the same rows in a different order; the log shows both statements.',
          alert: 'Deadlocks',
          unit: 'count',
          decimals: 0,
          expr: `sum(increase(pg_stat_database_deadlocks${of}[24h]))`,
          limit: above(1),
        }),
      ),
    ),
    row(
      'Over time',
      line(
        8,
        graph('Lock wait over time', {
          shows: 'Longest lock wait over time.',
          normal: `below ${String(t.lockWaitSec)} s.`,
          ifNot:
            'compare with the migration annotations: `alter table` waits for all transactions on the table.',
          alert: 'LongLockWait',
          unit: 'seconds',
          lines: { 'longest wait': 'max(plinth_postgres_longest_lock_wait_seconds)' },
          limit: above(t.lockWaitSec),
        }),
        graph('Waiting sessions over time', {
          shows: 'Sessions that wait for a lock.',
          normal: '0.',
          ifNot: 'a growing number blocks the application when the pool is exhausted.',
          alert: 'ManyLockWaiters',
          unit: 'count',
          lines: { waiting: 'max(plinth_postgres_lock_waiters)' },
          limit: above(pool),
          more: 'connections',
        }),
        graph('Locks by mode', {
          shows: 'Number of locks by lock mode.',
          normal: 'AccessShare and RowExclusive.',
          ifNot: 'AccessExclusive blocks all readers of a table.',
          unit: 'count',
          lines: { '{{mode}}': 'sum by (mode) (plinth_postgres_locks)' },
          stacked: true,
        }),
      ),
      line(
        8,
        graph('Longest transaction and statement', {
          shows: 'Age of the oldest transaction and of the oldest statement.',
          normal: `below ${String(t.transactionSec)} s.`,
          ifNot: 'split long transactions into smaller batches.',
          alert: 'LongTransaction',
          unit: 'seconds',
          lines: {
            transaction: 'max(plinth_postgres_longest_transaction_seconds)',
            statement: 'max(plinth_postgres_longest_query_seconds)',
          },
          limit: above(t.transactionSec),
          more: 'queries',
        }),
        graph('Idle in transaction over time', {
          shows: 'Longest time a session was idle in transaction.',
          normal: `below ${String(t.idleInTransactionSec)} s.`,
          ifNot: 'the application of that session hangs.',
          alert: 'IdleInTransaction',
          unit: 'seconds',
          lines: { idle: 'max(plinth_postgres_longest_idle_in_transaction_seconds)' },
          limit: above(t.idleInTransactionSec),
        }),
        graph('Deadlocks', {
          shows: 'Deadlocks per hour, from the server statistics and from the log.',
          normal: '0.',
          ifNot: 'a burst often follows a new version of the application.',
          alert: 'Deadlocks',
          unit: 'count',
          lines: {
            deadlocks: `3600 * sum(rate(pg_stat_database_deadlocks${of}[$__rate_interval]))`,
            'in the log': '3600 * sum(rate(plinth_log_deadlocks_total[$__rate_interval]))',
          },
        }),
      ),
      line(
        8,
        graph('Transaction ID age', {
          shows:
            'Age of the oldest transaction ID by database, as a ratio of the wraparound limit.',
          normal: 'a sawtooth below 10 %.',
          ifNot: 'a line that only rises means that vacuum cannot finish.',
          alert: 'TransactionIdsRunningOut',
          unit: 'ratio',
          lines: {
            '{{database}}': 'max by (database) (plinth_postgres_transaction_id_age_ratio)',
          },
          more: 'postgres',
        }),
        graph('Rollback ratio', {
          shows: 'Rolled back transactions, relative to all transactions.',
          normal: 'near 0 %.',
          ifNot: 'look for application errors, timeouts, or deadlocks.',
          unit: 'ratio',
          lines: {
            'rolled back': `sum(rate(pg_stat_database_xact_rollback${of}[$__rate_interval])) / (sum(rate(pg_stat_database_xact_commit${of}[$__rate_interval])) + sum(rate(pg_stat_database_xact_rollback${of}[$__rate_interval])) > 0) or vector(0)`,
          },
        }),
      ),
    ),
  ]);
}
