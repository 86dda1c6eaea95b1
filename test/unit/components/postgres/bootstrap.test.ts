/**
 * What the pooler may ask the server, on a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { bootstrapSql } from '../../../../components/postgres/bootstrap.ts';
import { scramVerifier } from '../../../../components/roles/scram.ts';

declare const PGlite: typeof pglite.PGlite;

const VERIFIER = scramVerifier('canary', 'TX+Vf4lrj4BHE1yhEfKqDw==');

let db: pglite.PGlite;

beforeAll(async () => {
  db = await PGlite.create();
  // As left behind by somebody who meant well.
  await db.exec(`create role pgbouncer superuser password '${VERIFIER}'`);
  await db.exec(bootstrapSql());
  await db.exec(bootstrapSql());
  await db.exec(`
    create role app_a login password '${VERIFIER}';
    create role app_b nologin password '${VERIFIER}';
    create role open_end login password '${VERIFIER}' valid until 'infinity';
    create role expired login password '${VERIFIER}' valid until '2001-01-01';
    create role admin login superuser password '${VERIFIER}';
    create role replica login replication password '${VERIFIER}';
    create role backup_a login bypassrls password '${VERIFIER}';
    create role bare login;
  `);
}, 120_000);

afterAll(() => db.close());

/** What `login` gets for its statement; the server's words when it gets nothing. */
async function as(login: string, sql: string, params: unknown[] = []): Promise<unknown> {
  await db.exec(`set session authorization ${login}`);
  try {
    return (await db.query(sql, params)).rows;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await db.exec('set session authorization postgres');
  }
}

const lookUp = (user: string) =>
  as('pgbouncer', 'select username, password from pgbouncer.user_lookup($1)', [user]);

describe('the look-up of the pooler', () => {
  it.each(['app_a', 'open_end'])('answers with the verifier of %s', async (user) => {
    expect(await lookUp(user)).toEqual([{ username: user, password: VERIFIER }]);
  });

  it('answers without a verifier for a login that has none', async () => {
    expect(await lookUp('bare')).toEqual([{ username: 'bare', password: null }]);
  });

  it.each([
    'app_b',
    'expired',
    'admin',
    'replica',
    'backup_a',
    'postgres',
    'nobody',
    "app_a' or true --",
  ])('does not answer for %s', async (user) => {
    expect(await lookUp(user)).toEqual([]);
  });

  it('is for the pooler only', async () => {
    expect(await as('app_a', `select pgbouncer.user_lookup('app_a')`)).toBe(
      'permission denied for schema pgbouncer',
    );
    await db.exec('grant usage on schema pgbouncer to app_a');
    expect(await as('app_a', `select pgbouncer.user_lookup('app_a')`)).toBe(
      'permission denied for function user_lookup',
    );
  });

  it('cannot be led astray by objects of whoever calls it', async () => {
    const { rows } = await db.query(
      `select prosecdef, proconfig, pg_get_userbyid(proowner) as owner
         from pg_proc where proname = 'user_lookup'`,
    );
    expect(rows).toEqual([{ prosecdef: true, proconfig: ['search_path=""'], owner: 'postgres' }]);
  });
});

describe('the role of the pooler', () => {
  it('may log in, has no password and no power, whatever it had before', async () => {
    const { rows } = await db.query(`
      select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolinherit, rolreplication,
             rolbypassrls, rolpassword, rolconnlimit
        from pg_authid where rolname = 'pgbouncer'`);
    expect(rows).toEqual([
      {
        rolcanlogin: true,
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolinherit: false,
        rolreplication: false,
        rolbypassrls: false,
        rolpassword: null,
        rolconnlimit: -1,
      },
    ]);
  });

  it('cannot read verifiers past the look-up', async () => {
    expect(await as('pgbouncer', 'select rolpassword from pg_authid')).toBe(
      'permission denied for table pg_authid',
    );
  });

  it('is the only one with the server’s own database', async () => {
    const { rows } = await db.query(`
      select rolname from pg_roles
       where not rolsuper and has_database_privilege(rolname, 'postgres', 'connect')
       order by 1`);
    expect(rows).toEqual([{ rolname: 'pgbouncer' }]);
  });
});
