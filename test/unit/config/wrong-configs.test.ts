import { describe, expect, it } from '@jest/globals';
import { parseEnvironment } from '../../../config/parse.ts';
import { wrongConfigs as wrong } from '../../support/wrong-configs.ts';
import { rawFromYaml } from './raw.ts';

describe('a wrong configuration', () => {
  it.each(wrong)('%s', (_what, yaml, sentence) => {
    expect(() => parseEnvironment(rawFromYaml(yaml), { stack: 'dev' })).toThrow(
      expect.objectContaining({
        name: 'ConfigError',
        problems: [sentence],
        message: `Pulumi.dev.yaml has one mistake, nothing was touched:\n  ${sentence}`,
      }),
    );
  });

  it('is told on one line without control characters, whatever was written', () => {
    for (const [, , sentence] of wrong) expect(sentence).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it.each([
    ['Dev', 'in capitals'],
    ['', 'empty'],
    ['1dev', 'with a leading digit, which Docker takes and Postgres does not'],
    ['dev/../prod', 'with a slash'],
    ['dev\nprod', 'with a line break'],
    ["dev'prod", 'with a quote'],
    ['dev-', 'with a hyphen at its end'],
    ['d'.repeat(31), 'that is too long'],
  ])('a stack named %j, %s', (stack) => {
    expect(() => parseEnvironment({}, { stack })).toThrow(
      expect.objectContaining({
        problems: [
          `stack is ${stack === '' ? 'an empty string' : JSON.stringify(stack)} but must be 1 to 30 lower-case letters, digits and hyphens, beginning with a letter: rename the stack`,
        ],
      }),
    );
  });

  it('an encrypted setting: its value is neither used nor shown', () => {
    const raw = { 'plinth:postgres': '{"database":"geheim-geheim"}' };
    expect(() => parseEnvironment(raw, { stack: 'dev', secretKeys: ['plinth:postgres'] })).toThrow(
      expect.objectContaining({
        problems: ['postgres is encrypted but is not a secret: set it again without --secret'],
      }),
    );
  });

  it('a key in a namespace that is nearly the right one', () => {
    expect(() => parseEnvironment({ 'plint:preset': 'large' }, { stack: 'dev' })).toThrow(
      expect.objectContaining({
        problems: ['plint:preset is in an unknown namespace: did you mean plinth:preset?'],
      }),
    );
  });

  it('with a key that would reach the prototype', () => {
    const raw = { 'plinth:users': '{"__proto__":{"like":"app"}}', 'plinth:__proto__': '{}' };
    expect(() => parseEnvironment(raw, { stack: 'dev' })).toThrow(
      expect.objectContaining({
        problems: [
          '__proto__ is not a setting: an environment knows preset, timezone, postgres, pgbouncer, redis, exporters, backup, monitoring, logs, users, access, application, docker',
          'users.__proto__ names a role but may contain only a to z, 0 to 9 and _, and must begin with a letter: choose another name',
        ],
      }),
    );
  });
});

describe('several mistakes', () => {
  const told = (yaml: string): readonly string[] => {
    try {
      parseEnvironment(rawFromYaml(yaml), { stack: 'dev' });
      return [];
    } catch (error) {
      return (error as { problems: readonly string[] }).problems;
    }
  };

  it('are told at once, single settings and sums alike', () => {
    expect(
      told(
        'preset: small\npostgres: { memory: 1G, prot: 1 }\nredis: { cache: { port: 6432 } }\napplication: { seed: 1 }',
      ),
    ).toEqual([
      'application.seed is 1 but must be true or false: write true',
      'postgres.memory is "1G" but the units are B, KiB, MiB and GiB: write "1GiB"',
      'postgres.prot is not a setting: did you mean port?',
      'redis.cache.port is 6432 but pgbouncer.port uses the same port: choose different ports',
    ]);
  });

  it('do not include the consequences of another mistake', () => {
    // Were the text replaced by the default of 40, the pools would seem too large.
    expect(
      told(
        'postgres: { maxConnections: "200" }\npgbouncer: { maxDbConnections: 150, defaultPoolSize: 70 }',
      ),
    ).toEqual(expect.not.arrayContaining([expect.stringContaining('the pools ask for')]));
    expect(told('preset: medum\npgbouncer: { maxDbConnections: 50, defaultPoolSize: 20 }')).toEqual(
      ['preset is "medum" but must be small, medium or large: choose one of them'],
    );
    expect(
      told(
        'postgres: { maxConnection: 200 }\npgbouncer: { maxDbConnections: 150, maxUserConnections: 150, defaultPoolSize: 70 }',
      ),
    ).toEqual(['postgres.maxConnection is not a setting: did you mean maxConnections?']);
  });
});
