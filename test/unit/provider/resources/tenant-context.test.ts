/**
 * The functions by which policies know the tenant, made and watched, against a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { mintToken } from '../../../../rls/token/token.ts';
import { withClient } from '../../../../provider/connection.ts';
import { tenantContext, type ContextState } from '../../../../provider/resources/tenant-context.ts';
import type { ContextInputs } from '../../../../provider/resources/tenant-context/inputs.ts';
import { superuser } from '../../../support/rls/row-security.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;
let server: PGliteServer;

beforeAll(async () => {
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec(`
    create role app nologin; create role readonly nologin; create role other nologin;
    create role app_a login in role app; create role readonly_a login in role readonly;
    create role other_a login in role other;`);
}, 120_000);

afterAll(async () => {
  await server.close();
  await db.close();
});

afterEach(async () => {
  server.cutAt(undefined);
  await server.quiet();
  await db.exec(`
    drop table if exists things cascade;
    drop schema if exists tenant cascade;
    do $$ begin
      if to_regrole('tenant_keeper') is not null then
        revoke all on parameter backtrace_functions from tenant_keeper, other;
        drop owned by tenant_keeper;
        drop role tenant_keeper;
      end if;
    end $$`);
});

const K1 = 'a1'.repeat(32);
const K2 = 'b2'.repeat(32);
const TENANT = 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d';

const inputs = (more: Partial<ContextInputs> = {}): ContextInputs => ({
  connection: superuser(server.port),
  database: 'postgres',
  mode: 'signed',
  setting: 'app.tenant',
  type: 'uuid',
  roles: ['app', 'readonly'],
  keys: { k1: K1 },
  ...more,
});
const create = async (more?: Partial<ContextInputs>) =>
  (await tenantContext.create(inputs(more))).state;
const update = (state: ContextState, more?: Partial<ContextInputs>) =>
  tenantContext.update!('postgres', state, inputs(more));
const read = async (state: ContextState) => (await tenantContext.read!('postgres', state))!;
const remove = (state: ContextState) => tenantContext.delete!('postgres', state);
const differs = async (state: ContextState, more?: Partial<ContextInputs>) =>
  (await tenantContext.diff(state, inputs(more))).changed;

/** As the superuser, behind the back of whoever declared it. */
async function byHand(sql: string): Promise<void> {
  await server.quiet();
  await db.exec(sql);
}

const token = (id = 'k1', secret = K1) =>
  mintToken({
    key: { id, secret },
    database: 'postgres',
    tenant: TENANT,
    expiresAt: new Date(Date.now() + 60_000),
  });

/** The tenant of a transaction that enters with a token; Postgres's words when it is refused. */
async function tenantOf(said = token(), login = 'app_a'): Promise<unknown> {
  await server.quiet();
  return withClient({ ...superuser(server.port), user: login }, async (client) => {
    try {
      await client.query('begin');
      await client.query('select tenant.enter($1)', [said]);
      return (await client.query<{ id: string }>('select tenant.id()')).rows[0]?.id;
    } catch (error) {
      return (error as Error).message;
    }
  });
}

describe('a signed context', () => {
  it('lets the declared roles enter, and nobody else', async () => {
    await create();
    expect(await tenantOf()).toBe(TENANT);
    expect(await tenantOf(token(), 'readonly_a')).toBe(TENANT);
    expect(await tenantOf(token(), 'other_a')).toBe('permission denied for schema tenant');
  });

  it('belongs to a role that nobody is and that can do nothing else', async () => {
    await create();
    await server.quiet();
    const { rows } = await db.query(
      `select rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as powers,
              (select count(*)::int from pg_auth_members where 'tenant_keeper'::regrole in (member, roleid)) as bonds
         from pg_roles where rolname = 'tenant_keeper'`,
    );
    expect(rows).toEqual([{ powers: false, bonds: 0 }]);
  });

  it('is made once more without a difference, so that a killed run can be repeated', async () => {
    const state = await create();
    expect(await create()).toEqual(state);
    expect(state.drift).toEqual([]);
    expect(await differs(state)).toEqual([]);
  });

  it('of a run that was cut off leaves nothing behind, and is made the next time', async () => {
    server.cutAt(/GRANT SET ON PARAMETER/);
    await expect(create()).rejects.toThrow('Connection terminated unexpectedly');
    server.cutAt(undefined);
    await server.quiet();
    expect((await db.query(`select to_regnamespace('tenant') as schema`)).rows).toEqual([
      { schema: null },
    ]);
    await create();
    expect(await tenantOf()).toBe(TENANT);
  });

  it('keeps no secret but those that were declared, and those only among the keys', async () => {
    const { keys, connection, ...rest } = await create();
    expect(keys).toEqual({ k1: K1 });
    expect(connection.password).toBe('canary-password');
    for (const secret of ['a1'.repeat(8), '97'.repeat(8), 'fd'.repeat(8), 'canary'])
      expect(JSON.stringify(rest)).not.toContain(secret);
  });
});

