/** What the rules of an environment are, and that nothing about them is left out. */
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { EnvironmentConfig } from '../../../config/environment.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { ruleGroups } from '../../../observability/alerts/all.ts';
import { inhibitions, NAMED_SOURCES } from '../../../observability/alerts/inhibit.ts';
import { jobsOf } from '../../../observability/alerts/jobs.ts';
import { LATENCY_BOUNDS } from '../../../observability/alerts/redis.ts';
import { alertsOf, renderRules, type Alert } from '../../../observability/alerts/rule.ts';
import { bytes, number, oneOf, share, span, time } from '../../../observability/alerts/format.ts';
import { cases } from '../../support/alerts/all.ts';
import { bare, environments, everything, odd } from '../../support/alerts/environments.ts';
import { rawFrom } from '../config/raw.ts';

const alerts = alertsOf(ruleGroups(everything));
const names = alerts.map(({ name }) => name);
const namesOf = (config: EnvironmentConfig) => alertsOf(ruleGroups(config)).map(({ name }) => name);
const byName = (name: string, of: readonly Alert[] = alerts): Alert => {
  const found = of.find((alert) => alert.name === name);
  if (found === undefined) throw new Error(`there is no alert ${name}`);
  return found;
};

describe('every alert', () => {
  it('has a name of its own, in CamelCase', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^([A-Z][a-z]+)+$/.test(name))).toEqual([]);
    expect(names.length).toBeGreaterThanOrEqual(40);
  });

  it.each(alerts.map((alert) => [alert.name, alert] as const))(
    '%s says why, and what is so',
    (_, { why, summary, description, forSec }) => {
      expect(why.length).toBeGreaterThan(40);
      expect(summary).not.toBe('');
      expect(summary).not.toContain('$value');
      expect(description).toContain('{{ $value');
      expect(forSec).toBeGreaterThanOrEqual(0);
    },
  );

  it('has a case that promtool tries, and every case is of one', () => {
    const tried = Object.values(cases).flatMap((all) => all.map(({ alert }) => alert));
    expect([...new Set(tried)].sort()).toEqual([...names].sort());
  });

  it('is tried with exactly the words it says', () => {
    const wordless = Object.values(cases)
      .flat()
      .filter(({ summary, description }) => summary === '' || description === '');
    expect(wordless).toEqual([]);
  });
});

describe('what explains what', () => {
  it('names alerts that are there, and never itself', () => {
    for (const { name, explains = [] } of alerts) {
      expect(explains.filter((target) => !names.includes(target))).toEqual([]);
      expect(explains).not.toContain(name);
      expect(new Set(explains).size).toBe(explains.length);
    }
    expect(NAMED_SOURCES.filter((source) => !names.includes(source))).toEqual([]);
  });

  it('has no cycle, so that of all that fires one is always told', () => {
    const reaches = (name: string, seen: readonly string[]): readonly string[] | undefined => {
      if (seen.includes(name)) return [...seen, name];
      for (const target of byName(name).explains ?? []) {
        const cycle = reaches(target, [...seen, name]);
        if (cycle !== undefined) return cycle;
      }
      return undefined;
    };
    expect(names.flatMap((name) => reaches(name, []) ?? [])).toEqual([]);
  });

  it('is never a lesser one that keeps a graver one from being told', () => {
    const rank = { critical: 2, warning: 1, info: 0 };
    const hidden = alerts.flatMap(({ name, severity, explains = [] }) =>
      explains
        .filter((target) => rank[byName(target).severity] > rank[severity])
        .map((target) => `${name} hides ${target}`),
    );
    expect(hidden).toEqual([]);
  });

  it('becomes rules of Alertmanager', () => {
    const of = (name: string) =>
      inhibitions(alerts).filter(
        ({ source_matchers: [source] }) => source === `alertname="${name}"`,
      );
    expect(of('RedisDown')).toEqual([
      {
        source_matchers: ['alertname="RedisDown"'],
        target_matchers: [
          'alertname=~"RedisRejectsConnections|RedisPersistenceFailing|RedisQueueEvicts|RedisMemoryHigh|RedisCacheFull|RedisLatencyHigh"',
        ],
        equal: ['stack', 'job'],
      },
    ]);
    expect(of('PoolerDown').at(-1)).toEqual({
      source_matchers: ['alertname="PoolerDown"'],
      target_matchers: ['alertname=~"ContainerRestarting"', 'part="pgbouncer"'],
      equal: ['stack'],
    });
    expect(of('Watchdog')).toEqual([]);
  });

  it('leaves out what an environment does not have', () => {
    const targets = JSON.stringify(inhibitions(alertsOf(ruleGroups(bare))));
    expect(targets).toContain('PoolerProbeFailing');
    expect(targets).not.toContain('BackupFailed');
    expect(targets).not.toContain('ApplicationErrorRateHigh');
  });

  it('lets nothing explain the watchdog', () => {
    expect(alerts.filter(({ explains = [] }) => explains.includes('Watchdog'))).toEqual([]);
  });
});

