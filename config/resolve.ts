/** Adds the defaults, from the preset or derived from other settings. Pure. Checks nothing. */
import { connectionsBesideJobs } from './backup/checks.ts';
import type { BackupConfig } from './backup/config.ts';
import { resolveBackup } from './backup/resolve.ts';
import type {
  ApplicationRoleConfig,
  EnvironmentConfig,
  LogsConfig,
  PgbouncerConfig,
  PostgresConfig,
  RedisConfig,
  RoleKind,
  UsersConfig,
} from './environment.ts';
import { resolveMonitoring } from './monitoring/resolve.ts';
import { slotsOf } from './names.ts';
import { cacheMemoryBytes, presets, queueMemoryBytes, tuneMemory } from './presets.ts';
import type { Preset } from './presets.ts';
import { platformUsers } from './schema.ts';
import type { EnvironmentInput } from './schema.ts';

/**
 * Default connection limits of the direct roles. Each is part of the connection budget. The exporter uses two
 * connections per scrape, and its health check can run at the same time as a scrape by Prometheus. The watcher uses
 * one connection as `monitor` and one as `health`.
 */
const directLimits = { migrator: 2, monitor: 5, health: 2 } as const;

/** Resolves the settings of an environment. */
export function resolve(
  input: EnvironmentInput,
  project: string,
  stack: string,
  database: string,
): EnvironmentConfig {
  const name = input.preset ?? 'small';
  const preset = presets[name];
  const backup = resolveBackup(input.backup ?? {}, preset, stack);
  return {
    project,
    stack,
    preset: name,
    timezone: input.timezone ?? 'Etc/UTC',
    postgres: postgres(input.postgres ?? {}, preset, database),
    pgbouncer: pgbouncer(input.pgbouncer ?? {}, preset),
    redis: redis(input.redis ?? {}, preset),
    exporters: {
      enabled: input.exporters?.enabled ?? true,
      memoryBytes: input.exporters?.memory ?? preset.exporters.memoryBytes,
      cpus: input.exporters?.cpus ?? preset.exporters.cpus,
    },
    backup,
    monitoring: resolveMonitoring(input.monitoring ?? {}, preset),
    logs: logs(input.logs ?? {}),
    users: users(input.users ?? {}, backup),
    access: {
      context: input.access?.context ?? preset.tenantContext,
      acceptSpoofableSetting: input.access?.acceptSpoofableSetting ?? false,
      tokenKeyRotation: input.access?.tokenKey?.rotation ?? 1,
    },
    application: {
      migrations: input.application?.migrations ?? true,
      seed: input.application?.seed ?? false,
    },
    docker: {
      ...(input.docker?.host === undefined ? {} : { host: input.docker.host }),
      previewOnly: input.docker?.previewOnly ?? false,
    },
  };
}

/** A missing address is an empty string here. `checks.ts` reports it. */
function logs({ shipTo }: NonNullable<EnvironmentInput['logs']>): LogsConfig {
  if (shipTo === undefined) return {};
  return { shipTo: { driver: shipTo.driver ?? 'fluentd', address: shipTo.address ?? '' } };
}

function postgres(
  input: NonNullable<EnvironmentInput['postgres']>,
  preset: Preset,
  database: string,
): PostgresConfig {
  const memoryBytes = input.memory ?? preset.postgres.memoryBytes;
  const maxConnections = input.maxConnections ?? preset.postgres.maxConnections;
  const settings = Object.entries(input.settings ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    port: input.port ?? 55432,
    database: input.database ?? database,
    memoryBytes,
    cpus: input.cpus ?? preset.postgres.cpus,
    maxConnections,
    superuserReservedConnections: 5,
    ...tuneMemory(memoryBytes, maxConnections, {
      sharedBuffersBytes: input.sharedBuffers,
      effectiveCacheSizeBytes: input.effectiveCacheSize,
      workMemBytes: input.workMem,
      maintenanceWorkMemBytes: input.maintenanceWorkMem,
    }),
    slowQueryMs: input.slowQuery ?? 1000,
    volume: {
      onDestroy: input.volume?.onDestroy ?? 'keep',
      ...(input.volume?.name === undefined ? {} : { name: input.volume.name }),
    },
    settings: Object.fromEntries(settings.sort(byName)),
  };
}

