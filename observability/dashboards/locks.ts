import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { graph, number } from './panels.ts';
import { above, board, type Board, line, row } from './builders.ts';

/** Who waits for whom? */
export function locksBoard(t: Thresholds, config: EnvironmentConfig): Board {
  const of = `{datname="${config.postgres.database}"}`;
  const pool = config.pgbouncer.defaultPoolSize;
  const terminate = '`select pg_terminate_backend(pid)` ends it, as the superuser.';
  return board('locks', 'Who waits for whom?', [
    row(
      'Now',
      line(
        4,
        number('How many wait for a lock?', {
          shows: 'Sessions that wait for a lock of another.',
          normal: `0, or a few for an instant; at ${String(pool)} a whole pool stands still.`,
          ifNot: 'the longest transaction is mostly the one that holds it.',
          alert: 'ManyLockWaiters',
          unit: 'count',
          expr: 'max(plinth_postgres_lock_waiters)',
          limit: above(pool),
        }),
        number('How long is the longest wait?', {
          shows: 'The time that the first in the queue has waited.',
          normal: `below ${String(t.lockWaitSec)} s.`,
          ifNot: `find the holder by \`pg_blocking_pids(pid)\`; ${terminate}`,
          alert: 'LongLockWait',
          unit: 'seconds',
          expr: 'max(plinth_postgres_longest_lock_wait_seconds)',
          limit: above(t.lockWaitSec),
        }),
        number('How long is a transaction idle?', {
          shows: 'The longest that is open while its program does something else.',
          normal: `below ${String(t.idleInTransactionSec)} s.`,
          ifNot: `its program hangs, or asks somebody else meanwhile. ${terminate}`,
          alert: 'IdleInTransaction',
          unit: 'seconds',
          expr: 'max(plinth_postgres_longest_idle_in_transaction_seconds)',
          limit: above(t.idleInTransactionSec),
        }),
        number('How old is the oldest transaction?', {
          shows: 'The longest that is open, without backups.',
          normal: `below ${String(t.transactionSec)} s.`,
          ifNot: `no dead row that it could still see is cleaned away. ${terminate}`,
          alert: 'LongTransaction',
          unit: 'seconds',
          expr: 'max(plinth_postgres_longest_transaction_seconds)',
          limit: above(t.transactionSec),
        }),
        number('How many deadlocks today?', {
          shows:
            'Transactions of the last 24 hours that waited for each other, so that one was ended.',
          normal: '0.',
          ifNot: 'two programs lock the same rows in different order; the log names both.',
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
        graph('How long do they wait for locks?', {
          shows: 'The longest wait, and how many wait.',
          normal: `below ${String(t.lockWaitSec)} s.`,
          ifNot: 'compare with the marks of migrations: `alter table` waits for everybody.',
          alert: 'LongLockWait',
          unit: 'seconds',
          lines: { 'longest wait': 'max(plinth_postgres_longest_lock_wait_seconds)' },
          limit: above(t.lockWaitSec),
        }),
        graph('How many wait, over time?', {
          shows: 'Sessions that wait for a lock.',
          normal: '0.',
          ifNot: 'a queue that grows stops the application when the pool is used up.',
          alert: 'ManyLockWaiters',
          unit: 'count',
          lines: { waiting: 'max(plinth_postgres_lock_waiters)' },
          limit: above(pool),
          more: 'connections',
        }),
        graph('Which locks are held?', {
          shows: 'Locks that are held, by mode.',
          normal: 'AccessShare and RowExclusive.',
          ifNot: 'AccessExclusive stops all who read that table.',
          unit: 'count',
          lines: { '{{mode}}': 'sum by (mode) (plinth_postgres_locks)' },
          stacked: true,
        }),
      ),
      line(
        8,
        graph('How old do transactions get?', {
          shows: 'The longest one, and the longest statement.',
          normal: `below ${String(t.transactionSec)} s.`,
          ifNot: 'long ones belong into jobs that work in small steps.',
          alert: 'LongTransaction',
          unit: 'seconds',
          lines: {
            transaction: 'max(plinth_postgres_longest_transaction_seconds)',
            statement: 'max(plinth_postgres_longest_query_seconds)',
          },
          limit: above(t.transactionSec),
          more: 'queries',
        }),
        graph('How long are they idle?', {
          shows: 'The longest transaction that does nothing.',
          normal: `below ${String(t.idleInTransactionSec)} s.`,
          ifNot: 'the program of that connection hangs.',
          alert: 'IdleInTransaction',
          unit: 'seconds',
          lines: { idle: 'max(plinth_postgres_longest_idle_in_transaction_seconds)' },
          limit: above(t.idleInTransactionSec),
        }),
        graph('How many deadlocks and conflicts?', {
          shows: 'Deadlocks an hour, as counted by the server and as read in its log.',
          normal: '0.',
          ifNot: 'a wave of them follows a new version of the application.',
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
        graph('How old are transaction ids?', {
          shows: 'The age of the oldest, as a part of all there are, by database.',
          normal: 'a saw blade below 10 %.',
          ifNot: 'a line that only rises is a vacuum that cannot finish.',
          alert: 'TransactionIdsRunningOut',
          unit: 'ratio',
          lines: {
            '{{database}}': 'max by (database) (plinth_postgres_transaction_id_age_ratio)',
          },
          more: 'postgres',
        }),
        graph('How many transactions are given up?', {
          shows: 'Transactions that were rolled back, of all.',
          normal: 'near 0 %.',
          ifNot: 'errors of the application, timeouts, or deadlocks.',
          unit: 'ratio',
          lines: {
            'rolled back': `sum(rate(pg_stat_database_xact_rollback${of}[$__rate_interval])) / (sum(rate(pg_stat_database_xact_commit${of}[$__rate_interval])) + sum(rate(pg_stat_database_xact_rollback${of}[$__rate_interval])) > 0) or vector(0)`,
          },
        }),
      ),
    ),
  ]);
}
