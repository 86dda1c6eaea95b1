import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  libpqUrl,
  prismaUrl,
  redisUrl,
  sqlalchemyAsyncUrl,
  sqlalchemyUrl,
  type LoginTo,
} from '../../../components/connection-strings.ts';
import { runs } from '../../support/runs.ts';

const LOGIN: LoginTo = {
  endpoint: { host: '127.0.0.1', port: 6432 },
  database: 'classrooms',
  user: 'app_a',
  password: 'p@ss/w:rd?#%&= +é',
};
const WRITTEN = 'app_a:p%40ss%2Fw%3Ard%3F%23%25%26%3D%20%2B%C3%A9@127.0.0.1:6432';

const CLIENTS: [string, (login: LoginTo) => string][] = [
  ['psql', (login) => libpqUrl(login, 'psql')],
  ['Prisma', (login) => prismaUrl(login, 10)],
  ['SQLAlchemy', sqlalchemyUrl],
  ['SQLAlchemy with asyncio', sqlalchemyAsyncUrl],
  ['Redis', redisUrl],
];

describe('a connection string', () => {
  it.each([
    [
      'psql',
      libpqUrl(LOGIN, 'my tool'),
      `postgresql://${WRITTEN}/classrooms?application_name=my%20tool`,
    ],
    [
      'Prisma',
      prismaUrl(LOGIN, 7),
      `postgresql://${WRITTEN}/classrooms?schema=public&connection_limit=7&pool_timeout=20&connect_timeout=15`,
    ],
    ['SQLAlchemy', sqlalchemyUrl(LOGIN), `postgresql+psycopg://${WRITTEN}/classrooms`],
    ['asyncpg', sqlalchemyAsyncUrl(LOGIN), `postgresql+asyncpg://${WRITTEN}/classrooms`],
    ['Redis', redisUrl(LOGIN), `redis://${WRITTEN}/0`],
  ])('for %s is exactly this', (_client, written, expected) => {
    expect(written).toBe(expected);
  });

  it('for Prisma leaves prepared statements on: the pooler has them', () => {
    expect(new URL(prismaUrl(LOGIN, 1)).searchParams.has('pgbouncer')).toBe(false);
  });

  describe.each(CLIENTS)('for %s', (_client, write) => {
    // Whole characters: half of a surrogate pair is no text that any client could send.
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    const decoded = (part: string) => decodeURIComponent(part);

    it('is read back as the user and password it was made of, and leads nowhere else', () => {
      fc.assert(
        fc.property(text, text, (user, password) => {
          const url = new URL(write({ ...LOGIN, user, password }));
          expect([decoded(url.username), decoded(url.password)]).toEqual([user, password]);
          expect([url.hostname, url.port, url.hash]).toEqual(['127.0.0.1', '6432', '']);
        }),
        { numRuns: runs(300) },
      );
    });
  });

  it('is read back with the database it was made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), (database) => {
        fc.pre(!['.', '..'].includes(database));
        const url = new URL(libpqUrl({ ...LOGIN, database }, 'x'));
        expect(decodeURIComponent(url.pathname)).toBe(`/${database}`);
        expect([...url.searchParams]).toEqual([['application_name', 'x']]);
      }),
      { numRuns: runs(300) },
    );
  });
});
