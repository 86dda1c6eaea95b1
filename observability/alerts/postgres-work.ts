/** Query performance: slow queries, cache hit ratio, long transactions and lock waits. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

/** One per minute: a single slow query is visible in the log, a stream of them needs an alert. */
const SLOW_QUERIES = 10;
const SLOW_WINDOW_SEC = 600;
/** Blocks of 8 KiB per second, 0.8 MB: below that, the cache hit ratio is irrelevant. */
const READS_THAT_MATTER = 100;
const DEADLOCK_WINDOW_SEC = 900;

export function postgresWorkRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const { database } = config.postgres;
  const pool = config.pgbouncer.defaultPoolSize;
  const of = `{datname="${database}"}`;
  const window = range(t, SLOW_WINDOW_SEC);
  const read = `sum(rate(pg_stat_database_blks_read${of}[${window}]))`;
  const hit = `sum(rate(pg_stat_database_blks_hit${of}[${window}]))`;
  return {
    name: 'postgres-work',
    recordings: [
      { record: 'postgres:cache_hit:ratio', expr: `${hit} / (${hit} + ${read})` },
      {
        record: 'postgres:transactions:rate',
        expr: `sum(rate(pg_stat_database_xact_commit${of}[${range(t, 120)}])) + sum(rate(pg_stat_database_xact_rollback${of}[${range(t, 120)}]))`,
      },
      {
        record: 'postgres:rollbacks:ratio',
        expr: `sum(rate(pg_stat_database_xact_rollback${of}[${window}])) / (sum(rate(pg_stat_database_xact_commit${of}[${window}])) + sum(rate(pg_stat_database_xact_rollback${of}[${window}])))`,
      },
    ],
    alerts: [
      {
        name: 'SlowQueries',
        subject: 'postgres',
        severity: 'warning',
        expr: `round(sum(increase(plinth_log_slow_queries_total[${window}]))) > ${number(SLOW_QUERIES)}`,
        forSec: 0,
        why: `A query is slow from postgres.slowQuery, ${number(t.slowQueryMs)} ms. More than one slow query per minute is not an exception.`,
        summary: 'Postgres has many slow queries',
        description: `{{ $value | humanize }} queries took longer than ${number(t.slowQueryMs)} ms within ${rangeInWords(t, SLOW_WINDOW_SEC)}; the alert fires above ${number(SLOW_QUERIES)}.`,
      },
      {
        name: 'CacheHitRatioLow',
        subject: 'postgres',
        severity: 'warning',
        expr: `postgres:cache_hit:ratio < ${share(t.cacheHitPercent)}\nand ${read} > ${number(READS_THAT_MATTER)}`,
        forSec: 900,
        why: `monitoring.thresholds.cacheHit: ${number(t.cacheHitPercent)} %, and only while more than ${number(READS_THAT_MATTER)} blocks per second are read from outside shared_buffers, because the ratio of an idle server is meaningless. 15 min is longer than a report or a backup of a small database.`,
        summary: 'The cache hit ratio of Postgres is low',
        description: `{{ $value | humanizePercentage }} of the block reads of ${database} were served from shared_buffers; the alert fires below ${number(t.cacheHitPercent)} %.`,
      },
      {
        name: 'IdleInTransaction',
        subject: 'postgres',
        severity: 'warning',
        expr: `max(plinth_postgres_longest_idle_in_transaction_seconds) > ${number(t.idleInTransactionSec)}`,
        forSec: 0,
        why: `monitoring.thresholds.idleInTransaction: ${time(t.idleInTransactionSec)}. A client that pauses this long between two statements has forgotten to end its transaction. idle_in_transaction_session_timeout terminates the session after 60 s, unless the session overrides the setting.`,
        summary: 'A session is idle in transaction',
        description: `A session has been idle in transaction for {{ $value | humanizeDuration }} and holds its locks and a connection; the alert fires above ${time(t.idleInTransactionSec)}.`,
        explains: ['LongTransaction'],
      },
      {
        name: 'LongTransaction',
        subject: 'postgres',
        severity: 'warning',
        expr: `max(plinth_postgres_longest_transaction_seconds) > ${number(t.transactionSec)}`,
        forSec: 0,
        why: `monitoring.thresholds.transaction: ${time(t.transactionSec)}. A long transaction prevents vacuum from removing newer dead tuples in all tables. Backups are excluded.`,
        summary: 'A transaction has been open for a long time',
        description: `The oldest transaction is {{ $value | humanizeDuration }} old; the alert fires above ${time(t.transactionSec)}.`,
      },
      {
        name: 'LongLockWait',
        subject: 'postgres',
        severity: 'warning',
        expr: `max(plinth_postgres_longest_lock_wait_seconds) > ${number(t.lockWaitSec)}`,
        forSec: 0,
        why: `monitoring.thresholds.lockWait: ${time(t.lockWaitSec)}. Users notice a lock wait of that length.`,
        summary: 'A lock wait is long',
        description: `A session has waited {{ $value | humanizeDuration }} for a lock; the alert fires above ${time(t.lockWaitSec)}.`,
      },
      {
        name: 'ManyLockWaiters',
        subject: 'postgres',
        severity: 'critical',
        expr: `max(plinth_postgres_lock_waiters) >= ${number(pool)}`,
        forSec: 60,
        why: `pgbouncer.defaultPoolSize is ${number(pool)}. If that many sessions wait for a lock, a whole pool is blocked, and so are all clients that wait for it.`,
        summary: 'Many sessions wait for locks',
        description: `{{ $value | humanize }} sessions wait for a lock; the alert fires at ${number(pool)}, the size of a pool.`,
        explains: ['LongLockWait', 'PoolWaiting', ...['Hour', 'SixHours'].map(latencyBurn)],
      },
      {
        name: 'Deadlocks',
        subject: 'postgres',
        severity: 'warning',
        expr: `round(sum(increase(pg_stat_database_deadlocks${of}[${range(t, DEADLOCK_WINDOW_SEC)}]))) > 0`,
        forSec: 0,
        why: 'Postgres aborts one of the two transactions, so each deadlock is an error in an application. Applications that take locks in a consistent order have no deadlocks.',
        summary: 'Deadlocks occur',
        description: `Deadlocks in ${database} within ${rangeInWords(t, DEADLOCK_WINDOW_SEC)}: {{ $value | humanize }}; expected: 0.`,
      },
    ],
  };
}

function latencyBurn(window: string): string {
  return `LatencyBudgetBurn${window}`;
}
