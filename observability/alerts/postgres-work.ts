/** How the server gets on with its work: slow queries, cold memory, transactions that hold others up. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

/** One a minute: a single bad query is for the log, a stream of them for a person. */
const SLOW_QUERIES = 10;
const SLOW_WINDOW_SEC = 600;
/** Blocks of 8 KiB a second, 0.8 MB: below that, it does not matter where reads come from. */
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
        why: `A query is slow from postgres.slowQuery, ${number(t.slowQueryMs)} ms; more than one a minute are no exception any more.`,
        summary: 'Postgres has many slow queries',
        description: `{{ $value | humanize }} queries took longer than ${number(t.slowQueryMs)} ms within ${rangeInWords(t, SLOW_WINDOW_SEC)}; the alert begins above ${number(SLOW_QUERIES)}.`,
      },
      {
        name: 'CacheHitRatioLow',
        subject: 'postgres',
        severity: 'warning',
        expr: `postgres:cache_hit:ratio < ${share(t.cacheHitPercent)}\nand ${read} > ${number(READS_THAT_MATTER)}`,
        forSec: 900,
        why: `monitoring.thresholds.cacheHit: ${number(t.cacheHitPercent)} %, and only while more than ${number(READS_THAT_MATTER)} blocks a second are read past it: an idle server proves nothing. Longer than a report or a backup of a small database.`,
        summary: 'Postgres reads past its memory',
        description: `{{ $value | humanizePercentage }} of the reads of ${database} were answered by shared_buffers; the alert begins below ${number(t.cacheHitPercent)} %.`,
      },
      {
        name: 'IdleInTransaction',
        subject: 'postgres',
        severity: 'warning',
        expr: `max(plinth_postgres_longest_idle_in_transaction_seconds) > ${number(t.idleInTransactionSec)}`,
        forSec: 0,
        why: `monitoring.thresholds.idleInTransaction: ${time(t.idleInTransactionSec)}. A program that thinks so long between two statements has forgotten its transaction; idle_in_transaction_session_timeout ends it after 60 s, unless the session has said otherwise.`,
        summary: 'A transaction is left idle',
        description: `A transaction has done nothing for {{ $value | humanizeDuration }} and holds its locks and a connection; the alert begins at ${time(t.idleInTransactionSec)}.`,
        explains: ['LongTransaction'],
      },
      {
        name: 'LongTransaction',
        subject: 'postgres',
        severity: 'warning',
        expr: `max(plinth_postgres_longest_transaction_seconds) > ${number(t.transactionSec)}`,
        forSec: 0,
        why: `monitoring.thresholds.transaction: ${time(t.transactionSec)}. While it lasts, vacuum removes nothing that is newer, in any table. Backups are not counted.`,
        summary: 'A transaction is very long',
        description: `The oldest transaction is {{ $value | humanizeDuration }} old; the alert begins at ${time(t.transactionSec)}.`,
      },
      {
        name: 'LongLockWait',
        subject: 'postgres',
        severity: 'warning',
        expr: `max(plinth_postgres_longest_lock_wait_seconds) > ${number(t.lockWaitSec)}`,
        forSec: 0,
        why: `monitoring.thresholds.lockWait: ${time(t.lockWaitSec)}; somebody waits in front of a screen.`,
        summary: 'Somebody waits long for a lock',
        description: `A session has waited {{ $value | humanizeDuration }} for a lock; the alert begins at ${time(t.lockWaitSec)}.`,
      },
      {
        name: 'ManyLockWaiters',
        subject: 'postgres',
        severity: 'critical',
        expr: `max(plinth_postgres_lock_waiters) >= ${number(pool)}`,
        forSec: 60,
        why: `pgbouncer.defaultPoolSize is ${number(pool)}: when as many wait for a lock, a whole pool stands still, and everybody behind it.`,
        summary: 'A queue stands before a lock',
        description: `{{ $value | humanize }} sessions wait for a lock; the alert begins at ${number(pool)}, which is a whole pool.`,
        explains: ['LongLockWait', 'PoolWaiting', ...['Hour', 'SixHours'].map(latencyBurn)],
      },
      {
        name: 'Deadlocks',
        subject: 'postgres',
        severity: 'warning',
        expr: `round(sum(increase(pg_stat_database_deadlocks${of}[${range(t, DEADLOCK_WINDOW_SEC)}]))) > 0`,
        forSec: 0,
        why: 'Postgres ends one of the two transactions, so each one is an error that somebody got; in a program that takes locks in one order there are none.',
        summary: 'Transactions lock each other out',
        description: `Deadlocks in ${database} within ${rangeInWords(t, DEADLOCK_WINDOW_SEC)}: {{ $value | humanize }}; there should be 0.`,
      },
    ],
  };
}

function latencyBurn(window: string): string {
  return `LatencyBudgetBurn${window}`;
}
