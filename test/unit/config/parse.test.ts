/** Properties that hold for every configuration. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { connectionBudget, poolPeak, postgresMemoryBytes } from '../../../config/budget.ts';
import { wantedPorts } from '../../../config/checks.ts';
import type { EnvironmentConfig } from '../../../config/environment.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { ConfigError } from '../../../config/errors.ts';
import { formatDuration, formatSize } from '../../../config/units.ts';
import { rawFrom } from './raw.ts';
import { runs } from '../../support/runs.ts';

type Settings = Record<string, unknown>;

/** The environment, or undefined when it was refused with the one error there is. */
function accepted(
  raw: Readonly<Record<string, string>>,
  stack = 'dev',
): EnvironmentConfig | undefined {
  try {
    return parseEnvironment(raw, { stack });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.length).toBeGreaterThan(0);
    return undefined;
  }
}

/** A group some of whose settings are there. */
const some = <T extends Settings>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });
const mebibytes = (min: number, max: number) =>
  fc.integer({ min, max }).map((count) => formatSize(count * 1024 ** 2));
const port = fc.integer({ min: 1024, max: 65535 });

/** Settings each of which is right by itself; sums may still be wrong. */
const validSettings = some<Settings>({
  preset: fc.constantFrom('small', 'medium', 'large'),
  timezone: fc.constantFrom('Etc/UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'),
  postgres: some({
    port,
    database: fc.constantFrom('classrooms', 'app', 'schule'),
    memory: mebibytes(128, 65_536),
    maxConnections: fc.integer({ min: 20, max: 2000 }),
    sharedBuffers: mebibytes(16, 8192),
    workMem: mebibytes(1, 64),
    maintenanceWorkMem: mebibytes(1, 1024),
    settings: some({
      jit: fc.boolean(),
      max_wal_size: fc.constant('4GB'),
      random_page_cost: fc.constant(1.1),
    }),
  }),
  pgbouncer: some({
    port,
    defaultPoolSize: fc.integer({ min: 1, max: 100 }),
    reservePoolSize: fc.integer({ min: 0, max: 20 }),
    maxDbConnections: fc.integer({ min: 1, max: 500 }),
    maxUserConnections: fc.integer({ min: 1, max: 500 }),
  }),
  redis: some({
    cache: some({
      enabled: fc.boolean(),
      port,
      maxmemory: mebibytes(8, 4096),
      memory: mebibytes(32, 8192),
    }),
    queue: some({
      enabled: fc.boolean(),
      port,
      maxmemory: mebibytes(8, 4096),
      memory: mebibytes(32, 8192),
    }),
  }),
  users: some({
    app: some({
      rotation: fc.integer({ min: 1, max: 99 }),
      connectionLimit: fc.integer({ min: 1, max: 300 }),
    }),
    migrator: some({ connectionLimit: fc.integer({ min: 1, max: 50 }) }),
    jobs: fc.constantFrom({ like: 'app' }, { like: 'readonly', rotation: 3 }),
    reports: fc.constant({ like: 'readonly' }),
  }),
  application: some({ migrations: fc.boolean(), seed: fc.boolean() }),
});

describe('an accepted environment', () => {
  it('never asks for more connections or memory than there are', () => {
    fc.assert(
      fc.property(validSettings, (settings) => {
        const config = accepted(rawFrom(settings));
        // One in nine. Only these count as runs: a property of nothing would hold as well.
        fc.pre(config !== undefined);
        const { postgres, pgbouncer, redis, users } = config;
        expect(connectionBudget(config).total).toBeLessThanOrEqual(postgres.maxConnections);
        expect(poolPeak(config)).toBe(pgbouncer.defaultPoolSize + pgbouncer.reservePoolSize);
        expect(postgresMemoryBytes(postgres)).toBeLessThanOrEqual(postgres.memoryBytes);
        expect(postgres.sharedBuffersBytes).toBeLessThanOrEqual(postgres.memoryBytes * 0.4);
        if (redis.cache.enabled)
          expect(redis.cache.maxmemoryBytes).toBeLessThan(redis.cache.memoryBytes);
        if (redis.queue.enabled)
          expect(redis.queue.maxmemoryBytes * 2).toBeLessThanOrEqual(redis.queue.memoryBytes);
        for (const role of users.applications) {
          if (role.connectionLimit !== -1)
            expect(role.connectionLimit).toBeGreaterThanOrEqual(poolPeak(config));
        }
        const ports = wantedPorts(config).map((wanted) => wanted.port);
        expect(new Set(ports).size).toBe(ports.length);
      }),
      { numRuns: runs(150) },
    );
  });

  it('is the same in whatever order its settings were written', () => {
    fc.assert(
      fc.property(validSettings, (settings) => {
        expect(outcome(rawFrom(reversed(settings) as Settings))).toBe(outcome(rawFrom(settings)));
      }),
      { numRuns: runs(500) },
    );
  });

  it('is the same when its defaults are written down', () => {
    fc.assert(
      fc.property(validSettings, (settings) => {
        const config = accepted(rawFrom(settings));
        fc.pre(config !== undefined);
        expect(accepted(rawFrom(written(config)))).toEqual(config);
      }),
      { numRuns: runs(150) },
    );
  });
});

