/**
 * The parameters of postgresql.conf that are allowed under `postgres.settings`, and those that the platform sets.
 * Names and units are those of Postgres ("64MB", "5min", on). A name in neither list is an error, because Postgres
 * does not start with an unknown parameter.
 */
import { z } from 'zod';
import { nearest } from '../lib/suggest.ts';

type Kind = 'flag' | 'whole' | 'real' | 'size' | 'time' | readonly string[];

const levels = ['debug1', 'info', 'notice', 'warning', 'error', 'log', 'fatal', 'panic'] as const;

/** Parameter → type of its value. */
export const settableSettings: Readonly<Record<string, Kind>> = {
  autovacuum_analyze_scale_factor: 'real',
  autovacuum_analyze_threshold: 'whole',
  autovacuum_naptime: 'time',
  autovacuum_vacuum_cost_delay: 'time',
  autovacuum_vacuum_cost_limit: 'whole',
  autovacuum_vacuum_insert_scale_factor: 'real',
  autovacuum_vacuum_scale_factor: 'real',
  autovacuum_vacuum_threshold: 'whole',
  checkpoint_completion_target: 'real',
  checkpoint_timeout: 'time',
  checkpoint_warning: 'time',
  commit_delay: 'whole',
  cursor_tuple_fraction: 'real',
  deadlock_timeout: 'time',
  default_statistics_target: 'whole',
  default_transaction_isolation: ['read committed', 'repeatable read', 'serializable'],
  effective_io_concurrency: 'whole',
  enable_partitionwise_aggregate: 'flag',
  enable_partitionwise_join: 'flag',
  from_collapse_limit: 'whole',
  gin_fuzzy_search_limit: 'whole',
  hash_mem_multiplier: 'real',
  idle_in_transaction_session_timeout: 'time',
  idle_session_timeout: 'time',
  jit: 'flag',
  join_collapse_limit: 'whole',
  lock_timeout: 'time',
  log_autovacuum_min_duration: 'time',
  log_checkpoints: 'flag',
  log_connections: 'flag',
  log_disconnections: 'flag',
  log_lock_waits: 'flag',
  log_min_error_statement: levels,
  log_min_messages: levels,
  log_statement: ['none', 'ddl', 'mod', 'all'],
  log_temp_files: 'size',
  logical_decoding_work_mem: 'size',
  max_locks_per_transaction: 'whole',
  max_parallel_maintenance_workers: 'whole',
  max_parallel_workers: 'whole',
  max_parallel_workers_per_gather: 'whole',
  max_replication_slots: 'whole',
  max_slot_wal_keep_size: 'size',
  max_wal_senders: 'whole',
  max_wal_size: 'size',
  max_worker_processes: 'whole',
  min_wal_size: 'size',
  random_page_cost: 'real',
  seq_page_cost: 'real',
  statement_timeout: 'time',
  synchronous_commit: ['on', 'off', 'local'],
  tcp_keepalives_count: 'whole',
  tcp_keepalives_idle: 'time',
  tcp_keepalives_interval: 'time',
  temp_buffers: 'size',
  temp_file_limit: 'size',
  track_functions: ['none', 'pl', 'all'],
  track_io_timing: 'flag',
  transaction_timeout: 'time',
  vacuum_cost_delay: 'time',
  vacuum_cost_limit: 'whole',
  wal_buffers: 'size',
  wal_compression: ['on', 'off', 'pglz', 'lz4', 'zstd'],
  wal_keep_size: 'size',
};

