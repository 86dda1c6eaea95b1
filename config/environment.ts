/**
 * The resolved configuration of an environment: plain readonly data, with every default applied and the unit in the
 * name of the property.
 *
 * `parse.ts` reads it once from `Pulumi.<stack>.yaml`. Components, rules and the command line use only this type.
 * `@default` is the value if the setting is not set. "preset" means that the value is in `presets.ts`.
 */

import type { ContainerLimits } from './container-limits.ts';
import type { BackupConfig } from './backup/config.ts';
import type { MonitoringConfig } from './monitoring/config.ts';

export type PresetName = 'small' | 'medium' | 'large';
export type PoolMode = 'transaction' | 'session';
export type EvictionPolicy =
  | 'allkeys-lru'
  | 'allkeys-lfu'
  | 'allkeys-random'
  | 'volatile-lru'
  | 'volatile-lfu'
  | 'volatile-random'
  | 'volatile-ttl';
export type AppendFsync = 'always' | 'everysec';
export type TenantContext = 'setting' | 'signed';
/** The type of an application role: `app` has read and write access, `readonly` has read access. */
export type RoleKind = 'app' | 'readonly';

export interface EnvironmentConfig {
  /** The Pulumi project. */
  readonly project: string;
  /** The Pulumi stack, which is the environment: dev, staging, prod. */
  readonly stack: string;
  /** @default small */
  readonly preset: PresetName;
  /** Time zone of the servers and of their logs. @default Etc/UTC */
  readonly timezone: string;
  readonly postgres: PostgresConfig;
  readonly pgbouncer: PgbouncerConfig;
  readonly redis: RedisConfig;
  readonly exporters: ExportersConfig;
  readonly backup: BackupConfig;
  readonly monitoring: MonitoringConfig;
  readonly logs: LogsConfig;
  readonly users: UsersConfig;
  readonly access: AccessConfig;
  readonly application: ApplicationConfig;
  readonly docker: DockerConfig;
}

/** Destination of the output of all containers. Docker always keeps the newest output on the machine. */
export interface LogsConfig {
  /** Additional destination. @default none */
  readonly shipTo?: {
    readonly driver: 'fluentd' | 'gelf' | 'syslog';
    /** host:port */
    readonly address: string;
  };
}

export interface PostgresConfig extends ContainerLimits {
  /** Port for direct connections, on 127.0.0.1. @default 55432 */
  readonly port: number;
  /** @default the one that the application names */
  readonly database: string;
  /** @default preset */
  readonly maxConnections: number;
  /** Part of `maxConnections` that is reserved for the bootstrap superuser, which Pulumi connects as. Always 5. */
  readonly superuserReservedConnections: number;
  /** @default a quarter of the memory */
  readonly sharedBuffersBytes: number;
  /** @default three quarters of the memory */
  readonly effectiveCacheSizeBytes: number;
  /** @default the remaining memory, divided by `maxConnections`, from 1 MiB to 64 MiB */
  readonly workMemBytes: number;
  /** @default a sixteenth of the memory, from 16 MiB to 1 GiB */
  readonly maintenanceWorkMemBytes: number;
  /** Queries that take longer are logged. @default 1000 */
  readonly slowQueryMs: number;
  readonly volume: VolumeConfig;
  /** Additional parameters of postgresql.conf, with the names and units of Postgres, sorted by name. @default none */
  readonly settings: Readonly<Record<string, string>>;
}

export interface VolumeConfig {
  /** Whether `pulumi destroy` deletes or keeps the data volume. @default keep */
  readonly onDestroy: 'delete' | 'keep';
  /** The volume's name in Docker. @default plinth-<stack>-postgres-data */
  readonly name?: string;
}