describe('whatever stands in the file', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  const groups = [
    'preset',
    'timezone',
    'postgres',
    'pgbouncer',
    'redis',
    'exporters',
    'users',
    'application',
    'docker',
  ];
  const anyKey = fc.oneof(
    fc.constantFrom(...groups).map((key) => `plinth:${key}`),
    fc.string({ unit: 'binary' }).map((key) => `plinth:${key}`),
    fc.string({ unit: 'binary' }),
  );

  it('there is an environment or the one error', () => {
    fc.assert(
      fc.property(
        fc.dictionary(anyKey, anyText),
        fc.oneof(fc.constant('dev'), fc.string({ unit: 'binary' })),
        (raw, stack) => {
          accepted(raw, stack);
        },
      ),
      { numRuns: runs(1000) },
    );
  });

  it('there is an environment or the one error, also for values of any kind at known keys', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(-0, 1e308, 2 ** 53),
    );
    const names = [
      'app',
      'port',
      'memory',
      'settings',
      'volume',
      'cache',
      'queue',
      'like',
      'rotation',
      'jobs',
      '__proto__',
      'constructor',
      'toString',
    ];
    const tree = fc.letrec<{ group: unknown; node: unknown }>((tie) => ({
      node: fc.oneof({ maxDepth: 3 }, value, tie('group')),
      group: fc
        .array(fc.tuple(fc.constantFrom(...names), tie('node')), { maxLength: 4 })
        .map(
          (entries) =>
            `{${entries.map(([key, node]) => `${JSON.stringify(key)}:${asJson(node)}`).join(',')}}`,
        )
        .map((text) => JSON.parse(text) as unknown),
    })).group;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...groups), tree, { maxKeys: 4 }), (settings) => {
        accepted(rawFrom(settings));
      }),
      { numRuns: runs(1000) },
    );
  });

  it('it is told in one line a mistake', () => {
    fc.assert(
      fc.property(fc.dictionary(anyKey, anyText), (raw) => {
        try {
          parseEnvironment(raw, { stack: 'dev' });
        } catch (error) {
          const { message, problems } = error as ConfigError;
          expect(message.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(problems.length + 1);
          for (const problem of problems) expect(problem.length).toBeLessThan(700);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('neither a deep nor a long value is too much', () => {
    for (const deep of [
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
      '9'.repeat(100_000),
    ]) {
      expect(
        accepted({ 'plinth:postgres': deep, 'plinth:preset': deep, [`plinth:${deep}`]: deep }),
      ).toBeUndefined();
    }
  });
});

function outcome(raw: Readonly<Record<string, string>>): string {
  try {
    return JSON.stringify(parseEnvironment(raw, { stack: 'dev' }));
  } catch (error) {
    return (error as ConfigError).message;
  }
}

/** The same settings, each group's last key first. */
function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

/** An environment as a person would write it who leaves nothing to the defaults. */
function written(config: EnvironmentConfig): Settings {
  const { postgres, pgbouncer, redis, exporters, users } = config;
  const { memoryBytes, ...pool } = pgbouncer;
  const profile = ({
    memoryBytes: memory,
    maxmemoryBytes: maxmemory,
    ...rest
  }: (typeof redis)['cache' | 'queue']) => ({
    ...rest,
    memory: formatSize(memory),
    maxmemory: formatSize(maxmemory),
  });
  const { applications, ...others } = users;
  const platform = Object.values(others).map(({ name, ...settings }) => [name, settings] as const);
  const roles = applications.map(({ name, kind, rotation, connectionLimit }) => [
    name,
    {
      rotation,
      ...(connectionLimit === -1 ? {} : { connectionLimit }),
      ...(name === 'app' || name === 'readonly' ? {} : { like: kind }),
    },
  ]);
  return {
    preset: config.preset,
    timezone: config.timezone,
    postgres: {
      port: postgres.port,
      database: postgres.database,
      memory: formatSize(postgres.memoryBytes),
      cpus: postgres.cpus,
      maxConnections: postgres.maxConnections,
      sharedBuffers: formatSize(postgres.sharedBuffersBytes),
      effectiveCacheSize: formatSize(postgres.effectiveCacheSizeBytes),
      workMem: formatSize(postgres.workMemBytes),
      maintenanceWorkMem: formatSize(postgres.maintenanceWorkMemBytes),
      slowQuery: formatDuration(postgres.slowQueryMs),
      volume: postgres.volume,
      settings: postgres.settings,
    },
    pgbouncer: { ...pool, memory: formatSize(memoryBytes) },
    redis: { cache: profile(redis.cache), queue: profile(redis.queue) },
    exporters: {
      enabled: exporters.enabled,
      memory: formatSize(exporters.memoryBytes),
      cpus: exporters.cpus,
    },
    users: Object.fromEntries([...platform, ...roles]) as Settings,
    application: config.application,
    docker: config.docker,
  };
}

function asJson(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}