describe('a rotation of keys', () => {
  const old = () => tenantOf(token('k1', K1));
  const fresh = () => tenantOf(token('k2', K2));

  it('takes both for a time, then only the new one', async () => {
    const first = await create();
    expect(await fresh()).toMatch(/its key is unknown/);
    const both = await update(first, { keys: { k1: K1, k2: K2 } });
    expect([await old(), await fresh()]).toEqual([TENANT, TENANT]);
    await update(both, { keys: { k2: K2 } });
    expect(await old()).toMatch(/its key is unknown/);
    expect(await fresh()).toBe(TENANT);
  });

  it('with a new secret under the same name ends the old secret', async () => {
    await update(await create(), { keys: { k1: K2 } });
    expect(await old()).toMatch(/its signature is wrong/);
    expect(await tenantOf(token('k1', K2))).toBe(TENANT);
  });

  it('says so in the preview, without the secrets', async () => {
    const state = await create();
    const { changed, details, words } = await tenantContext.diff(
      state,
      inputs({ keys: { k2: K2 }, roles: ['app', 'other'] }),
    );
    expect(changed).toEqual(['roles', 'keys']);
    expect(details).toEqual({ roles: 'update', keys: 'update' });
    expect(words).toEqual([
      'tokens signed with k2 are accepted',
      'tokens signed with k1 are refused',
      'other may have a tenant',
      'readonly may not have a tenant',
    ]);
  });
});

describe('a difference', () => {
  it('is of value: not of order, not of the login, not of a setting that nobody reads', async () => {
    const state = await create({ keys: { k1: K1, k2: K2 } });
    const connection = { ...superuser(1), user: 'root', password: 'new', host: 'elsewhere' };
    const more = {
      connection,
      roles: ['readonly', 'app'],
      keys: { k2: K2, k1: K1 },
      setting: 'x.y',
    };
    expect(await differs(state, more)).toEqual([]);
  });

  it('of the statements that made it is one, so that a better function gets into old environments', async () => {
    expect(await differs({ ...(await create()), version: 'older' })).toEqual(['version']);
  });

  it('of the database is another context', async () => {
    const state = await create();
    expect((await tenantContext.diff(state, inputs({ database: 'b' }))).replace).toEqual([
      'database',
    ]);
  });
});

