// All metrics of the Plinth exporter, with their HELP texts.

import type { Families, Family } from '../lib/metrics.ts';

const gauge = (help: string) => ({ type: 'gauge', help }) as const satisfies Family;
const counter = (help: string) => ({ type: 'counter', help }) as const satisfies Family;
const histogram = (help: string) => ({ type: 'histogram', help }) as const satisfies Family;

const POSTGRES = {
  plinth_postgres_up: gauge('Whether the Postgres server answers queries: 1 for yes, 0 for no.'),
  plinth_postgres_max_connections: gauge('Value of max_connections.'),
  plinth_postgres_settings_pending_restart: gauge(
    'Number of settings that take effect only after a restart of the server.',
  ),
  plinth_postgres_connections: gauge('Number of client sessions, by login and state.'),
  plinth_postgres_connection_limit: gauge('Connection limit of a login.'),
  plinth_postgres_longest_transaction_seconds: gauge(
    'Age of the oldest client transaction in seconds, excluding backups.',
  ),
  plinth_postgres_longest_query_seconds: gauge(
    'Age of the oldest running statement in seconds, excluding backups.',
  ),
  plinth_postgres_longest_idle_in_transaction_seconds: gauge(
    'Longest time a session has been idle in transaction, in seconds.',
  ),
  plinth_postgres_lock_waiters: gauge('Number of sessions that wait for a lock.'),
  plinth_postgres_longest_lock_wait_seconds: gauge('Longest lock wait, in seconds.'),
  plinth_postgres_locks: gauge('Number of locks that are held or awaited, by mode.'),
  plinth_postgres_archiver_archived_total: counter('Number of WAL files that were archived.'),
  plinth_postgres_archiver_failed_total: counter(
    'Number of failed attempts to archive a WAL file.',
  ),
  plinth_postgres_archiver_last_failed: gauge(
    'Whether the last attempt to archive a WAL file failed: 1 for yes, 0 for no.',
  ),
  plinth_postgres_replication_lag_bytes: gauge(
    'WAL that a replica has not replayed yet, in bytes.',
  ),
  plinth_postgres_transaction_id_age_ratio: gauge(
    'Age of the oldest transaction ID as a ratio of the wraparound limit; Postgres refuses writes before 1.',
  ),
  plinth_postgres_sequence_used_ratio: gauge(
    'Used ratio of the values of a sequence, or of the column that it feeds.',
  ),
  plinth_postgres_table_dead_rows: gauge('Estimated number of dead tuples.'),
  plinth_postgres_table_live_rows: gauge('Estimated number of live tuples.'),
  plinth_postgres_table_size_bytes: gauge('Size of a table including indexes and TOAST, in bytes.'),
  plinth_postgres_table_last_vacuum_timestamp_seconds: gauge(
    'Time of the last completed vacuum or autovacuum, as a Unix timestamp.',
  ),
  plinth_postgres_table_bloat_ratio: gauge(
    'Estimated ratio of the heap that holds no live tuples.',
  ),
  plinth_postgres_unused_index_bytes: gauge(
    'Total size of the indexes that no query has used and no constraint needs, in bytes.',
  ),
  plinth_postgres_invalid_indexes: gauge(
    'Number of invalid indexes, which Postgres updates but does not use.',
  ),
  plinth_postgres_statement_seconds_total: counter(
    'Total execution time of a statement, in seconds.',
  ),
  plinth_postgres_statement_calls_total: counter('Number of times a statement was executed.'),
  plinth_postgres_statement_rows_total: counter(
    'Number of rows that a statement returned or changed.',
  ),
  plinth_postgres_statement_mean_seconds: gauge(
    'Mean execution time of a statement since it was first recorded, in seconds.',
  ),
  plinth_postgres_statement_p95_seconds: gauge(
    'Estimated 95th percentile of the execution time of a statement: mean plus 1.645 standard deviations.',
  ),
  plinth_postgres_statement_info: gauge('Text of a statement, without its values; always 1.'),
} satisfies Families;

const ACCESS = {
  plinth_access_findings: gauge('Number of findings of the access checks, by check.'),
  plinth_access_drift: gauge(
    'Number of differences between the declared access and the access in the server.',
  ),
  plinth_access_audit_timestamp_seconds: gauge(
    'Time of the last access audit, as a Unix timestamp.',
  ),
  plinth_access_audit_duration_seconds: gauge('Duration of the last access audit, in seconds.'),
  plinth_migrations_applied: gauge('Number of migrations that are applied to the database.'),
  plinth_migrations_pending: gauge(
    'Number of migrations that are not applied to the database yet.',
  ),
  plinth_migrations_changed: gauge(
    'Number of migrations whose file was changed after they were applied.',
  ),
} satisfies Families;

const PROBE = {
  plinth_probe_requests_total: counter(
    'Number of probe queries through PgBouncer; a failed query counts once per probe interval that it took.',
  ),
  plinth_probe_duration_seconds: histogram(
    'Duration of the successful probe queries through PgBouncer, in seconds.',
  ),
} satisfies Families;

const MACHINE = {
  plinth_container_memory_working_set_bytes: gauge(
    'Memory in use by a container without inactive page cache, in bytes.',
  ),
  plinth_container_memory_limit_bytes: gauge('Memory limit of a container, in bytes.'),
  plinth_container_cpu_seconds_total: counter('CPU time that a container used, in seconds.'),
  plinth_container_cpu_limit: gauge('CPU limit of a container, in CPUs.'),
  plinth_container_cpu_throttled_seconds_total: counter(
    'Time during which a container was CPU-throttled, in seconds.',
  ),
  plinth_container_oom_kills_total: counter(
    'Number of OOM-killed processes; a kill that terminates the container is not counted.',
  ),
  plinth_container_processes: gauge('Number of processes and threads of a container.'),
  plinth_container_processes_limit: gauge(
    'Limit on the number of processes and threads of a container.',
  ),
  plinth_container_start_timestamp_seconds: gauge(
    'Time of the last start of a container, as a Unix timestamp.',
  ),
  plinth_volume_size_bytes: gauge('Size of the file system of a volume, in bytes.'),
  plinth_volume_available_bytes: gauge('Free space of the file system of a volume, in bytes.'),
  plinth_volume_files_available_ratio: gauge(
    'Ratio of free inodes of the file system of a volume.',
  ),
} satisfies Families;

const LOG = {
  plinth_log_lines_total: counter('Number of lines in the server log, by severity.'),
  plinth_log_slow_queries_total: counter(
    'Number of logged statements that took longer than the slow query limit.',
  ),
  plinth_log_deadlocks_total: counter(
    'Number of statements that were canceled because of a deadlock.',
  ),
  plinth_log_temp_file_bytes_total: counter(
    'Total size of the temporary files that were logged, in bytes.',
  ),
  plinth_log_authentication_failures_total: counter('Number of failed logins.'),
  plinth_log_last_fatal_timestamp_seconds: gauge(
    'Time of the last FATAL or PANIC message, as a Unix timestamp; 0 if none is known.',
  ),
} satisfies Families;

const SELF = {
  plinth_watch_collector_success: gauge(
    'Whether the last run of a collector succeeded: 1 for yes, 0 for no.',
  ),
  plinth_watch_collector_duration_seconds: gauge(
    'Duration of the last run of a collector, in seconds.',
  ),
} satisfies Families;

export const FAMILIES = { ...POSTGRES, ...ACCESS, ...PROBE, ...MACHINE, ...LOG, ...SELF };

export type MetricName = keyof typeof FAMILIES;
