import { describe, expect, it } from '@jest/globals';
import { connectionBudget, connectionProblems, memoryProblems } from '../../../config/budget.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { rawFromYaml } from './raw.ts';

const environment = (yaml: string) => parseEnvironment(rawFromYaml(yaml), { stack: 'dev' });

describe('the connection budget', () => {
  it('of a medium environment is held by the limit of the database', () => {
    expect(connectionBudget(environment('preset: medium'))).toEqual({
      pools: { app: 50, readonly: 50 },
      pooled: 50,
      direct: { migrator: 2, backup: 4, monitor: 5, health: 2, pgbouncer: 2 },
      superuser: 5,
      total: 70,
    });
  });

  it('counts both logins of a further role', () => {
    const { pools, pooled } = connectionBudget(
      environment(
        'users: { jobs: { like: app } }\npgbouncer: { reservePoolSize: 0, defaultPoolSize: 3 }',
      ),
    );
    expect(pools).toEqual({ app: 6, readonly: 6, jobs: 6 });
    expect(pooled).toBe(18);
  });

  it('may be used up to the last connection', () => {
    expect(
      connectionProblems(environment('preset: medium\npostgres: { maxConnections: 70 }')),
    ).toEqual([]);
  });
});

describe('the memory budget', () => {
  it('allows shared buffers up to 40 % and not a byte more', () => {
    const config = environment('postgres: { memory: 640MiB, sharedBuffers: 256MiB }');
    expect(memoryProblems(config)).toEqual([]);
    const { postgres } = config;
    const more = {
      ...config,
      postgres: { ...postgres, sharedBuffersBytes: postgres.sharedBuffersBytes + 1 },
    };
    expect(memoryProblems(more).map(({ text }) => text)).toEqual([
      'postgres.sharedBuffers is 268435457B but at most 40 % of postgres.memory 640MiB may be shared buffers: lower it or raise the memory',
    ]);
  });
});