describe('a look at what is there', () => {
  const changes: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'a function that was changed',
      `create or replace function tenant.id() returns uuid language sql return '${TENANT}'::uuid`,
      ['definition of tenant.id() was changed'],
    ],
    [
      'a function that runs as its caller',
      'alter function tenant.enter(text) security invoker',
      ['definition of tenant.enter(token text) was changed'],
    ],
    [
      'a function with a search path',
      'alter function tenant.enter(text) set search_path = public',
      ['definition of tenant.enter(token text) was changed'],
    ],
    [
      'another owner',
      'alter function tenant.become(uuid) owner to other',
      [
        'owner of tenant.become(who uuid): other instead of tenant_keeper',
        'privileges on tenant.become(who uuid): other=X/other instead of tenant_keeper=X/tenant_keeper',
      ],
    ],
    [
      'a grant too many',
      'grant execute on function tenant.become(uuid) to other',
      [
        'privileges on tenant.become(who uuid): other=X/tenant_keeper tenant_keeper=X/tenant_keeper ' +
          'instead of tenant_keeper=X/tenant_keeper',
      ],
    ],
    [
      'a grant too few',
      'revoke usage on schema tenant from readonly',
      [
        'privileges on schema tenant: app=U/tenant_keeper tenant_keeper=UC/tenant_keeper ' +
          'instead of app=U/tenant_keeper readonly=U/tenant_keeper tenant_keeper=UC/tenant_keeper',
      ],
    ],
    [
      'keys that others may read',
      'grant select on tenant.keys to other',
      [
        'privileges on tenant.keys: other=r/tenant_keeper tenant_keeper=arwdDxtm/tenant_keeper ' +
          'instead of tenant_keeper=arwdDxtm/tenant_keeper',
      ],
    ],
    [
      'a key too many',
      `insert into tenant.keys values ('mine', '', '')`,
      ['key mine is there and was not declared'],
    ],
    ['a key that was changed', `update tenant.keys set inside = ''`, ['key k1 was changed']],
    ['a key that is gone', 'delete from tenant.keys', ['key k1 is gone']],
    [
      'a trigger that would see keys',
      `create trigger t before insert on tenant.keys for each row execute function suppress_redundant_updates_trigger()`,
      ['definition of tenant.keys was changed'],
    ],
    [
      'a member of the keeper',
      'grant tenant_keeper to other',
      ['membership of other in tenant_keeper is there and was not declared'],
    ],
    [
      'a keeper with powers',
      'alter role tenant_keeper bypassrls login',
      ['powers of role tenant_keeper: none canlogin bypassrls instead of none'],
    ],
    [
      'somebody else who may set the tenant',
      'grant set on parameter backtrace_functions to other',
      [
        'privileges on parameter backtrace_functions: other=s/postgres postgres=sA/postgres tenant_keeper=s/postgres ' +
          'instead of postgres=sA/postgres tenant_keeper=s/postgres',
      ],
    ],
    [
      'a second function of the name',
      'create function tenant.id(n int) returns uuid language sql return null::uuid',
      [
        'definition of tenant.id(n integer) is there and was not declared',
        'owner of tenant.id(n integer) is there and was not declared',
        'privileges on tenant.id(n integer) is there and was not declared',
      ],
    ],
  ];

  it('finds nothing where nothing was changed', async () => {
    const state = await create();
    expect(await read(state)).toEqual(state);
  });

  it.each(changes)('finds %s, and an update puts it right', async (name, sql, drift) => {
    const state = await create();
    await byHand(sql);
    const found = await read(state);
    expect(found.drift).toEqual(drift);
    expect(await differs(found)).toEqual(['drift']);
    expect((await tenantContext.diff(found, inputs())).words).toEqual(drift);
    if (name.startsWith('a trigger') || name.startsWith('a second')) {
      // What came from elsewhere is nobody's to throw away.
      await expect(update(found)).rejects.toThrow(/^the tenant context: (table|schema) tenant/);
    } else {
      const healed = await update(found);
      expect(healed.drift).toEqual([]);
      expect(healed.made).toEqual(state.made);
      expect(await tenantOf()).toBe(TENANT);
    }
  });

  it('finds the whole schema gone, and an update makes it again', async () => {
    const state = await create();
    await byHand('drop schema tenant cascade');
    const found = await read(state);
    expect(found.drift).toContain('definition of tenant.enter(token text) is gone');
    expect(found.drift).toContain('owner of schema tenant is gone');
    await update(found);
    expect(await tenantOf()).toBe(TENANT);
  });
});

describe('the other level', () => {
  const asks = `create table things (tenant uuid); alter table things enable row level security;
    create policy p on things using (tenant = (select tenant.id())); grant select on things to app;
    insert into things values ('${TENANT}')`;

  it('takes over in place, under the policies that ask', async () => {
    const plain = await create({ mode: 'setting', keys: {} });
    await byHand(asks);
    const signed = await update(plain, {});
    expect(await tenantOf()).toBe(TENANT);
    // The setting of level 1 says nothing any more.
    await server.quiet();
    await db.exec(`begin; set local role app; set local app.tenant = '${TENANT}'`);
    expect((await db.query('select * from things')).rows).toEqual([]);
    await db.exec('rollback');

    expect((await tenantContext.diff(signed, inputs({ mode: 'setting', keys: {} }))).words).toEqual(
      ['the tenant is whom the setting app.tenant names', 'tokens signed with k1 are refused'],
    );
    const back = await update(signed, { mode: 'setting', keys: {} });
    expect(back.made).toEqual(plain.made);
    expect(await tenantOf()).toMatch(/function tenant.enter\(unknown\) does not exist/);
    await server.quiet();
    await db.exec(`begin; set local role app; set local app.tenant = '${TENANT}'`);
    expect((await db.query('select * from things')).rows).toEqual([{ tenant: TENANT }]);
    await db.exec('rollback');
    expect((await db.query(`select to_regrole('tenant_keeper') as keeper`)).rows).toEqual([
      { keeper: null },
    ]);
  });

  it('is watched as well', async () => {
    const state = await create({ mode: 'setting', keys: {} });
    expect((await read(state)).drift).toEqual([]);
    await byHand('grant execute on function tenant.become(uuid) to app');
    expect((await read(state)).drift).toEqual([
      'privileges on tenant.become(who uuid): app=X/postgres postgres=X/postgres instead of postgres=X/postgres',
    ]);
  });
});

