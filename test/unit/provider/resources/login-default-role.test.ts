/**
 * A login that acts as its role, against a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { loginDefaultRole } from '../../../../provider/resources/login-default-role.ts';
import { withClient, type Connection } from '../../../../provider/connection.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;
let server: PGliteServer;

beforeAll(async () => {
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec(`
    create role migrator nologin;
    create role other nologin;
    create role migrator_a login in role migrator, other;
    create role migrator_b nologin in role migrator;
    create role "O'Neill ""x""" nologin;
    grant "O'Neill ""x""" to migrator_a;
    grant all on schema public to migrator;
  `);
}, 120_000);

afterAll(async () => {
  await server.close();
  await db.close();
});

afterEach(async () => {
  server.cutAt(undefined);
  await server.quiet();
  await db.exec(`
    alter role migrator_a reset all;
    alter role migrator_a login;
    drop table if exists made;
  `);
});

const inputs = (more: Partial<Connection> = {}, role = 'migrator') => ({
  connection: {
    host: '127.0.0.1',
    port: server.port,
    database: 'postgres',
    user: 'migrator_a',
    password: 'canary-password',
    ...more,
  },
  role,
});
const ID = 'migrator_a as migrator';
const create = () => loginDefaultRole.create(inputs());
const read = (state = inputs()) => loginDefaultRole.read?.(ID, state);

/** What Postgres keeps about the login. */
async function settings(): Promise<readonly string[] | null | undefined> {
  await server.quiet();
  const { rows } = await db.query<{ rolconfig: string[] | null }>(
    `select rolconfig from pg_roles where rolname = 'migrator_a'`,
  );
  return rows[0]?.rolconfig;
}

describe('acting as a role', () => {
  it('makes what the login makes from then on belong to the role', async () => {
    expect(await settings()).toBeNull();
    expect(await create()).toEqual({ id: ID, state: inputs() });
    expect(await settings()).toEqual(['role=migrator']);
    await withClient(inputs().connection, (client) => client.query('create table made (id int)'));
    await server.quiet();
    const { rows } = await db.query(
      `select tableowner, session_user from pg_tables where tablename = 'made'`,
    );
    expect(rows).toEqual([{ tableowner: 'migrator', session_user: 'postgres' }]);
  });

  it('holds already and is made once more, so that a killed run can be repeated', async () => {
    await create();
    expect(await create()).toEqual({ id: ID, state: inputs() });
    expect(await settings()).toEqual(['role=migrator']);
    // It is the login that has the setting, and not the role as which it came in.
    const { rows } = await db.query(`select rolname from pg_roles where rolconfig is not null`);
    expect(rows).toEqual([{ rolname: 'migrator_a' }]);
  });

  it('changes from one role to another', async () => {
    await create();
    expect(await loginDefaultRole.create(inputs({}, 'other'))).toEqual({
      id: 'migrator_a as other',
      state: inputs({}, 'other'),
    });
    expect(await settings()).toEqual(['role=other']);
  });

  it('takes a role of any name', async () => {
    const odd = inputs({}, `O'Neill "x"`);
    await loginDefaultRole.create(odd);
    expect(await read(odd)).toEqual(odd);
  });

  it('of a login that is cut off leaves nothing behind, and is done the next time', async () => {
    server.cutAt(/alter role/);
    await expect(create()).rejects.toThrow('Connection terminated unexpectedly');
    expect(await settings()).toBeNull();
    server.cutAt(undefined);
    await create();
    expect(await settings()).toEqual(['role=migrator']);
  });

  it('by a login that cannot get in says who, where and why, and not the password', async () => {
    const error = await loginDefaultRole
      .create(inputs({ user: 'migrator_b' }))
      .catch((cause: unknown) => cause);
    expect(error).toEqual(
      new Error(
        `cannot log in to postgres at 127.0.0.1:${String(server.port)} as migrator_b: ` +
          'role "migrator_b" is not permitted to log in: see `npx plinth status`',
      ),
    );
  });
});

describe('a look at what is there', () => {
  it('finds it where it holds', async () => {
    await create();
    expect(await read()).toEqual(inputs());
  });

  it('sees that it was never so', async () => {
    expect(await read()).toBeUndefined();
  });

  it('sees it gone, after which it can be made again', async () => {
    await create();
    await server.quiet();
    await db.exec('alter role migrator_a reset role');
    expect(await read()).toBeUndefined();
    await create();
    expect(await read()).toEqual(inputs());
  });

  it('sees that the login acts as somebody else', async () => {
    await loginDefaultRole.create(inputs({}, 'other'));
    expect(await read()).toBeUndefined();
  });

  it('by a login that cannot get in finds nothing, and does not fail', async () => {
    await create();
    await server.quiet();
    await db.exec('alter role migrator_a nologin');
    expect(await read()).toBeUndefined();
    expect(await read(inputs({ user: 'nobody' }))).toBeUndefined();
    // Nor where no server listens at all.
    expect(await read(inputs({ port: 1 }))).toBeUndefined();
  });
});

describe('a difference', () => {
  it('of the login or of the role is another one', () => {
    expect(loginDefaultRole.diff(inputs(), inputs({ user: 'migrator_b' }))).toEqual({
      changed: [],
      replace: ['connection'],
    });
    expect(loginDefaultRole.diff(inputs(), inputs({}, 'other'))).toEqual({
      changed: [],
      replace: ['role'],
    });
    expect(loginDefaultRole.diff(inputs(), inputs({ user: 'migrator_b' }, 'other'))).toEqual({
      changed: [],
      replace: ['role', 'connection'],
    });
  });

  it('of how to get in is none', () => {
    const elsewhere = { host: 'db.example', port: 5433, database: 'app', password: 'new' };
    expect(loginDefaultRole.diff(inputs(), inputs(elsewhere))).toEqual({
      changed: [],
      replace: [],
    });
    expect(loginDefaultRole.diff(inputs(), inputs())).toEqual({ changed: [], replace: [] });
  });

  it('never leads to a change in place, nor does an end undo it: the login ends with it', () => {
    expect(loginDefaultRole).not.toHaveProperty('update');
    expect(loginDefaultRole).not.toHaveProperty('delete');
  });
});
