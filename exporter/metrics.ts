// Every metric that the watcher shows, with what it says.

import type { Families, Family } from '../lib/metrics.ts';

const gauge = (help: string) => ({ type: 'gauge', help }) as const satisfies Family;
const counter = (help: string) => ({ type: 'counter', help }) as const satisfies Family;
const histogram = (help: string) => ({ type: 'histogram', help }) as const satisfies Family;

const POSTGRES = {
  plinth_postgres_up: gauge('1 when the server answers, 0 when not.'),
  plinth_postgres_max_connections: gauge('Connections that the server takes.'),
  plinth_postgres_settings_pending_restart: gauge('Settings that hold after a restart only.'),
  plinth_postgres_connections: gauge('Sessions of clients.'),
  plinth_postgres_connection_limit: gauge('Sessions that a login may have at one time.'),
  plinth_postgres_longest_transaction_seconds: gauge(
    'Age of the oldest transaction of a client; backups are left out.',
  ),
  plinth_postgres_longest_query_seconds: gauge(
    'Age of the oldest statement that runs; backups are left out.',
  ),
  plinth_postgres_longest_idle_in_transaction_seconds: gauge(
    'How long the most forgetful client has done nothing in a transaction.',
  ),
  plinth_postgres_lock_waiters: gauge('Sessions that wait for a lock.'),
  plinth_postgres_longest_lock_wait_seconds: gauge('How long the most patient one has waited.'),
  plinth_postgres_locks: gauge('Locks that are held or waited for.'),
  plinth_postgres_archiver_archived_total: counter('Files of WAL that were archived.'),
  plinth_postgres_archiver_failed_total: counter('Attempts to archive that failed.'),
  plinth_postgres_archiver_last_failed: gauge('1 when the last attempt to archive failed.'),
  plinth_postgres_replication_lag_bytes: gauge('WAL that a replica has not replayed yet.'),
  plinth_postgres_transaction_id_age_ratio: gauge(
    'Share of the transaction ids that are in use; the server stops before 1.',
  ),
  plinth_postgres_sequence_used_ratio: gauge(
    'Share of a sequence, or of its column, that is used.',
  ),
  plinth_postgres_table_dead_rows: gauge('Rows that wait for vacuum, estimated.'),
  plinth_postgres_table_live_rows: gauge('Rows, estimated.'),
  plinth_postgres_table_size_bytes: gauge('Size with indexes and TOAST.'),
  plinth_postgres_table_last_vacuum_timestamp_seconds: gauge('When vacuum last came to its end.'),
  plinth_postgres_table_bloat_ratio: gauge('Estimated share of the heap that holds no row.'),
  plinth_postgres_unused_index_bytes: gauge(
    'Size of the indexes that no query has used and no constraint needs.',
  ),
  plinth_postgres_invalid_indexes: gauge('Indexes that are kept up to date and cannot be used.'),
  plinth_postgres_statement_seconds_total: counter('Time that a statement took, all told.'),
  plinth_postgres_statement_calls_total: counter('How often a statement ran.'),
  plinth_postgres_statement_rows_total: counter('Rows that a statement gave or changed.'),
  plinth_postgres_statement_mean_seconds: gauge(
    'Mean time of a statement since it was first seen.',
  ),
  plinth_postgres_statement_p95_seconds: gauge(
    'Estimate of what 95 of 100 runs stay below: mean and 1.645 standard deviations.',
  ),
  plinth_postgres_statement_info: gauge('Always 1: the text of a statement, without its values.'),
} satisfies Families;

const ACCESS = {
  plinth_access_findings: gauge('Mistakes that the catalog shows, by what is looked for.'),
  plinth_access_drift: gauge(
    'Differences between what is declared about access and what is there.',
  ),
  plinth_access_audit_timestamp_seconds: gauge('When access was last audited.'),
  plinth_access_audit_duration_seconds: gauge('How long that took.'),
  plinth_migrations_applied: gauge('Migrations that the database has.'),
  plinth_migrations_pending: gauge('Migrations that the program has and the database has not.'),
  plinth_migrations_changed: gauge('Migrations whose text was changed after they were applied.'),
} satisfies Families;

const PROBE = {
  plinth_probe_requests_total: counter(
    'Queries through the pooler at the probe interval; one that fails counts for every interval it took.',
  ),
  plinth_probe_duration_seconds: histogram('How long the answers through the pooler took.'),
} satisfies Families;

const MACHINE = {
  plinth_container_memory_working_set_bytes: gauge('Memory in use, without what can be dropped.'),
  plinth_container_memory_limit_bytes: gauge('Memory that it may use.'),
  plinth_container_cpu_seconds_total: counter('Time of processors that was used.'),
  plinth_container_cpu_limit: gauge('Processors that it may use.'),
  plinth_container_cpu_throttled_seconds_total: counter('Time for which it was held back.'),
  plinth_container_oom_kills_total: counter(
    'Processes that were killed for want of memory; the first one, which ends the container, is not seen.',
  ),
  plinth_container_processes: gauge('Processes and threads.'),
  plinth_container_processes_limit: gauge('Processes and threads that it may have.'),
  plinth_container_start_timestamp_seconds: gauge('When it was last started.'),
  plinth_volume_size_bytes: gauge('Size of the file system that a volume is on.'),
  plinth_volume_available_bytes: gauge('What of it can still be written.'),
  plinth_volume_files_available_ratio: gauge('Share of its files that can still be made.'),
} satisfies Families;

const LOG = {
  plinth_log_lines_total: counter('Lines of the log.'),
  plinth_log_slow_queries_total: counter('Statements that took longer than the limit.'),
  plinth_log_deadlocks_total: counter('Statements that were ended because of a deadlock.'),
  plinth_log_temp_file_bytes_total: counter('Bytes of temporary files that were told of.'),
  plinth_log_authentication_failures_total: counter('Logins that were refused.'),
  plinth_log_last_fatal_timestamp_seconds: gauge('When a session, or the server, last gave up.'),
} satisfies Families;

const SELF = {
  plinth_watch_collector_success: gauge('1 when the last attempt to measure it succeeded.'),
  plinth_watch_collector_duration_seconds: gauge('How long the last attempt took.'),
} satisfies Families;

export const FAMILIES = { ...POSTGRES, ...ACCESS, ...PROBE, ...MACHINE, ...LOG, ...SELF };

export type MetricName = keyof typeof FAMILIES;
