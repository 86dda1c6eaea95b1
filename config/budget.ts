/**
 * Calculates connections and memory, so that Postgres never reports "too many clients" and is never killed because it
 * is out of memory. Pure.
 */
import type { EnvironmentConfig } from './environment.ts';
import { autovacuumWorkers } from './presets.ts';
import type { Path, ConfigProblem } from './errors.ts';
import { formatSize } from './units.ts';

/** Connections that PgBouncer uses to look up the SCRAM secrets of its users. Its auth pool has this limit. */
export const poolerLookupConnections = 2;

export interface ConnectionBudget {
  /** Server connections that PgBouncer can open for each application role, for both login roles together. */
  readonly pools: Readonly<Record<string, number>>;
  /** The same for all roles together, limited by `maxDbConnections`. */
  readonly pooled: number;
  /** Direct connections, by role. */
  readonly direct: Readonly<Record<string, number>>;
  readonly superuser: number;
  /** The sum. */
  readonly total: number;
}

/** Server connections that PgBouncer can open for one login role. */
export function poolPeak({ pgbouncer }: Pick<EnvironmentConfig, 'pgbouncer'>): number {
  return Math.min(
    pgbouncer.defaultPoolSize + pgbouncer.reservePoolSize,
    pgbouncer.maxUserConnections,
  );
}

/** Counts the server connections that an environment can open at the same time. */
export function connectionBudget(config: EnvironmentConfig): ConnectionBudget {
  const { users, pgbouncer, postgres } = config;
  // While a password is rotated, both login roles of a role have a pool.
  const pools = Object.fromEntries(
    users.applications.map((role) => [role.name, role.logins.length * poolPeak(config)]),
  );
  const pooled = Math.min(sum(Object.values(pools)), pgbouncer.maxDbConnections);
  const direct = {
    migrator: users.migrator.connectionLimit,
    backup: users.backup.connectionLimit,
    monitor: users.monitor.connectionLimit,
    health: users.health.connectionLimit,
    pgbouncer: poolerLookupConnections,
  };
  const superuser = postgres.superuserReservedConnections;
  return {
    pools,
    pooled,
    direct,
    superuser,
    total: pooled + sum(Object.values(direct)) + superuser,
  };
}

/** The connections exceed `maxConnections`, or a pool exceeds its own limits. */
export function connectionProblems(config: EnvironmentConfig): ConfigProblem[] {
  const { pgbouncer, postgres, users } = config;
  const budget = connectionBudget(config);
  const problems: ConfigProblem[] = [];
  const pool = pgbouncer.defaultPoolSize + pgbouncer.reservePoolSize;
  const size = `defaultPoolSize ${pgbouncer.defaultPoolSize} + reservePoolSize ${pgbouncer.reservePoolSize}`;
  const sizes: Path[] = [
    ['pgbouncer', 'defaultPoolSize'],
    ['pgbouncer', 'reservePoolSize'],
  ];
  for (const limit of ['maxDbConnections', 'maxUserConnections'] as const) {
    if (pool <= pgbouncer[limit]) continue;
    problems.push({
      paths: [['pgbouncer', limit], ...sizes],
      text: `pgbouncer.${limit} is ${pgbouncer[limit]} but one pool may open ${pool} (${size}): raise it or lower the pool`,
    });
  }
  for (const role of users.applications) {
    if (role.connectionLimit === -1 || role.connectionLimit >= poolPeak(config)) continue;
    problems.push({
      paths: [
        ['users', role.name, 'connectionLimit'],
        ['pgbouncer', 'maxUserConnections'],
        ...sizes,
      ],
      text: `users.${role.name}.connectionLimit is ${role.connectionLimit} but its pool may open ${poolPeak(config)} (${size}): raise it or lower the pool`,
    });
  }
  if (budget.total > postgres.maxConnections) {
    const capped = budget.pooled === pgbouncer.maxDbConnections;
    const cap = capped
      ? `, at most ${pgbouncer.maxDbConnections} by pgbouncer.maxDbConnections`
      : '';
    const others = sum(Object.values(budget.direct)) + budget.superuser;
    problems.push({
      paths: [
        ['postgres', 'maxConnections'],
        ['pgbouncer', 'maxDbConnections'],
        ['pgbouncer', 'maxUserConnections'],
        ['users'],
        ...sizes,
      ],
      text:
        `postgres.maxConnections is ${postgres.maxConnections} but the pools need ${budget.pooled} (${list(budget.pools)}${cap})` +
        ` and others for ${others} (${list({ ...budget.direct, superuser: budget.superuser })}): raise it to ${budget.total} or lower a pool`,
    });
  }
  return problems;
}

/** The memory settings of Postgres exceed the limit of the container, or shared_buffers is too large. */
export function memoryProblems({ postgres }: EnvironmentConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const memory = formatSize(postgres.memoryBytes);
  const path = (key: string): Path => ['postgres', key];
  const most = Math.floor(postgres.memoryBytes * 0.4);
  if (postgres.sharedBuffersBytes > most) {
    problems.push({
      paths: [path('sharedBuffers'), path('memory')],
      text: `postgres.sharedBuffers is ${formatSize(postgres.sharedBuffersBytes)} but at most 40 % of postgres.memory ${memory} may be shared buffers: lower it or raise the memory`,
    });
  }
  if (postgres.effectiveCacheSizeBytes > postgres.memoryBytes) {
    problems.push({
      paths: [path('effectiveCacheSize'), path('memory')],
      text: `postgres.effectiveCacheSize is ${formatSize(postgres.effectiveCacheSizeBytes)} but postgres.memory is ${memory}: lower it or raise the memory`,
    });
  }
  const asked = postgresMemoryBytes(postgres);
  if (asked > postgres.memoryBytes) {
    problems.push({
      paths: ['memory', 'sharedBuffers', 'workMem', 'maintenanceWorkMem', 'maxConnections'].map(
        path,
      ),
      text:
        `postgres.memory is ${memory} but its parts need ${formatSize(asked)}` +
        ` (sharedBuffers ${formatSize(postgres.sharedBuffersBytes)}, ${postgres.maxConnections} connections × workMem ${formatSize(postgres.workMemBytes)},` +
        ` ${autovacuumWorkers} × maintenanceWorkMem ${formatSize(postgres.maintenanceWorkMemBytes)}): raise it or lower a part`,
    });
  }
  return problems;
}

/** Memory of Postgres if every connection uses work_mem once and all autovacuum workers run. */
export function postgresMemoryBytes(postgres: EnvironmentConfig['postgres']): number {
  return (
    postgres.sharedBuffersBytes +
    postgres.maxConnections * postgres.workMemBytes +
    autovacuumWorkers * postgres.maintenanceWorkMemBytes
  );
}

function list(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
