/**
 * What an environment *is*: plain readonly data, every value resolved, the unit in the name.
 *
 * `Pulumi.<stack>.yaml` is parsed to this once (`parse.ts`); components, rules and the command line read
 * nothing else. Each `@default` is what an environment gets that does not mention the setting; "preset" means
 * that the number is in `presets.ts`.
 */

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
/** The kind of application role: `app` reads and writes, `readonly` reads. */
export type RoleKind = 'app' | 'readonly';

export interface EnvironmentConfig {
  /** Pulumi's project. */
  readonly project: string;
  /** Pulumi's stack, which is the environment: dev, staging, prod. */
  readonly stack: string;
  /** @default small */
  readonly preset: PresetName;
  /** Time zone of the server's clock functions and of its log. @default Etc/UTC */
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

/** Where the output of every container goes. Docker keeps the newest of it on the machine in any case. */
export interface LogsConfig {
  /** Where it goes besides. @default nowhere */
  readonly shipTo?: {
    readonly driver: 'fluentd' | 'gelf' | 'syslog';
    /** host:port */
    readonly address: string;
  };
}

/** What Docker may give a container at most. */
export interface ContainerLimits {
  readonly memoryBytes: number;
  /** Processors, in whole ones or parts of one. */
  readonly cpus: number;
}

export interface PostgresConfig extends ContainerLimits {
  /** The direct endpoint, on 127.0.0.1. @default 55432 */
  readonly port: number;
  /** @default the one that the application names */
  readonly database: string;
  /** @default preset */
  readonly maxConnections: number;
  /** Kept for the bootstrap superuser out of `maxConnections`; Pulumi's own work goes through it. Always 5. */
  readonly superuserReservedConnections: number;
  /** @default a quarter of the memory */
  readonly sharedBuffersBytes: number;
  /** @default three quarters of the memory */
  readonly effectiveCacheSizeBytes: number;
  /** @default what is left for each connection, from 1 MiB to 64 MiB */
  readonly workMemBytes: number;
  /** @default a sixteenth of the memory, from 16 MiB to 1 GiB */
  readonly maintenanceWorkMemBytes: number;
  /** Queries that take longer are logged. @default 1000 */
  readonly slowQueryMs: number;
  readonly volume: VolumeConfig;
  /** Further lines of postgresql.conf, in Postgres's own words and notation, sorted by name. @default none */
  readonly settings: Readonly<Record<string, string>>;
}

export interface VolumeConfig {
  /** What `pulumi destroy` does with the data. @default keep */
  readonly onDestroy: 'delete' | 'keep';
  /** The volume's name in Docker. @default plinth-<stack>-postgres-data */
  readonly name?: string;
}

/** Words and meanings are PgBouncer's own. */
export interface PgbouncerConfig extends ContainerLimits {
  /** The pooled endpoint, on 127.0.0.1. @default 6432 */
  readonly port: number;
  /** @default transaction */
  readonly poolMode: PoolMode;
  /** @default preset */
  readonly maxClientConn: number;
  /** Server connections of one login. @default preset */
  readonly defaultPoolSize: number;
  /** Further ones, when a client waited for `reservePoolTimeoutSec`. @default preset */
  readonly reservePoolSize: number;
  /** @default 5 */
  readonly reservePoolTimeoutSec: number;
  /** Server connections of all logins together. @default preset */
  readonly maxDbConnections: number;
  /** Server connections of one login in all databases. @default preset */
  readonly maxUserConnections: number;
  /** Prepared statements kept for each server connection; 0 switches them off. @default 200 */
  readonly maxPreparedStatements: number;
  /** Pause after a failed login to Postgres, so at least this long after its restart. @default 1 */
  readonly serverLoginRetrySec: number;
  /** How long a query may wait for a server connection, a restart of Postgres included. @default 120 */
  readonly queryWaitTimeoutSec: number;
  /** An unused server connection is closed after this. @default 600 */
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
  /** What the data may take; the container gets more. @default preset */
  readonly maxmemoryBytes: number;
}

/** Throws away old entries when full, keeps nothing on disk. */
export interface RedisCacheConfig extends RedisProfile {
  /** @default allkeys-lru */
  readonly evictionPolicy: EvictionPolicy;
}

/** Refuses writes when full, keeps everything on disk. */
export interface RedisQueueConfig extends RedisProfile {
  /** @default everysec */
  readonly appendfsync: AppendFsync;
}

/** One exporter beside each service; their ports are never published. */
export interface ExportersConfig extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
}

/** A credential of the platform's own. */
export interface UserConfig {
  readonly name: string;
  /** Raise it by one to get a new password. @default 1 */
  readonly rotation: number;
}

/** A role that logs in to Postgres directly. */
export interface DirectUserConfig extends UserConfig {
  /** Postgres's CONNECTION LIMIT. @default migrator 2, backup backup.jobs + 2, monitor 5, health 2 */
  readonly connectionLimit: number;
}

/** A privilege role that cannot log in, with two logins under it, of which one is active. */
export interface ApplicationRoleConfig extends UserConfig {
  readonly kind: RoleKind;
  /** The two logins, `<name>_a` and `<name>_b`. */
  readonly logins: readonly [string, string];
  /** Postgres's CONNECTION LIMIT of each login; -1 is none. @default -1 */
  readonly connectionLimit: number;
}

export interface UsersConfig {
  /** The bootstrap superuser. */
  readonly postgres: UserConfig;
  readonly migrator: DirectUserConfig;
  readonly monitor: DirectUserConfig;
  readonly backup: DirectUserConfig;
  readonly health: DirectUserConfig;
  /** `app`, `readonly`, then the environment's own in the order of their names. */
  readonly applications: readonly ApplicationRoleConfig[];
  readonly redisApp: UserConfig;
  readonly redisMonitor: UserConfig;
}

/** How the database knows which tenant a transaction is for; what each tenant sees is declared in `access/`. */
export interface AccessConfig {
  /**
   * `setting`: the application says so, and any SQL can. `signed`: the application shows a signed, expiring token.
   * @default signed in the preset large, otherwise setting
   */
  readonly context: TenantContext;
  /** Whether a large environment has said that it knows what a setting does not stop. @default false */
  readonly acceptSpoofableSetting: boolean;
  /** Which key signs tokens. Raise it by one to get a new one; the one before stays valid. @default 1 */
  readonly tokenKeyRotation: number;
}

export interface ApplicationConfig {
  /** Whether `up` applies the application's migrations. @default true */
  readonly migrations: boolean;
  /** Whether `up` fills its tables with sample data, where the application has some. @default false */
  readonly seed: boolean;
}

export interface DockerConfig {
  /** The engine, when it is not the one of the command line: `unix://…`, `tcp://…` or `ssh://…`. */
  readonly host?: string;
  /** True refuses `up`: the stack is there to be previewed, and nothing on this machine is looked at. @default false */
  readonly previewOnly: boolean;
}
