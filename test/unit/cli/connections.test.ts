import { describe, expect, it } from '@jest/globals';
import {
  endpointsFrom,
  loginFrom,
  masked,
  maskedUrls,
  passfileLine,
  urlsFrom,
} from '../../../cli/connections.ts';
import { urlList } from '../../../cli/commands/urls.ts';

const outputs = {
  endpoints: {
    pooled: { host: '127.0.0.1', port: 6432 },
    metrics: [{ job: 'postgres', host: 'x', port: 1 }],
  },
  urls: {
    app: { psql: 'postgresql://app_a:s%3Acret@127.0.0.1:6432/classrooms?application_name=psql' },
  },
};

describe('outputs', () => {
  it('give endpoints and connection strings, and nothing else', () => {
    expect(endpointsFrom(outputs)).toEqual({ pooled: { host: '127.0.0.1', port: 6432 } });
    expect(urlsFrom(outputs)).toEqual(outputs.urls);
    expect([endpointsFrom({}), urlsFrom({ urls: '[secret]' })]).toEqual([{}, {}]);
  });

  it('are listed by user', () => {
    expect(urlList(endpointsFrom(outputs), maskedUrls(urlsFrom(outputs)))).toBe(
      'pooled  127.0.0.1:6432\n\napp\n   psql  postgresql://app_a:****@127.0.0.1:6432/classrooms?application_name=psql',
    );
  });
});

describe('masked', () => {
  it.each([
    ['postgresql://u:p@h:1/d', 'postgresql://u:****@h:1/d'],
    ['postgresql+asyncpg://u:p@h/d?a=b', 'postgresql+asyncpg://u:****@h/d?a=b'],
    ['redis://u:p@h:1/0', 'redis://u:****@h:1/0'],
    ['redis://:p@h:1/0', 'redis://:****@h:1/0'],
    ['postgresql://u@h/d', 'postgresql://u@h/d'],
  ])('%s', (url, expected) => {
    expect(masked(url)).toBe(expected);
  });
});

describe('a login', () => {
  it('comes out of its connection string unescaped', () => {
    expect(loginFrom('postgresql://a%40b:s%3Acr%2Fet@127.0.0.1/my%20db?x=1')).toEqual({
      host: '127.0.0.1',
      port: 5432,
      user: 'a@b',
      password: 's:cr/et',
      database: 'my db',
    });
  });

  it('goes into a password file with its own escapes', () => {
    const login = { host: 'h', port: 1, database: 'd:d', user: 'u', password: 'a\\b:c' };
    expect(passfileLine(login)).toBe('h:1:d\\:d:u:a\\\\b\\:c\n');
  });
});
