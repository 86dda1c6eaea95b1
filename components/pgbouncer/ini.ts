import type { PgbouncerConfig } from '../../config/environment.ts';

export interface IniArgs extends PgbouncerConfig {
  /** The one database that clients reach through the pool. */
  readonly database: string;
  /** Logins that may read statistics on the admin console. */
  readonly statsUsers: readonly string[];
  /** Setting that says who the tenant is, where a client could leave it behind; undefined where none could. */
  readonly tenantSetting: string | undefined;
}

/** The pooler's pgbouncer.ini. It names no password and no list of users. */
export function pgbouncerIni(args: IniArgs): string {
  return section('databases', {
    // Over the shared socket, where the kernel vouches for the pooler's own login.
    [args.database]: `host=/run/postgresql port=5432 dbname=${args.database}`,
    postgres: 'host=/run/postgresql port=5432 dbname=postgres pool_size=2 reserve_pool=0',
  }).concat(
    '\n',
    section('pgbouncer', {
      listen_addr: '*',
      listen_port: 6432,
      unix_socket_dir: '/run/pgbouncer',
      unix_socket_mode: '0777',

      auth_type: 'hba',
      auth_hba_file: '/etc/plinth/pgbouncer_hba.conf',
      auth_ident_file: '/etc/plinth/pgbouncer_ident.conf',
      auth_file: '/etc/plinth/userlist.txt',
      auth_user: 'pgbouncer',
      auth_dbname: 'postgres',
      auth_query: 'select username, password from pgbouncer.user_lookup($1)',
      // The server's own operating-system user: pauses the pool while the server restarts.
      admin_users: 'postgres',
      // The pooler's own user asks for its state in the health check.
      stats_users: ['pgbouncer', ...args.statsUsers].join(', '),

      pool_mode: args.poolMode,
      max_client_conn: args.maxClientConn,
      default_pool_size: args.defaultPoolSize,
      reserve_pool_size: args.reservePoolSize,
      reserve_pool_timeout: args.reservePoolTimeoutSec,
      max_db_connections: args.maxDbConnections,
      max_user_connections: args.maxUserConnections,
      max_prepared_statements: args.maxPreparedStatements,

      ...resetQuery(args.tenantSetting),

      // After a failed login the pool refuses everyone for this long; the default of 15 turns a
      // restart of one second into an outage of fifteen.
      server_login_retry: args.serverLoginRetrySec,
      server_idle_timeout: args.serverIdleTimeoutSec,
      query_wait_timeout: args.queryWaitTimeoutSec,
      // Clients of many languages send it; it changes nothing about a pooled connection.
      ignore_startup_parameters: 'extra_float_digits',

      log_connections: 0,
      log_disconnections: 0,
      log_stats: 0,
    }),
  );
}

/**
 * A client that sets the tenant for its session, against all advice, leaves it on a server connection for whoever comes
 * next. So the pooler empties the setting after every transaction. DISCARD ALL would throw away every plan with it.
 */
function resetQuery(setting: string | undefined): Record<string, string | number> {
  return setting === undefined
    ? {}
    : { server_reset_query: `SET ${setting} = ''`, server_reset_query_always: 1 };
}

function section(name: string, settings: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${String(value)}\n`);
  return `[${name}]\n${lines.join('')}`;
}