describe('an environment', () => {
  it('has only alerts about what it has', () => {
    const lacking = namesOf(bare).filter((name) =>
      /^(Redis|Queue|Application|Probe|Certificate|Backup|Drill|Isolation|Wal|Archive|Base|Full|Repository|Access|Migration)/.test(
        name,
      ),
    );
    expect(lacking).toEqual([]);
    expect(namesOf(bare)).toEqual(
      expect.arrayContaining(['PostgresDown', 'PoolerDown', 'DiskNearlyFull', 'Watchdog']),
    );
  });

  it('with only a queue has no alert about a cache', () => {
    const queue = namesOf(odd);
    expect(queue).toContain('QueueBacklog');
    expect(queue).not.toContain('RedisCacheFull');
    expect(byName('RedisDown', alertsOf(ruleGroups(odd))).expr).toContain('job=~"redis-queue"');
  });

  it('without the drill has no alert about it', () => {
    const config = parseEnvironment(rawFrom({ backup: { drill: { enabled: false } } }), {
      stack: 'test',
    });
    expect(namesOf(config)).toContain('BackupTooOld');
    expect(namesOf(config).filter((name) => /^(Drill|Isolation)/.test(name))).toEqual([]);
  });

  it('has no alert that could never fire', () => {
    // Half of all calls may fail: not even a total failure spends that three times as fast.
    expect(namesOf(odd).filter((name) => name.startsWith('AvailabilityBudget'))).toEqual([
      'AvailabilityBudgetBurnThreeDays',
    ]);
  });

  it('misses every job that it should have', () => {
    const { expr } = byName('TargetMissing');
    expect(jobsOf(everything)).toEqual([
      'alertmanager',
      'backup',
      'blackbox',
      'node',
      'pgbackrest',
      'pgbouncer',
      'postgres',
      'prometheus',
      'redis-cache',
      'redis-queue',
      'watch',
      'shop',
    ]);
    for (const job of jobsOf(everything)) expect(expr).toContain(`absent(up{job="${job}"})`);
    expect(jobsOf(bare)).not.toContain('backup');
  });
});

describe('a threshold', () => {
  const set = (settings: Readonly<Record<string, unknown>>) =>
    alertsOf(ruleGroups(parseEnvironment(rawFrom(settings), { stack: 'test' })));

  it.each([
    ['ConnectionsNearlyExhausted', { connections: 55 }, '0.55', '55 %'],
    ['CacheHitRatioLow', { cacheHit: 91 }, '0.91', '91 %'],
    ['ContainerMemoryHigh', { memory: 77 }, '0.77', '77 %'],
    ['RedisMemoryHigh', { redisMemory: 66 }, '0.66', '66 %'],
    ['RedisLatencyHigh', { redisLatency: '40ms' }, '0.04', '0.04 s'],
    ['QueueBacklog', { queueBacklog: 123 }, '> 123', '123'],
    ['DiskNearlyFull', { disk: 71 }, '0.71', '71 %'],
    ['IdleInTransaction', { idleInTransaction: '41s' }, '> 41', '41 s'],
    ['LongTransaction', { transaction: '2h' }, '> 7200', '2 h'],
    ['LongLockWait', { lockWait: '7s' }, '> 7', '7 s'],
    ['AvailabilityBudgetBurnHour', { availability: 99.5 }, '0.072', '7.2 %'],
  ])('of %s is the setting', (name, thresholds, inExpression, inWords) => {
    const alert = byName(name, set({ monitoring: { thresholds } }));
    expect(alert.expr).toContain(inExpression);
    expect(alert.description).toContain(inWords);
  });

  it('comes from the setting that it guards', () => {
    const all = set({
      postgres: { slowQuery: '250ms' },
      pgbouncer: { reservePoolTimeoutSec: 9, defaultPoolSize: 3 },
      backup: { schedule: '0 3 * * 0' },
    });
    expect(byName('SlowQueries', all).description).toContain('250 ms');
    expect(byName('PoolWaiting', all).expr).toContain('> 9');
    expect(byName('ManyLockWaiters', all).expr).toContain('>= 3');
    expect(byName('BackupTooOld', all).expr).toContain(`> ${String(7 * 86_400 + 3600)}`);
  });

  it('of a rate has four measurements to look at, however seldom is measured', () => {
    const ranges = alertsOf(ruleGroups(odd)).flatMap(({ expr }) =>
      [...expr.matchAll(/\[(\d+)([smhd])\]/g)].map(
        ([, count, unit]) => Number(count) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit!]!,
      ),
    );
    expect(Math.min(...ranges)).toBeGreaterThanOrEqual(4 * 60);
  });
});

describe('the file', () => {
  it.each(Object.entries(environments))('of %s is YAML with every alert', (_, config) => {
    const groups = ruleGroups(config);
    const file = parse(renderRules(groups)) as {
      groups: { name: string; rules: { alert?: string; record?: string; expr: string }[] }[];
    };
    const written = file.groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
    expect(written).toEqual(alertsOf(groups).map(({ name }) => name));
    for (const { expr } of file.groups.flatMap(({ rules }) => rules)) {
      expect(expr).not.toMatch(/NaN|undefined|Infinity|\d\.\d{12}/);
    }
  });
});

describe('words', () => {
  it('are numbers as people write them', () => {
    expect(number(1 - 0.999)).toBe('0.001');
    expect(share(33.3)).toBe('0.333');
    expect([span(90), span(600), span(7200), span(86_400), span(1.5)]).toEqual([
      ...['90s', '10m', '2h', '1d', '2s'],
    ]);
    expect([time(0.1), time(90), time(300), time(90_000), time(608_400)]).toEqual([
      ...['0.1 s', '90 s', '5 min', '25 h', '7 d 1 h'],
    ]);
    expect([bytes(512), bytes(64 * 1024 ** 2)]).toEqual(['512 B', '64 MiB']);
    expect(oneOf(['a.b', 'c'])).toBe('a\\\\.b|c');
  });

  it('know the bounds of the histogram that Redis shows', () => {
    expect(LATENCY_BOUNDS.slice(0, 10)).toEqual([1, 2, 4, 8, 16, 33, 66, 132, 264, 528]);
    expect(LATENCY_BOUNDS.at(-1)).toBe(541_065);
  });
});
