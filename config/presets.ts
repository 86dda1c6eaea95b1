/**
 * The three sizes of an environment, as data, and the memory arithmetic of Postgres.
 *
 * A preset says what cannot be derived; what can be derived from it (`tuneMemory`) is derived, so that an
 * environment that changes one number, for example the memory, gets the others to match.
 */
import type { PresetName, TenantContext } from './environment.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

export interface Preset {
  readonly postgres: { memoryBytes: number; cpus: number; maxConnections: number };
  readonly pgbouncer: {
    memoryBytes: number;
    cpus: number;
    maxClientConn: number;
    defaultPoolSize: number;
    reservePoolSize: number;
    maxDbConnections: number;
    maxUserConnections: number;
  };
  readonly redis: {
    cacheMaxmemoryBytes: number;
    queueMaxmemoryBytes: number;
    cpus: number;
    /** Background tasks a second. Below Redis's default of 10 an idle server costs less, and expired keys go later. */
    hz: number;
  };
  readonly exporters: { memoryBytes: number; cpus: number };
  /** Processors of each; the drill's memory is that of a small server. */
  readonly backup: {
    memoryBytes: number;
    drillMemoryBytes: number;
    pointInTimeMemoryBytes: number;
    cpus: number;
    rollbackPoints: boolean;
  };
  readonly monitoring: {
    prometheusMemoryBytes: number;
    alertmanagerMemoryBytes: number;
    grafanaMemoryBytes: number;
    pgwatchMemoryBytes: number;
    watchMemoryBytes: number;
    retentionSizeBytes: number;
    cpus: number;
    /** Between two scrapes of a target, and between two evaluations of a rule. */
    scrapeIntervalSec: number;
    /** Between two queries that the watcher sends through the pooler. */
    probeIntervalSec: number;
  };
  readonly tenantContext: TenantContext;
}

export const presets: Readonly<Record<PresetName, Preset>> = {
  /** A laptop: the whole stack in 1.9 GiB, a third of it while a backup is drilled. */
  small: {
    postgres: { memoryBytes: 512 * MiB, cpus: 1, maxConnections: 40 },
    pgbouncer: {
      memoryBytes: 64 * MiB,
      cpus: 0.5,
      maxClientConn: 200,
      defaultPoolSize: 5,
      reservePoolSize: 2,
      maxDbConnections: 20,
      maxUserConnections: 20,
    },
    redis: {
      cacheMaxmemoryBytes: 64 * MiB,
      queueMaxmemoryBytes: 64 * MiB,
      cpus: 0.5,
      hz: 2,
    },
    exporters: { memoryBytes: 64 * MiB, cpus: 0.25 },
    backup: {
      memoryBytes: 192 * MiB,
      drillMemoryBytes: 512 * MiB,
      pointInTimeMemoryBytes: 128 * MiB,
      cpus: 1,
      rollbackPoints: false,
    },
    monitoring: {
      prometheusMemoryBytes: 256 * MiB,
      alertmanagerMemoryBytes: 64 * MiB,
      grafanaMemoryBytes: 256 * MiB,
      pgwatchMemoryBytes: 128 * MiB,
      watchMemoryBytes: 96 * MiB,
      retentionSizeBytes: 512 * MiB,
      cpus: 0.5,
      scrapeIntervalSec: 30,
      probeIntervalSec: 5,
    },
    tenantContext: 'setting',
  },
  /** A first production: a thousand clients on fifty server connections. */
  medium: {
    postgres: { memoryBytes: 2 * GiB, cpus: 2, maxConnections: 100 },
    pgbouncer: {
      memoryBytes: 128 * MiB,
      cpus: 1,
      maxClientConn: 1000,
      defaultPoolSize: 20,
      reservePoolSize: 5,
      maxDbConnections: 50,
      maxUserConnections: 100,
    },
    redis: {
      cacheMaxmemoryBytes: 256 * MiB,
      queueMaxmemoryBytes: 256 * MiB,
      cpus: 1,
      hz: 10,
    },
    exporters: { memoryBytes: 64 * MiB, cpus: 0.25 },
    backup: {
      memoryBytes: 256 * MiB,
      drillMemoryBytes: 1024 * MiB,
      pointInTimeMemoryBytes: 256 * MiB,
      cpus: 2,
      rollbackPoints: true,
    },
    monitoring: {
      prometheusMemoryBytes: 512 * MiB,
      alertmanagerMemoryBytes: 64 * MiB,
      grafanaMemoryBytes: 256 * MiB,
      pgwatchMemoryBytes: 256 * MiB,
      watchMemoryBytes: 128 * MiB,
      retentionSizeBytes: 2048 * MiB,
      cpus: 0.5,
      scrapeIntervalSec: 15,
      probeIntervalSec: 1,
    },
    tenantContext: 'setting',
  },
  /** One large machine for the database. */
  large: {
    postgres: { memoryBytes: 8 * GiB, cpus: 4, maxConnections: 300 },
    pgbouncer: {
      memoryBytes: 256 * MiB,
      cpus: 2,
      maxClientConn: 5000,
      defaultPoolSize: 60,
      reservePoolSize: 15,
      maxDbConnections: 200,
      maxUserConnections: 200,
    },
    redis: {
      cacheMaxmemoryBytes: 1 * GiB,
      queueMaxmemoryBytes: 512 * MiB,
      cpus: 1,
      hz: 10,
    },
    exporters: { memoryBytes: 128 * MiB, cpus: 0.5 },
    backup: {
      memoryBytes: 512 * MiB,
      drillMemoryBytes: 2048 * MiB,
      pointInTimeMemoryBytes: 512 * MiB,
      cpus: 2,
      rollbackPoints: true,
    },
    monitoring: {
      prometheusMemoryBytes: 1024 * MiB,
      alertmanagerMemoryBytes: 128 * MiB,
      grafanaMemoryBytes: 512 * MiB,
      pgwatchMemoryBytes: 512 * MiB,
      watchMemoryBytes: 256 * MiB,
      retentionSizeBytes: 8192 * MiB,
      cpus: 1,
      scrapeIntervalSec: 15,
      probeIntervalSec: 1,
    },
    tenantContext: 'signed',
  },
};