/** Parameter → the setting to use instead, or the reason why it cannot be set. */
const owned: Readonly<Record<string, string>> = {
  archive_command: 'it is part of the backups',
  archive_mode: 'it is part of the backups',
  archive_timeout: 'it is part of the backups',
  autovacuum: 'without it, dead rows are never removed and tables only grow',
  autovacuum_max_workers: 'the memory settings are calculated for three workers',
  cluster_name: 'it is set to the name of the stack',
  config_file: 'the platform writes the configuration files',
  data_checksums: 'data checksums are always enabled',
  data_directory: 'it is the data volume',
  dynamic_library_path: 'the image determines the available libraries',
  dynamic_shared_memory_type: 'it is set for the container',
  effective_cache_size: 'set postgres.effectiveCacheSize',
  external_pid_file: 'it is set for the container',
  fsync: 'without it, a crash can corrupt the data',
  full_page_writes: 'without it, a crash can corrupt the data',
  hba_file: 'the platform writes the configuration files',
  ident_file: 'the platform writes the configuration files',
  include: 'the platform writes the configuration files',
  include_dir: 'the platform writes the configuration files',
  include_if_exists: 'the platform writes the configuration files',
  listen_addresses:
    'Postgres listens on its Docker network, and its port is published on 127.0.0.1 only',
  local_preload_libraries: 'the image determines the available libraries',
  log_destination: 'Postgres writes its log to the output of the container',
  log_min_duration_statement: 'set postgres.slowQuery',
  log_timezone: 'set timezone',
  logging_collector: 'Postgres writes its log to the output of the container',
  maintenance_work_mem: 'set postgres.maintenanceWorkMem',
  max_connections: 'set postgres.maxConnections',
  password_encryption: 'only SCRAM-SHA-256 is supported',
  port: 'set postgres.port',
  reserved_connections: 'connections are limited by role',
  row_security: 'if it is off, queries of the application fail',
  shared_buffers: 'set postgres.sharedBuffers',
  shared_preload_libraries: 'the platform loads the libraries that monitoring needs',
  ssl: 'the platform configures the endpoints',
  superuser_reserved_connections: 'five connections are reserved for the bootstrap superuser',
  timezone: 'set timezone',
  TimeZone: 'set timezone',
  unix_socket_directories: 'PgBouncer connects to Postgres through this socket',
  unix_socket_group: 'PgBouncer connects to Postgres through this socket',
  unix_socket_permissions: 'PgBouncer connects to Postgres through this socket',
  wal_level: 'it is part of the backups',
  work_mem: 'set postgres.workMem',
};

/** Why a parameter cannot be set, as the rest of a sentence. Undefined if the platform does not set it. */
export function ownedSettingAdvice(name: string): string | undefined {
  const meant = Object.hasOwn(owned, name)
    ? name
    : nearest(name, Object.keys({ ...owned, ...settableSettings }));
  const why = meant === undefined ? undefined : owned[meant];
  if (why === undefined) return undefined;
  return meant === name
    ? `is set by the platform: ${why}`
    : `is not a setting: if you mean ${String(meant)}, the platform sets it: ${why}`;
}

/** The zod shape of `postgres.settings`. Each value is transformed to its text in postgresql.conf. */
export function settingsShape() {
  return Object.fromEntries(
    Object.entries(settableSettings).map(([name, kind]) => [name, setting(kind)]),
  );
}

const notations = {
  flag: { pattern: /^(on|off)$/, allowed: 'on or off', remedy: 'write one of the two' },
  whole: { pattern: /^-?\d{1,10}$/, allowed: 'a whole number', remedy: 'write a number' },
  real: { pattern: /^-?\d{1,10}(\.\d{1,10})?$/, allowed: 'a number', remedy: 'write a number' },
  size: {
    pattern: /^(-1|0|\d{1,10}(B|kB|MB|GB|TB))$/,
    allowed: 'a size with a unit of Postgres (B, kB, MB, GB, TB)',
    remedy: 'write for example "64MB"',
  },
  time: {
    pattern: /^(-1|0|\d{1,10}(\.\d{1,3})?(us|ms|s|min|h|d))$/,
    allowed: 'a time with a unit of Postgres (us, ms, s, min, h, d)',
    remedy: 'write for example "30s"',
  },
} as const;

function setting(kind: Kind) {
  const { allowed, remedy } =
    typeof kind === 'string'
      ? notations[kind]
      : { allowed: `one of ${kind.join(', ')}`, remedy: 'choose one of them' };
  const fits = (value: string) =>
    typeof kind === 'string' ? notations[kind].pattern.test(value) : kind.includes(value);
  const error = () => `but must be ${allowed}: ${remedy}`;
  return z
    .union([z.string(), z.number(), z.boolean()], { error })
    .transform((value, context) => {
      const written = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
      if (fits(written)) return written;
      context.issues.push({ code: 'custom', message: error(), input: value });
      return z.NEVER;
    })
    .meta({ description: `Postgres parameter: ${allowed}.` })
    .optional();
}
