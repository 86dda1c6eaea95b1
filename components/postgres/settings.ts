import type { PostgresConfig } from '../../config/environment.ts';
import { ARCHIVE_COMMAND } from '../../backup/pitr/settings.ts';
import { confValue } from './conf-file.ts';

/** Where the server writes its log: a volume, so that the watcher can count what is in it. */
export const LOG_FOLDER = '/var/log/postgresql';

const KIB = 1024;

/**
 * The server's postgresql.conf. The environment's own settings win over the platform's.
 *
 * @param archive where WAL is archived: after how long at the latest. Undefined where it is not
 */
export function postgresqlConf(
  args: PostgresConfig,
  timezone: string,
  archive?: { readonly archiveTimeoutSec: number },
): string {
  const settings = {
    // Reached by the pooler over the socket, by everyone else over the stack's network.
    listen_addresses: '*',
    port: 5432,
    unix_socket_directories: '/run/postgresql',
    // A role lets nobody in: what a peer may do is decided in pg_hba.conf.
    unix_socket_permissions: '0777',
    hba_file: '/etc/plinth/pg_hba.conf',
    ident_file: '/etc/plinth/pg_ident.conf',

    max_connections: args.maxConnections,
    superuser_reserved_connections: args.superuserReservedConnections,
    password_encryption: 'scram-sha-256',
    authentication_timeout: '15s',

    shared_buffers: kibibytes(args.sharedBuffersBytes),
    effective_cache_size: kibibytes(args.effectiveCacheSizeBytes),
    work_mem: kibibytes(args.workMemBytes),
    maintenance_work_mem: kibibytes(args.maintenanceWorkMemBytes),
    // The files of this environment say what holds; the image has no compiler.
    allow_alter_system: false,
    jit: false,
    // Containers rarely have huge pages; `try` logs an error at each start where they have none.
    huge_pages: 'off',

    // On solid state a random page costs hardly more than the next one.
    random_page_cost: 1.1,
    effective_io_concurrency: 200,
    wal_compression: 'on',
    max_wal_size: '1GB',
    checkpoint_completion_target: 0.9,
    ...archiving(archive),

    shared_preload_libraries: 'pg_stat_statements',
    'pg_stat_statements.max': 5000,
    'pg_stat_statements.track': 'all',
    // Its texts may be read by monitoring, and ALTER ROLE has a verifier in its text.
    'pg_stat_statements.track_utility': false,
    track_io_timing: true,

    // One object a line, to a file that the container shows on its own output and cuts before it grows.
    log_destination: 'jsonlog',
    logging_collector: true,
    log_directory: LOG_FOLDER,
    log_filename: 'postgres',
    log_file_mode: '0644',
    log_rotation_age: 0,
    log_rotation_size: 0,
    log_min_duration_statement: `${String(args.slowQueryMs)}ms`,
    // Parameters of a slow query are other people's data.
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    log_checkpoints: true,
    log_connections: false,
    log_lock_waits: true,
    log_temp_files: '10MB',
    log_autovacuum_min_duration: '1s',
    log_timezone: timezone,
    timezone,

    // A client that forgot its transaction holds a pooled connection and keeps vacuum from its work.
    idle_in_transaction_session_timeout: '60s',
    ...args.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${confValue(value)}\n`)
    .join('');
}

function archiving(archive: { readonly archiveTimeoutSec: number } | undefined) {
  if (archive === undefined) return {};
  return {
    archive_mode: 'on',
    archive_command: ARCHIVE_COMMAND,
    archive_timeout: `${String(archive.archiveTimeoutSec)}s`,
    // A moment to go back to is found by the time of its commit.
    track_commit_timestamp: true,
  };
}

function kibibytes(bytes: number): string {
  return `${String(Math.floor(bytes / KIB))}kB`;
}
