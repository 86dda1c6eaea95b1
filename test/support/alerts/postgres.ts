import { counter, gauge, jump, type AlertCase } from './case.ts';

const CONNECTIONS =
  'plinth_postgres_connections{job="watch", instance="watch", user="app_a", state="active"}';
const MAX = 'plinth_postgres_max_connections{job="watch", instance="watch"}';
const WATCH = '{job="watch", instance="watch"}';

export const postgresCases: readonly AlertCase[] = [
  {
    alert: 'PostgresDown',
    when: 'neither the watcher nor the exporter gets an answer',
    series: {
      [`plinth_postgres_up${WATCH}`]: gauge([1, 60], [0, 120], [1, 120]),
      'pg_up{job="postgres", instance="postgres-exporter"}': gauge([1, 60], [0, 120], [1, 120]),
      // Linux takes connections for a server that does not: a port that opens is no answer.
      'probe_success{job="blackbox", probe="postgres", instance="postgres:5432"}': gauge([1, 300]),
    },
    holdsSec: 60,
    goneSec: 180,
    summary: 'Postgres is down',
    description:
      'Postgres does not accept connections: the Plinth exporter (container watch), the Postgres exporter or the probe reports 0; expected: 1.',
  },
  {
    alert: 'PostgresDown',
    when: 'only the probe is left to say so',
    series: {
      'probe_success{job="blackbox", probe="postgres", instance="postgres:5432"}': gauge(
        [1, 60],
        [0, 120],
        [1, 120],
      ),
    },
    holdsSec: 60,
    goneSec: 180,
    summary: 'Postgres is down',
    description:
      'Postgres does not accept connections: the Plinth exporter (container watch), the Postgres exporter or the probe reports 0; expected: 1.',
  },
  {
    alert: 'ConnectionsExhausted',
    series: { [CONNECTIONS]: gauge([20, 60], [35, 120], [20, 120]), [MAX]: gauge([40, 300]) },
    holdsSec: 60,
    goneSec: 180,
    summary: 'Postgres rejects new connections',
    description: '35 connections are open; from 35 on only superusers can connect.',
  },
  {
    alert: 'ConnectionsNearlyExhausted',
    series: { [CONNECTIONS]: gauge([32, 60], [33, 180], [20, 120]), [MAX]: gauge([40, 360]) },
    holdsSec: 60,
    goneSec: 240,
    summary: 'Postgres has few connections left',
    description: "82.5% of the server's connections are in use; the alert fires above 80 %.",
  },
  {
    alert: 'LoginNearConnectionLimit',
    series: {
      [CONNECTIONS]: gauge([8, 60], [9, 180], [8, 120]),
      'plinth_postgres_connection_limit{job="watch", instance="watch", user="app_a"}': gauge([
        10, 360,
      ]),
      'plinth_postgres_connections{job="watch", instance="watch", user="monitor", state="active"}':
        gauge([3, 360]),
      'plinth_postgres_connection_limit{job="watch", instance="watch", user="monitor"}': gauge([
        3, 360,
      ]),
    },
    holdsSec: 60,
    goneSec: 240,
    labels: { user: 'app_a' },
    summary: 'The login app_a has few connections left',
    description: 'app_a uses 90% of its connection limit; the alert fires above 80 %.',
  },
  {
    alert: 'ReplicationLagging',
    series: {
      'plinth_postgres_replication_lag_bytes{job="watch", instance="watch", application_name="standby"}':
        gauge([67108864, 60], [134217728, 360], [0, 120]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { application_name: 'standby' },
    summary: 'The replica standby lags behind',
    description: 'standby lags behind by 128MiB; the alert fires above 64 MiB.',
  },
  {
    alert: 'SettingsPendingRestart',
    series: {
      [`plinth_postgres_settings_pending_restart${WATCH}`]: gauge([0, 60], [2, 660], [0, 120]),
    },
    holdsSec: 60,
    goneSec: 720,
    summary: 'Postgres settings are pending a restart',
    description:
      'Changed settings that take effect only after a restart of the server: 2; expected: 0.',
  },
];

const DATABASE = '{job="postgres", instance="postgres-exporter", datid="5", datname="classrooms"}';
const OTHER = '{job="postgres", instance="postgres-exporter", datid="1", datname="template1"}';

export const postgresWorkCases: readonly AlertCase[] = [
  {
    alert: 'SlowQueries',
    series: { [`plinth_log_slow_queries_total${WATCH}`]: jump(60, 12, 1200) },
    holdsSec: 60,
    goneSec: 660,
    summary: 'Postgres has many slow queries',
    description: '12 queries took longer than 1000 ms within 10 min; the alert fires above 10.',
  },
  {
    alert: 'CacheHitRatioLow',
    series: {
      [`pg_stat_database_blks_hit${DATABASE}`]: counter([100, 1800], [1000, 1200]),
      [`pg_stat_database_blks_read${DATABASE}`]: counter([200, 1800], [0, 1200]),
      [`pg_stat_database_blks_hit${OTHER}`]: counter([100_000, 3000]),
    },
    holdsSec: 315,
    goneSec: 1965,
    summary: 'The cache hit ratio of Postgres is low',
    description:
      '33.33% of the block reads of classrooms were served from shared_buffers; the alert fires below 70 %.',
  },
  {
    alert: 'IdleInTransaction',
    series: {
      [`plinth_postgres_longest_idle_in_transaction_seconds${WATCH}`]: gauge(
        [30, 60],
        [45, 60],
        [0, 60],
      ),
    },
    holdsSec: 60,
    goneSec: 120,
    summary: 'A session is idle in transaction',
    description:
      'A session has been idle in transaction for 45s and holds its locks and a connection; the alert fires above 30 s.',
  },
  {
    alert: 'LongTransaction',
    series: {
      [`plinth_postgres_longest_transaction_seconds${WATCH}`]: gauge(
        [1800, 60],
        [1815, 60],
        [0, 60],
      ),
    },
    holdsSec: 60,
    goneSec: 120,
    summary: 'A transaction has been open for a long time',
    description: 'The oldest transaction is 30m 15s old; the alert fires above 30 min.',
  },
  {
    alert: 'LongLockWait',
    series: {
      [`plinth_postgres_longest_lock_wait_seconds${WATCH}`]: gauge([30, 60], [45, 60], [0, 60]),
    },
    holdsSec: 60,
    goneSec: 120,
    summary: 'A lock wait is long',
    description: 'A session has waited 45s for a lock; the alert fires above 30 s.',
  },
  {
    alert: 'ManyLockWaiters',
    series: { [`plinth_postgres_lock_waiters${WATCH}`]: gauge([4, 60], [5, 90], [0, 60]) },
    holdsSec: 60,
    goneSec: 150,
    summary: 'Many sessions wait for locks',
    description: '5 sessions wait for a lock; the alert fires at 5, the size of a pool.',
  },
  {
    alert: 'Deadlocks',
    series: {
      [`pg_stat_database_deadlocks${DATABASE}`]: jump(60, 2, 1500),
      [`pg_stat_database_deadlocks${OTHER}`]: gauge([0, 1500]),
    },
    holdsSec: 60,
    goneSec: 960,
    summary: 'Deadlocks occur',
    description: 'Deadlocks in classrooms within 15 min: 2; expected: 0.',
  },
];

const TABLE = '{job="watch", instance="watch", schema="public", table="students"}';

export const postgresUpkeepCases: readonly AlertCase[] = [
  {
    alert: 'CheckpointsForced',
    series: {
      'pg_stat_checkpointer_num_requested_total{job="postgres", instance="postgres-exporter"}':
        gauge([0, 60], [8, 5400]),
      'pg_stat_checkpointer_num_timed_total{job="postgres", instance="postgres-exporter"}': gauge(
        [0, 600],
        [2, 5400],
      ),
    },
    holdsSec: 60,
    goneSec: 3660,
    summary: 'Checkpoints are forced because max_wal_size is reached',
    description:
      '8 checkpoints within 1 h were requested, more than were timed; the alert fires above 6.',
  },
  {
    alert: 'TransactionIdsRunningOut',
    series: {
      'plinth_postgres_transaction_id_age_ratio{job="watch", instance="watch", database="classrooms"}':
        gauge([0.5, 60], [0.55, 360], [0.1, 60]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { database: 'classrooms' },
    summary: 'Transaction ID wraparound approaches in classrooms',
    description:
      'The oldest transaction ID of classrooms has reached 55% of the wraparound limit; the alert fires above 50 %.',
  },
  {
    alert: 'TableBloated',
    series: {
      [`plinth_postgres_table_bloat_ratio${TABLE}`]: gauge([0.5, 60], [0.6, 3660], [0.1, 60]),
    },
    holdsSec: 60,
    goneSec: 3720,
    labels: { schema: 'public', table: 'students' },
    summary: 'The table public.students is bloated',
    description: '60% of public.students is bloat; the alert fires above 50 %.',
  },
  {
    alert: 'DeadRowsPilingUp',
    series: {
      [`plinth_postgres_table_dead_rows${TABLE}`]: gauge([100_000, 60], [300_000, 3660], [0, 60]),
      [`plinth_postgres_table_live_rows${TABLE}`]: gauge([100_000, 3780]),
      // Small, and so none.
      'plinth_postgres_table_dead_rows{job="watch", instance="watch", schema="public", table="feedback"}':
        gauge([900, 3780]),
      'plinth_postgres_table_live_rows{job="watch", instance="watch", schema="public", table="feedback"}':
        gauge([100, 3780]),
    },
    holdsSec: 60,
    goneSec: 3720,
    labels: { schema: 'public', table: 'students' },
    summary: 'Dead tuples accumulate in public.students',
    description: '75% of the tuples of public.students are dead; the alert fires above 50 %.',
  },
  {
    alert: 'SequenceRunningOut',
    series: {
      'plinth_postgres_sequence_used_ratio{job="watch", instance="watch", schema="public", sequence="attempts_id_seq"}':
        gauge([0.8, 60], [0.85, 360], [0.1, 60]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { schema: 'public', sequence: 'attempts_id_seq' },
    summary: 'The sequence public.attempts_id_seq is nearly exhausted',
    description:
      '85% of the values of public.attempts_id_seq are used; the alert fires above 80 %.',
  },
  {
    alert: 'InvalidIndex',
    series: { [`plinth_postgres_invalid_indexes${WATCH}`]: gauge([0, 60], [1, 3660], [0, 60]) },
    holdsSec: 60,
    goneSec: 3720,
    summary: 'There is an invalid index',
    description: 'Invalid indexes, which Postgres updates but does not use: 1; expected: 0.',
  },
];

const lines = (severity: string) =>
  `plinth_log_lines_total{job="watch", instance="watch", part="postgres", severity="${severity}"}`;
const REFUSED = `plinth_log_authentication_failures_total${WATCH}`;

export const logCases: readonly AlertCase[] = [
  {
    alert: 'PanicLogged',
    series: { [lines('panic')]: jump(60, 1, 1200) },
    holdsSec: 60,
    goneSec: 660,
    summary: 'Postgres logged a PANIC',
    description: 'Log lines of severity PANIC within 10 min: 1; expected: 0.',
  },
  {
    alert: 'FatalErrorsLogged',
    when: 'refused logins are left out',
    series: { [lines('fatal')]: jump(60, 20, 1200), [REFUSED]: jump(60, 8, 1200) },
    holdsSec: 60,
    goneSec: 660,
    summary: 'Postgres terminates connections with FATAL errors',
    description:
      '12 log lines of severity FATAL, excluding failed logins, within 10 min; the alert fires above 10.',
  },
  {
    alert: 'AuthenticationFailures',
    series: { [REFUSED]: jump(60, 14, 1200) },
    holdsSec: 60,
    goneSec: 660,
    summary: 'Many logins to Postgres fail',
    description: '14 logins failed within 10 min; the alert fires above 10.',
  },
];