/** Autovacuum's workers (Postgres's default); each may take `maintenance_work_mem`. */
export const autovacuumWorkers = 3;
/** What a server process takes before it sorts or hashes anything. */
const backendBytes = 2 * MiB;

export interface MemoryTuning {
  readonly sharedBuffersBytes: number;
  readonly effectiveCacheSizeBytes: number;
  readonly workMemBytes: number;
  readonly maintenanceWorkMemBytes: number;
}

/**
 * Divides a server's memory: a quarter for shared buffers, a sixteenth for maintenance (three workers of it),
 * and what is left among the connections. Given parts stand, and the rest is derived around them.
 */
export function tuneMemory(
  memoryBytes: number,
  maxConnections: number,
  given: { readonly [K in keyof MemoryTuning]?: number | undefined } = {},
): MemoryTuning {
  const sharedBuffersBytes = given.sharedBuffersBytes ?? down(memoryBytes / 4, MiB);
  const maintenanceWorkMemBytes =
    given.maintenanceWorkMemBytes ?? clamp(down(memoryBytes / 16, MiB), 16 * MiB, GiB);
  const left =
    memoryBytes -
    sharedBuffersBytes -
    autovacuumWorkers * maintenanceWorkMemBytes -
    maxConnections * backendBytes;
  return {
    sharedBuffersBytes,
    effectiveCacheSizeBytes: given.effectiveCacheSizeBytes ?? down((memoryBytes * 3) / 4, MiB),
    workMemBytes: given.workMemBytes ?? clamp(down(left / maxConnections, MiB / 4), MiB, 64 * MiB),
    maintenanceWorkMemBytes,
  };
}

/** A cache needs room for fragmentation and client buffers beside its data. */
export function cacheMemoryBytes(maxmemoryBytes: number): number {
  return up(maxmemoryBytes * 1.5, MiB) + 32 * MiB;
}

/** Rewriting the append-only file forks: in the worst case every page exists twice. */
export function queueMemoryBytes(maxmemoryBytes: number): number {
  return maxmemoryBytes * 2 + 32 * MiB;
}

function down(value: number, step: number): number {
  return Math.floor(value / step) * step;
}

function up(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
