import { describe, expect, it } from '@jest/globals';
import { loginOf, psqlArguments } from '../../../cli/commands/psql.ts';

const tenant = 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d';
const always = ['--no-psqlrc', '--no-password', '--set', 'ON_ERROR_STOP=1'];

describe('psqlArguments', () => {
  it('sets the tenant in the transaction of the statement', () => {
    expect(psqlArguments({ tenant: 'SET LOCAL app.x = 1', sql: 'select 1' })).toEqual([
      ...always,
      '--quiet',
      '--single-transaction',
      '--command',
      'SET LOCAL app.x = 1',
      '--command',
      'select 1',
    ]);
  });

  it('opens no transaction of its own without a tenant', () => {
    expect(psqlArguments({ sql: 'vacuum' })).toEqual([...always, '--command', 'vacuum']);
    expect(psqlArguments({ tenant })).toEqual(always);
  });
});

describe('loginOf', () => {
  const urls = {
    app: { psql: 'postgresql://app_a:x@h:6432/d', direct: 'postgresql://app_a:x@h:55432/d' },
    migrator: { psql: 'postgresql://migrator_a:x@h:55432/d' },
    'redis-cache': { url: 'redis://app:x@h:1/0' },
  };
  it('is pooled unless asked for directly', () => {
    expect(loginOf(urls, 'app', false).port).toBe(6432);
    expect(loginOf(urls, 'app', true).port).toBe(55432);
    expect(loginOf(urls, 'migrator', true).port).toBe(55432);
  });
  it.each(['nobody', 'redis-cache', 'constructor'])('names the users when asked for %s', (user) => {
    expect(() => loginOf(urls, user, false)).toThrow(
      `--as is ${JSON.stringify(user)}, but the users of this environment are app, migrator`,
    );
  });
});
