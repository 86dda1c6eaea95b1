/**
 * The three presets, as data, and the calculation of the memory settings of Postgres.
 *
 * A preset contains only values that cannot be derived. `tuneMemory` derives the others. So if an environment changes
 * one value, for example the memory, the others change with it.
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
    /**
     * Runs of the background tasks per second. Below 10, the default of Redis, an idle server uses less CPU and expired
     * keys are removed later.
     */
    hz: number;
  };
  readonly exporters: { memoryBytes: number; cpus: number };
  /** `cpus` applies to each container. The restore test has the memory of a small server. */
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
    /** Interval between two scrapes of a target and between two evaluations of a rule. */
    scrapeIntervalSec: number;
    /** Interval between two queries that the watcher sends through PgBouncer. */
    probeIntervalSec: number;
  };
  readonly tenantContext: TenantContext;
}

export const presets: Readonly<Record<PresetName, Preset>> = {
  /** A laptop: the whole stack in 1.9 GiB, a third of it during a restore test. */
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
  /** A first production environment: 1000 clients on 50 server connections. */
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
  /** A large machine for the database. */
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

/** Number of autovacuum workers (the default of Postgres). Each may use `maintenance_work_mem`. */
export const autovacuumWorkers = 3;
/** Memory of a server process without work_mem. */
const backendBytes = 2 * MiB;

export interface MemoryTuning {
  readonly sharedBuffersBytes: number;
  readonly effectiveCacheSizeBytes: number;
  readonly workMemBytes: number;
  readonly maintenanceWorkMemBytes: number;
}

/**
 * Divides the memory of a server: a quarter for shared_buffers, a sixteenth for maintenance_work_mem (for each of three
 * workers), and the rest for the connections. Values in `given` are kept, and the others are derived from them.
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

/** Besides its data, a cache needs memory for fragmentation and client buffers. */
export function cacheMemoryBytes(maxmemoryBytes: number): number {
  return up(maxmemoryBytes * 1.5, MiB) + 32 * MiB;
}

/** A forked process rewrites the append-only file. In the worst case every page exists twice. */
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
