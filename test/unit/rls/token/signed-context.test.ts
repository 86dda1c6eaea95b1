/**
 * The signed tenant against a real Postgres inside this process, through the driver that applications use.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import fc from 'fast-check';
import pg from 'pg';
import type { TenantType } from '../../../../rls/model/tenancy.ts';
import { signedContextSql } from '../../../../rls/token/sql.ts';
import {
  attacks,
  attempt,
  COUNT,
  KEY,
  MINE,
  OWN_ROWS,
  runAll,
  SCENE,
  THEIRS,
  token,
} from '../../../support/rls/signed-attacks.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';
import { runs } from '../../../support/runs.ts';

declare const PGlite: typeof pglite.PGlite;

const DATABASE = 'postgres';
let db: pglite.PGlite;
let server: PGliteServer;

beforeAll(async () => {
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec(`
    create role app nologin;
    create role readonly nologin;
    create role migrator login;
    create role backup login bypassrls in role pg_read_all_data;
    create role stranger login;
    create role app_a login in role app;
    create role readonly_a login in role readonly;`);
  await db.exec('begin');
  await runAll(
    signedContextSql({
      database: DATABASE,
      type: 'uuid',
      roles: ['app', 'readonly'],
      keys: { [KEY.id]: KEY.secret },
    }),
    (sql, values) => db.query(sql, values),
  );
  await db.exec('commit');
  await db.exec(SCENE);
}, 120_000);

afterAll(async () => {
  await server.close();
  await db.close();
});

type Run = (sql: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;

/** A connection of that login, for as long as the work takes. */
async function as<T>(login: string, work: (run: Run) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: login,
    database: DATABASE,
  });
  await client.connect();
  try {
    return await work(async (sql, values) => {
      const result = await client.query<Record<string, unknown>>(sql, values);
      return Array.isArray(result) ? [] : result.rows;
    });
  } finally {
    await client.end();
    await server.quiet();
  }
}

const refusal = (error: unknown) => {
  const { code, message } = error as { code: string; message: string };
  return { code, message };
};

describe('an attack', () => {
  it.each(attacks(DATABASE))('$name', async (attack) => {
    const { ends, message } = await as('app_a', (run) => attempt(attack, run));
    expect({ ends, message }).toEqual({ ends: attack.ends, message });
    expect(message).not.toMatch(/[0-9a-f]{16}/);
  });
});

describe('a refusal', () => {
  const said = (bad: string) =>
    as('app_a', (run) =>
      run('select tenant.enter($1)', [bad]).then(
        () => 'in',
        (error: unknown) => refusal(error).message,
      ),
    );

  it('says why, and nothing of the token', async () => {
    expect(await said('rubbish')).toBe('tenant token refused: it is malformed');
    expect(await said(token(DATABASE, { key: { ...KEY, id: 'k9' } }))).toBe(
      'tenant token refused: its key is unknown or no longer valid',
    );
    expect(await said(token('elsewhere'))).toBe(
      'tenant token refused: its signature is wrong, or it was made for another database',
    );
    expect(await said(token(DATABASE, { expiresAt: new Date(1000) }))).toBe(
      'tenant token refused: it has expired',
    );
    expect(await said(token(DATABASE, { tenant: 'nobody' }))).toBe(
      'invalid input syntax for type uuid: "nobody"',
    );
    expect(await said(token(DATABASE))).toBe('in');
  });

  it('does not tell of an expiry to somebody who cannot sign', async () => {
    const old = token('elsewhere', { expiresAt: new Date(1000) });
    expect(await said(old)).toMatch(/its signature is wrong/);
  });

  it('in a savepoint leaves the tenant that was there', async () => {
    const rows = await as('app_a', async (run) => {
      await run('begin');
      await run('select tenant.enter($1)', [token(DATABASE)]);
      await run('savepoint s');
      await run('select tenant.enter($1)', ['rubbish']).catch(() => undefined);
      await run('rollback to s');
      return run(COUNT);
    });
    expect(rows).toEqual([{ n: OWN_ROWS }]);
  });
});

describe('a key', () => {
  it('is read by the keeper, the superuser and whoever may read everything, and by nobody else', async () => {
    for (const login of ['app_a', 'readonly_a', 'migrator', 'stranger']) {
      const answer = await as(login, (run) => run('select * from tenant.keys').catch(refusal));
      expect(answer).toMatchObject({ code: '42501' });
    }
    // A dump that misses a table is no backup.
    expect(await as('backup', (run) => run('select id from tenant.keys'))).toEqual([{ id: 'k1' }]);
  });

  it('is told by nothing that the application may look at', async () => {
    const seen = await as('app_a', async (run) => {
      await run('begin');
      await run('select tenant.enter($1)', [token(DATABASE)]);
      return JSON.stringify([
        await run(`select * from pg_proc where pronamespace = 'tenant'::regnamespace`),
        await run('select name, setting, reset_val from pg_settings'),
        await run('select * from pg_stat_activity'),
        await run('select * from pg_stats'),
        await run(`explain (verbose, analyze) select * from proof.things`),
        await run(`explain (verbose, analyze) select tenant.enter('${token(DATABASE)}')`),
      ]);
    });
    expect(seen).toContain(Buffer.from(MINE).toString('hex'));
    for (const pad of [0, 0x36, 0x5c]) {
      expect(seen).not.toContain((0xa1 ^ pad).toString(16).repeat(8));
    }
  });
});