/** Names and meanings are those of PgBouncer. */
export interface PgbouncerConfig extends ContainerLimits {
  /** Port for pooled connections, on 127.0.0.1. @default 6432 */
  readonly port: number;
  /** @default transaction */
  readonly poolMode: PoolMode;
  /** @default preset */
  readonly maxClientConn: number;
  /** Server connections per login role. @default preset */
  readonly defaultPoolSize: number;
  /** Additional server connections when a client has waited for `reservePoolTimeoutSec`. @default preset */
  readonly reservePoolSize: number;
  /** @default 5 */
  readonly reservePoolTimeoutSec: number;
  /** Server connections of all login roles together. @default preset */
  readonly maxDbConnections: number;
  /** Server connections of one login role in all databases. @default preset */
  readonly maxUserConnections: number;
  /** Prepared statements per server connection; 0 disables them. @default 200 */
  readonly maxPreparedStatements: number;
  /** Wait after a failed login to Postgres, for example during its restart. @default 1 */
  readonly serverLoginRetrySec: number;
  /** Time that a query may wait for a server connection, for example during a restart of Postgres. @default 120 */
  readonly queryWaitTimeoutSec: number;
  /** An idle server connection is closed after this time. @default 600 */
  readonly serverIdleTimeoutSec: number;
}

export interface RedisConfig {
  readonly cache: RedisCacheConfig;
  readonly queue: RedisQueueConfig;
}

interface RedisProfile extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
  /** On 127.0.0.1. @default 56379 (cache), 56380 (queue) */
  readonly port: number;
  /** Memory limit of the data. The limit of the container is higher. @default preset */
  readonly maxmemoryBytes: number;
  /** Runs of the background tasks per second (`hz`). @default preset */
  readonly hz: number;
}

/** Evicts keys when full and writes nothing to disk. */
export interface RedisCacheConfig extends RedisProfile {
  /** @default allkeys-lru */
  readonly evictionPolicy: EvictionPolicy;
}

/** Refuses writes when full and persists all data to disk. */
export interface RedisQueueConfig extends RedisProfile {
  /** @default everysec */
  readonly appendfsync: AppendFsync;
}

/** One exporter for each service. Their ports are not published. */
export interface ExportersConfig extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
}

/** A user with a generated password. */
export interface UserConfig {
  readonly name: string;
  /** Increase by one to generate a new password. @default 1 */
  readonly rotation: number;
}

/** A role that connects to Postgres directly, without PgBouncer. */
export interface DirectUserConfig extends UserConfig {
  /** CONNECTION LIMIT of the role. @default migrator 2, backup backup.jobs + 2, monitor 5, health 2 */
  readonly connectionLimit: number;
}

/** A group role without login that holds the privileges, and its two login roles, one of which is active. */
export interface ApplicationRoleConfig extends UserConfig {
  readonly kind: RoleKind;
  /** The two login roles, `<name>_a` and `<name>_b`. */
  readonly logins: readonly [string, string];
  /** CONNECTION LIMIT of each login role; -1 means no limit. @default -1 */
  readonly connectionLimit: number;
}

export interface UsersConfig {
  /** The bootstrap superuser. */
  readonly postgres: UserConfig;
  readonly migrator: DirectUserConfig;
  readonly monitor: DirectUserConfig;
  readonly backup: DirectUserConfig;
  readonly health: DirectUserConfig;
  /** `app`, `readonly`, then the additional roles, sorted by name. */
  readonly applications: readonly ApplicationRoleConfig[];
  readonly redisApp: UserConfig;
  readonly redisMonitor: UserConfig;
}

/** How the database determines the tenant of a transaction. `access/` declares which rows each tenant can see. */
export interface AccessConfig {
  /**
   * `setting`: a setting, which any SQL statement can change. `signed`: a signed, expiring token.
   * @default signed in the preset large, otherwise setting
   */
  readonly context: TenantContext;
  /** Whether a large environment accepts that any SQL statement can set another tenant. @default false */
  readonly acceptSpoofableSetting: boolean;
  /** Number of the key that signs tokens. Increase by one to generate a new key. The previous key stays valid. @default 1 */
  readonly tokenKeyRotation: number;
}

export interface ApplicationConfig {
  /** Whether `up` applies the application's migrations. @default true */
  readonly migrations: boolean;
  /** Whether `up` fills its tables with sample data, where the application has some. @default false */
  readonly seed: boolean;
}

export interface DockerConfig {
  /** The Docker engine: `unix://…`, `tcp://…` or `ssh://…`. @default the engine that the docker command uses */
  readonly host?: string;
  /** If true, `up` is refused: the stack can only be previewed, and this machine is not checked. @default false */
  readonly previewOnly: boolean;
}