function pgbouncer(
  input: NonNullable<EnvironmentInput['pgbouncer']>,
  preset: Preset,
): PgbouncerConfig {
  const sizes = preset.pgbouncer;
  return {
    port: input.port ?? 6432,
    poolMode: input.poolMode ?? 'transaction',
    maxClientConn: input.maxClientConn ?? sizes.maxClientConn,
    defaultPoolSize: input.defaultPoolSize ?? sizes.defaultPoolSize,
    reservePoolSize: input.reservePoolSize ?? sizes.reservePoolSize,
    reservePoolTimeoutSec: input.reservePoolTimeoutSec ?? 5,
    maxDbConnections: input.maxDbConnections ?? sizes.maxDbConnections,
    maxUserConnections: input.maxUserConnections ?? sizes.maxUserConnections,
    maxPreparedStatements: input.maxPreparedStatements ?? 200,
    serverLoginRetrySec: input.serverLoginRetrySec ?? 1,
    queryWaitTimeoutSec: input.queryWaitTimeoutSec ?? 120,
    serverIdleTimeoutSec: input.serverIdleTimeoutSec ?? 600,
    memoryBytes: input.memory ?? sizes.memoryBytes,
    cpus: input.cpus ?? sizes.cpus,
  };
}

function redis(input: NonNullable<EnvironmentInput['redis']>, preset: Preset): RedisConfig {
  const cache = input.cache ?? {};
  const queue = input.queue ?? {};
  const cacheData = cache.maxmemory ?? preset.redis.cacheMaxmemoryBytes;
  const queueData = queue.maxmemory ?? preset.redis.queueMaxmemoryBytes;
  return {
    cache: {
      enabled: cache.enabled ?? true,
      port: cache.port ?? 56379,
      maxmemoryBytes: cacheData,
      evictionPolicy: cache.evictionPolicy ?? 'allkeys-lru',
      memoryBytes: cache.memory ?? cacheMemoryBytes(cacheData),
      cpus: cache.cpus ?? preset.redis.cpus,
      hz: cache.hz ?? preset.redis.hz,
    },
    queue: {
      enabled: queue.enabled ?? true,
      port: queue.port ?? 56380,
      maxmemoryBytes: queueData,
      appendfsync: queue.appendfsync ?? 'everysec',
      memoryBytes: queue.memory ?? queueMemoryBytes(queueData),
      cpus: queue.cpus ?? preset.redis.cpus,
      hz: queue.hz ?? preset.redis.hz,
    },
  };
}

function users(input: NonNullable<EnvironmentInput['users']>, { jobs }: BackupConfig): UsersConfig {
  const user = (name: keyof typeof platformUsers) => ({
    name,
    rotation: input[name]?.rotation ?? 1,
  });
  const direct = (name: keyof typeof directLimits) => ({
    ...user(name),
    connectionLimit: input[name]?.connectionLimit ?? directLimits[name],
  });
  const further = Object.entries(input)
    .filter(([name]) => !Object.hasOwn(platformUsers, name))
    .sort(byName)
    .map(([name, settings]) => application(name, kindOf(settings), settings ?? {}));
  return {
    postgres: user('postgres'),
    migrator: direct('migrator'),
    monitor: direct('monitor'),
    backup: {
      ...user('backup'),
      connectionLimit: input.backup?.connectionLimit ?? jobs + connectionsBesideJobs,
    },
    health: direct('health'),
    applications: [
      application('app', 'app', input.app ?? {}),
      application('readonly', 'readonly', input.readonly ?? {}),
      ...further,
    ],
    redisApp: user('redisApp'),
    redisMonitor: user('redisMonitor'),
  };
}

function application(
  name: string,
  kind: RoleKind,
  settings: { rotation?: number | undefined; connectionLimit?: number | undefined },
): ApplicationRoleConfig {
  return {
    name,
    kind,
    rotation: settings.rotation ?? 1,
    logins: slotsOf(name),
    connectionLimit: settings.connectionLimit ?? -1,
  };
}

function kindOf(settings: object | undefined): RoleKind {
  return settings !== undefined && 'like' in settings && settings.like === 'readonly'
    ? 'readonly'
    : 'app';
}

/** Compares by code points, so that the order is the same on every machine. */
function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