describe('whoever is not of the application', () => {
  it.each(['stranger', 'migrator'])('%s neither enters nor asks', async (login) => {
    for (const sql of [
      'select tenant.id()',
      `select tenant.enter('x')`,
      `select tenant.become('${MINE}')`,
    ])
      expect(await as(login, (run) => run(sql).catch(refusal))).toMatchObject({ code: '42501' });
  });

  it('sets no tenant for all sessions of a database that it owns', async () => {
    await db.exec('alter database postgres owner to migrator');
    const sql = `alter database postgres set backtrace_functions = 'tenant_00'`;
    expect(await as('migrator', (run) => run(sql).catch(refusal))).toMatchObject({ code: '42501' });
    await db.exec('alter database postgres owner to postgres');
  });

  it('is the superuser, who sows as anybody by his word', async () => {
    await db.exec(
      `begin; grant execute on function tenant.become to app; set local role app; select tenant.become('${THEIRS}')`,
    );
    expect((await db.query('select tenant.id()')).rows).toEqual([{ id: THEIRS }]);
    await db.exec('select tenant.become(null)');
    expect((await db.query('select tenant.id()')).rows).toEqual([{ id: null }]);
    await db.exec('rollback');
  });

  it('uses the parameter for what it is for, and that is no tenant', async () => {
    for (const value of ['errfinish', 'tenant', 'x,tenant_00', '']) {
      await db.exec(`begin; set local backtrace_functions = '${value}'`);
      expect((await db.query('select tenant.id()')).rows).toEqual([{ id: null }]);
      await db.exec('rollback');
    }
  });
});

it('a prepared statement sees the rows of whoever runs it', async () => {
  const seen = await as('app_a', async (run) => {
    await run(`prepare things as ${COUNT}`);
    const counts: unknown[] = [];
    // More than five times: by then Postgres has settled on one plan for all.
    for (const tenant of [MINE, THEIRS, MINE, THEIRS, MINE, THEIRS, MINE, undefined, THEIRS]) {
      await run('begin');
      if (tenant !== undefined) await run('select tenant.enter($1)', [token(DATABASE, { tenant })]);
      counts.push((await run('execute things'))[0]?.['n']);
      await run('commit');
    }
    return counts;
  });
  expect(seen).toEqual([3, 5, 3, 5, 3, 5, 3, 0, 5]);
});

const letters = fc.oneof(
  fc.constantFrom(...Array.from('0123456789abcdefABC.-_ \n')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

it('a token with any byte changed is refused', async () => {
  const good = token(DATABASE);
  await as('app_a', (run) =>
    fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), letters, async (at, letter) => {
        fc.pre(good[at] !== letter && !letter.includes('\0'));
        const bad = good.slice(0, at) + letter + good.slice(at + 1);
        const answer = await run('select tenant.enter($1)', [bad]).catch(refusal);
        expect(answer).toMatchObject({ code: '28000' });
      }),
      { numRuns: runs(300) },
    ),
  );
});

describe('a tenant of any type comes out as it went in', () => {
  const values: Readonly<Record<TenantType, fc.Arbitrary<string>>> = {
    uuid: fc.uuid(),
    bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    integer: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(String),
    text: fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\0')),
  };

  let other: pglite.PGlite;
  beforeAll(async () => {
    other = await PGlite.create();
    await other.exec('create role app');
  });
  afterAll(() => other.close());

  it.each(Object.keys(values) as TenantType[])('%s', async (type) => {
    await other.exec('drop schema if exists tenant cascade; begin');
    await runAll(
      signedContextSql({
        database: DATABASE,
        type,
        roles: ['app'],
        keys: { [KEY.id]: KEY.secret },
      }),
      (sql, given) => other.query(sql, given),
    );
    await other.exec('commit; set session authorization app');
    await fc.assert(
      fc.asyncProperty(values[type], async (tenant) => {
        await other.exec('begin');
        await other.query('select tenant.enter($1)', [token(DATABASE, { tenant })]);
        const { rows } = await other.query(
          'select tenant.id()::text as id, pg_typeof(tenant.id())::text as type',
        );
        expect(rows).toEqual([{ id: tenant, type }]);
        await other.exec('commit');
      }),
      { numRuns: runs(60) },
    );
    await other.exec('reset session authorization; set session authorization postgres');
  });
});
