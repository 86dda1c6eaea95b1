import { describe, expect, it } from '@jest/globals';
import { servicesFrom, type ServiceStatus } from '../../../cli/containers.ts';
import { advice, allHealthy, settled, statusTable } from '../../../cli/commands/status.ts';
import { explanation } from '../../../cli/commands/up.ts';

const container = (part: string, running = true) => ({
  Id: `id-${part}`,
  Name: `/plinth-dev-${part}`,
  Image: `sha256:${part}`,
  Config: { Image: `sha256:${part}`, Labels: { 'plinth.part': part } },
  State: { Running: running, StartedAt: '2026-01-01T00:00:00Z' },
});

describe('status', () => {
  const all = servicesFrom(
    [container('redis', false), container('postgres')],
    { 'id-postgres': { health: 'healthy' }, 'id-redis': { health: 'stopped' } },
    { 'id-postgres': '34.2MiB / 512MiB' },
    { 'sha256:postgres': 'plinth/postgres:abc' },
  );

  it('is a table in the order of the parts', () => {
    expect(statusTable(all, Date.parse('2026-01-01T00:01:05Z'))).toBe(
      [
        'PART      HEALTH   UP          MEMORY             IMAGE',
        'postgres  healthy  1 min 05 s  34.2MiB of 512MiB  plinth/postgres:abc',
        'redis     stopped  -           -                  sha256:redis',
      ].join('\n'),
    );
  });

  it('is healthy only when there is something and all of it is', () => {
    expect([allHealthy(all), allHealthy(all.slice(0, 1)), allHealthy([])]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('says what to do, and what the health check of a service said', () => {
    expect(advice('dev', [])).toBe("nothing of dev is here: run 'npx plinth up --stack dev'");
    expect(advice('dev', all)).toBe(
      "plinth-dev-redis is stopped\nsee 'docker logs plinth-dev-redis'",
    );
    const ill = servicesFrom([container('postgres')], {
      'id-postgres': { health: 'unhealthy', words: 'in recovery' },
    });
    expect(advice('dev', ill)).toBe(
      "plinth-dev-postgres is unhealthy: in recovery\nsee 'docker logs plinth-dev-postgres'",
    );
    expect(advice('dev', all.slice(0, 1))).toBeUndefined();
  });
});

const status = (part: string, health: ServiceStatus['health'], words?: string): ServiceStatus => ({
  part,
  container: `plinth-dev-${part}`,
  health,
  image: 'i',
  ...(words === undefined ? {} : { words }),
});

describe('after an update', () => {
  /** Looks on a clock that only the pauses move. */
  async function looked(at: (sec: number) => ServiceStatus[]) {
    let ms = 0;
    const look = () => Promise.resolve(at(ms / 1000));
    const pause = (pauseMs: number) => Promise.resolve((ms += pauseMs));
    const all = await settled('dev', look, () => ms, pause);
    return { sec: ms / 1000, health: all.map(({ health }) => health) };
  }

  it('does not wait when all are healthy', async () => {
    expect(await looked(() => [status('a', 'healthy')])).toEqual({ sec: 0, health: ['healthy'] });
  });

  it('looks again at one that was not healthy, whatever it was called', async () => {
    const done = await looked((sec) => [status('a', sec < 40 ? 'unhealthy' : 'healthy')]);
    expect(done).toEqual({ sec: 40, health: ['healthy'] });
  });

  it('goes on as long as more of them become healthy', async () => {
    const done = await looked((sec) =>
      [30, 60, 90, 120].map((from) => status('a', sec < from ? 'starting' : 'healthy')),
    );
    expect(done.sec).toBe(120);
  });

  it('ends when no more of them do', async () => {
    const done = await looked(() => [status('a', 'healthy'), status('b', 'stopped')]);
    expect(done.health).toEqual(['healthy', 'stopped']);
    expect(done.sec).toBeLessThan(60);
  });
});

describe('after an update that failed', () => {
  const log = (container: string) =>
    Promise.resolve(
      container.endsWith('postgres')
        ? '{"timestamp":"2026-01-01","error_severity":"FATAL","message":"no such setting"}\nplain\n'
        : '',
    );

  it('says of each service that is not healthy why, in sentences', async () => {
    const all = [
      status('postgres', 'unhealthy', 'still starting'),
      status('redis-queue', 'stopped'),
      status('redis-cache', 'healthy'),
    ];
    expect(await explanation(all, log)).toEqual([
      '',
      'plinth-dev-postgres is unhealthy: still starting',
      'its last log lines:',
      '  FATAL: no such setting',
      '  plain',
      '',
      'plinth-dev-redis-queue is stopped',
      'it has logged nothing',
    ]);
  });

  it('names no service that is healthy now', async () => {
    expect(await explanation([status('postgres', 'healthy')], log)).toEqual([
      '',
      'every service is healthy now: run the same command again',
    ]);
  });

  it('says nothing when there is no service', async () => {
    expect(await explanation([], log)).toEqual([]);
  });
});
