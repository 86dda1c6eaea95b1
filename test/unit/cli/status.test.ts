import { describe, expect, it } from '@jest/globals';
import { healthOf, questionOf, servicesFrom } from '../../../cli/containers.ts';
import { advice, allHealthy, statusTable } from '../../../cli/commands/status.ts';

const container = (part: string, state: Partial<Parameters<typeof healthOf>[0]> = {}) => ({
  Id: `id-${part}`,
  Name: `/plinth-dev-${part}`,
  Image: `sha256:${part}`,
  Config: { Image: `sha256:${part}`, Labels: { 'plinth.part': part } },
  State: {
    Running: true,
    StartedAt: '2026-01-01T00:00:00Z',
    Health: { Status: 'healthy' },
    ...state,
  },
});

describe('healthOf', () => {
  const running = { Running: true, StartedAt: '' };
  it.each([
    [{ ...running, Health: { Status: 'healthy' } }, 'healthy'],
    [{ ...running, Health: { Status: 'starting' } }, 'starting'],
    [{ ...running, Health: { Status: 'unhealthy' } }, 'unhealthy'],
    [running, 'unchecked'],
    [{ ...running, Running: false, Health: { Status: 'healthy' } }, 'stopped'],
  ])('%j is %s', (state, expected) => {
    expect(healthOf(state)).toBe(expected);
  });
});

describe('questionOf', () => {
  it.each([
    [['CMD', '/usr/local/bin/plinth-health'], ['/usr/local/bin/plinth-health']],
    [
      ['CMD-SHELL', 'wget -q localhost || exit 1'],
      ['sh', '-c', 'wget -q localhost || exit 1'],
    ],
    [['NONE'], undefined],
    [undefined, undefined],
  ])('%j asks %j', (test, expected) => {
    expect(questionOf(test)).toEqual(expected);
  });
});

describe('status', () => {
  const all = servicesFrom(
    [container('redis', { Running: false }), container('postgres')],
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

  it('says what to do', () => {
    expect(advice('dev', [])).toBe("nothing of dev is here: run 'npx plinth up --stack dev'");
    expect(advice('dev', all)).toBe(
      "not healthy: plinth-dev-redis: see 'docker logs plinth-dev-redis'",
    );
    expect(advice('dev', all.slice(0, 1))).toBeUndefined();
  });
});
