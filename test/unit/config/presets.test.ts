import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { connectionBudget, postgresMemoryBytes } from '../../../config/budget.ts';
import type { PresetName } from '../../../config/environment.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { totalMemoryBytes } from '../../../config/ports.ts';
import { tuneMemory } from '../../../config/presets.ts';
import { formatSize } from '../../../config/units.ts';
import { runs } from '../../support/runs.ts';

/** The numbers of an environment that says nothing but its preset, sizes as text. */
function numbers(preset: PresetName) {
  const config = parseEnvironment(
    {
      'plinth:preset': preset,
      'plinth:backup': '{"acceptNoRecipient":true}',
      'plinth:monitoring': '{"acceptNoReceiver":true}',
    },
    { stack: 'dev' },
  );
  const { postgres, pgbouncer, redis, exporters, backup } = config;
  const { total } = connectionBudget(config);
  return {
    postgres: {
      memory: formatSize(postgres.memoryBytes),
      cpus: postgres.cpus,
      maxConnections: postgres.maxConnections,
      sharedBuffers: formatSize(postgres.sharedBuffersBytes),
      effectiveCacheSize: formatSize(postgres.effectiveCacheSizeBytes),
      workMem: formatSize(postgres.workMemBytes),
      maintenanceWorkMem: formatSize(postgres.maintenanceWorkMemBytes),
      asked: formatSize(postgresMemoryBytes(postgres)),
      connectionsAsked: total,
    },
    pgbouncer: {
      ...pgbouncer,
      memoryBytes: formatSize(pgbouncer.memoryBytes),
    },
    redis: [redis.cache, redis.queue].map(({ maxmemoryBytes, memoryBytes, cpus }) =>
      [formatSize(maxmemoryBytes), formatSize(memoryBytes), cpus].join(' '),
    ),
    exporters: [formatSize(exporters.memoryBytes), exporters.cpus].join(' '),
    backup: [backup, backup.drill, backup.pointInTime].map(({ memoryBytes, cpus }) =>
      [formatSize(memoryBytes), cpus].join(' '),
    ),
    all: formatSize(totalMemoryBytes(config)),
  };
}

describe('presets', () => {
  it('small', () => {
    expect(numbers('small')).toMatchInlineSnapshot(`
      {
        "all": "2752MiB",
        "backup": [
          "192MiB 1",
          "512MiB 1",
          "128MiB 1",
        ],
        "exporters": "64MiB 0.25",
        "pgbouncer": {
          "cpus": 0.5,
          "defaultPoolSize": 5,
          "maxClientConn": 200,
          "maxDbConnections": 20,
          "maxPreparedStatements": 200,
          "maxUserConnections": 20,
          "memoryBytes": "64MiB",
          "poolMode": "transaction",
          "port": 6432,
          "queryWaitTimeoutSec": 120,
          "reservePoolSize": 2,
          "reservePoolTimeoutSec": 5,
          "serverIdleTimeoutSec": 600,
          "serverLoginRetrySec": 1,
        },
        "postgres": {
          "asked": "424MiB",
          "connectionsAsked": 40,
          "cpus": 1,
          "effectiveCacheSize": "384MiB",
          "maintenanceWorkMem": "32MiB",
          "maxConnections": 40,
          "memory": "512MiB",
          "sharedBuffers": "128MiB",
          "workMem": "5MiB",
        },
        "redis": [
          "64MiB 128MiB 0.5",
          "64MiB 160MiB 0.5",
        ],
      }
    `);
  });

  it('medium', () => {
    expect(numbers('medium')).toMatchInlineSnapshot(`
      {
        "all": "6016MiB",
        "backup": [
          "256MiB 2",
          "1GiB 2",
          "256MiB 2",
        ],
        "exporters": "64MiB 0.25",
        "pgbouncer": {
          "cpus": 1,
          "defaultPoolSize": 20,
          "maxClientConn": 1000,
          "maxDbConnections": 50,
          "maxPreparedStatements": 200,
          "maxUserConnections": 100,
          "memoryBytes": "128MiB",
          "poolMode": "transaction",
          "port": 6432,
          "queryWaitTimeoutSec": 120,
          "reservePoolSize": 5,
          "reservePoolTimeoutSec": 5,
          "serverIdleTimeoutSec": 600,
          "serverLoginRetrySec": 1,
        },
        "postgres": {
          "asked": "1846MiB",
          "connectionsAsked": 70,
          "cpus": 2,
          "effectiveCacheSize": "1536MiB",
          "maintenanceWorkMem": "128MiB",
          "maxConnections": 100,
          "memory": "2GiB",
          "sharedBuffers": "512MiB",
          "workMem": "9728KiB",
        },
        "redis": [
          "256MiB 416MiB 1",
          "256MiB 544MiB 1",
        ],
      }
    `);
  });

  it('large', () => {
    expect(numbers('large')).toMatchInlineSnapshot(`
      {
        "all": "16832MiB",
        "backup": [
          "512MiB 2",
          "2GiB 2",
          "512MiB 2",
        ],
        "exporters": "128MiB 0.5",
        "pgbouncer": {
          "cpus": 2,
          "defaultPoolSize": 60,
          "maxClientConn": 5000,
          "maxDbConnections": 200,
          "maxPreparedStatements": 200,
          "maxUserConnections": 200,
          "memoryBytes": "256MiB",
          "poolMode": "transaction",
          "port": 6432,
          "queryWaitTimeoutSec": 120,
          "reservePoolSize": 15,
          "reservePoolTimeoutSec": 5,
          "serverIdleTimeoutSec": 600,
          "serverLoginRetrySec": 1,
        },
        "postgres": {
          "asked": "7559MiB",
          "connectionsAsked": 220,
          "cpus": 4,
          "effectiveCacheSize": "6GiB",
          "maintenanceWorkMem": "512MiB",
          "maxConnections": 300,
          "memory": "8GiB",
          "sharedBuffers": "2GiB",
          "workMem": "13568KiB",
        },
        "redis": [
          "1GiB 1568MiB 1",
          "512MiB 1056MiB 1",
        ],
      }
    `);
  });
});

describe('memory arithmetic', () => {
  const MiB = 1024 ** 2;
  it('uses all of the memory it may and no more, wherever a connection can have a mebibyte', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 256, max: 1024 * 1024 }),
        fc.integer({ min: 20, max: 10_000 }),
        (mebibytes, connections) => {
          const memory = mebibytes * MiB;
          const tuned = tuneMemory(memory, connections);
          const asked =
            tuned.sharedBuffersBytes +
            3 * tuned.maintenanceWorkMemBytes +
            connections * tuned.workMemBytes;
          expect(tuned.sharedBuffersBytes).toBeLessThanOrEqual(memory * 0.4);
          expect(tuned.effectiveCacheSizeBytes).toBeLessThanOrEqual(memory);
          expect(tuned.workMemBytes).toBeGreaterThanOrEqual(MiB);
          if (tuned.workMemBytes > MiB) expect(asked).toBeLessThanOrEqual(memory);
        },
      ),
      { numRuns: runs(1000) },
    );
  });

  it('leaves given parts as they are and divides the rest', () => {
    expect(tuneMemory(512 * MiB, 40, { sharedBuffersBytes: 64 * MiB })).toEqual({
      sharedBuffersBytes: 64 * MiB,
      effectiveCacheSizeBytes: 384 * MiB,
      workMemBytes: 6.75 * MiB,
      maintenanceWorkMemBytes: 32 * MiB,
    });
  });
});