describe('another type of tenant', () => {
  it('is taken while nobody asks', async () => {
    const state = await create();
    expect(await differs(state, { type: 'bigint' })).toContain('type');
    const { made } = await update(state, { type: 'bigint' });
    expect(Object.keys(made)).toContain('definition of tenant.become(who bigint)');
    expect(Object.keys(made)).not.toContain('definition of tenant.become(who uuid)');
  });

  it('is refused while a policy asks, and by name', async () => {
    const state = await create();
    await byHand(
      'create table things (tenant uuid); create policy p on things using (tenant = (select tenant.id()))',
    );
    await expect(update(state, { type: 'text' })).rejects.toThrow(
      'the tenant context: tenant.id() returns uuid but the tenant is declared as text, and it is asked by ' +
        'policy p on table things: remove those first',
    );
    expect(await tenantOf()).toBe(TENANT);
  });
});

describe('an end', () => {
  it('leaves nothing when nobody asks', async () => {
    await remove(await create());
    await server.quiet();
    const { rows } = await db.query(
      `select to_regnamespace('tenant') as schema, to_regrole('tenant_keeper') as keeper,
              (select count(*)::int from pg_parameter_acl) as grants`,
    );
    expect(rows).toEqual([{ schema: null, keeper: null, grants: 0 }]);
    await remove({ ...(await create()), mode: 'setting' });
  });

  it('while policies ask shuts everybody out instead, and can be undone', async () => {
    const state = await create();
    await byHand(`create table things (tenant uuid); alter table things enable row level security;
      create policy p on things using (tenant = (select tenant.id())); grant select on things to app`);
    await remove(state);
    expect(await tenantOf()).toBe('permission denied for schema tenant');
    await server.quiet();
    expect((await db.query('select * from tenant.keys')).rows).toEqual([]);
    await db.exec('begin; set local role app');
    await expect(db.query('select * from things')).rejects.toThrow(
      'permission denied for function id',
    );
    await db.exec('rollback');
    await create();
    expect(await tenantOf()).toBe(TENANT);
  });
});

describe('what is declared', () => {
  const check = (more: Partial<ContextInputs>) => tenantContext.check?.(inputs(more));

  it('is checked before anything is done, and no secret is told', () => {
    expect(check({})).toEqual([]);
    expect(check({ mode: 'setting', keys: {} })).toEqual([]);
    // What a preview sends for a secret that is still to be made.
    expect(check({ keys: { k1: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' } })).toEqual([]);
    expect(check({ keys: {} })).toEqual([
      { property: 'keys', reason: 'is empty, so nobody could enter: give at least one key' },
    ]);
    const [failure, second] = check({ keys: { 'k.1': K1, k2: 'canary' } }) ?? [];
    expect(failure).toEqual({
      property: 'keys.k.1',
      reason: expect.stringMatching(/^id "k\.1" may hold only/),
    });
    expect(second?.reason).toBe('secret is not hexadecimal: make one with `openssl rand -hex 32`');
  });

  it('is not mixed with what others put into the schema', async () => {
    await byHand(
      'create schema tenant; create table tenant.rents (id int); create function tenant.pay() returns int language sql return 1',
    );
    await expect(create()).rejects.toThrow(
      'the tenant context: schema tenant holds tenant.pay(), tenant.rents, but only the tenant context may live in it: ' +
        'move that to another schema, or drop it',
    );
  });
});
