/**
 * Many roles at once, against a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { roleSet } from '../../../../provider/resources/role-set.ts';
import type { RoleStates } from '../../../../provider/resources/role-set/introspect.ts';
import type { RoleArgs } from '../../../../provider/resources/role-set/role.ts';
import { statements } from '../../../../provider/resources/role-set/statements.ts';
import { UNKNOWN } from '../../../../provider/engine/secrets.ts';
import { superuser } from '../../../support/rls/row-security.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;
let server: PGliteServer;

beforeAll(async () => {
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec('create role app; create role readonly; create role powerful; create role other');
}, 120_000);

afterAll(async () => {
  await server.close();
  await db.close();
});

afterEach(async () => {
  server.cutAt(undefined);
  await server.quiet();
  await db.exec(`do $$ declare name text; begin
    for name in select rolname from pg_roles where rolname like 't%' or rolname like 'O%' loop
      execute format('drop owned by %I; drop role %I', name, name);
    end loop; end $$`);
});

const key = (letter: string) => Buffer.alloc(32, letter).toString('base64');
const verifier = (salt: string) => `SCRAM-SHA-256$4096:${key(salt)}$${key('a')}:${key('b')}`;
const VERIFIER = verifier('s');
const OTHER = verifier('t');

type Roles = Readonly<Record<string, RoleArgs>>;
const tenant = (more: Partial<RoleArgs> = {}): RoleArgs => ({
  login: true,
  verifier: VERIFIER,
  memberOf: ['app'],
  connectionLimit: 5,
  settings: { 'app.tenant': '1' },
  ...more,
});
const ROLES: Roles = { t1: tenant(), t2: tenant({ settings: { 'app.tenant': '2' } }) };

const inputs = (roles: Roles = ROLES) => ({ connection: superuser(server.port), roles });
const create = async (roles?: Roles) => (await roleSet.create(inputs(roles))).state;
type State = Awaited<ReturnType<typeof create>>;
const update = (state: State, roles?: Roles) => roleSet.update!('id', state, inputs(roles));
const read = (state: State) => roleSet.read!('id', state);
const diff = async (state: State, roles?: Roles) => roleSet.diff(state, inputs(roles));

async function byHand(sql: string): Promise<void> {
  await server.quiet();
  await db.exec(sql);
}

async function names(): Promise<unknown[]> {
  await server.quiet();
  const { rows } = await db.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname like 't%' order by 1`,
  );
  return rows.map(({ rolname }) => rolname);
}

describe('a set of roles', () => {
  it('is made, and is as it was declared', async () => {
    const made = await create();
    expect(made.roles).toEqual(ROLES);
    expect(await diff(made)).toEqual({ changed: [] });
    await server.quiet();
    const { rows } = await db.query(
      `select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolconnlimit,
              pg_has_role(oid, 'app', 'usage') as uses, pg_has_role(oid, 'app', 'set') as becomes
         from pg_authid where rolname = 't1'`,
    );
    expect(rows).toEqual([
      {
        rolname: 't1',
        rolcanlogin: true,
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        rolconnlimit: 5,
        uses: true,
        becomes: false,
      },
    ]);
  });

  it('is made once more without being touched, so that a killed run can be repeated', async () => {
    const made = await create();
    server.cutAt(/CREATE ROLE|ALTER ROLE|GRANT "?app/);
    expect(await create()).toEqual(made);
  });

  it('changes: one goes, one comes, one becomes another', async () => {
    const made = await create();
    const changed: Roles = {
      t2: tenant({
        login: false,
        verifier: undefined,
        memberOf: ['readonly'],
        connectionLimit: -1,
        settings: {},
      }),
      t3: tenant({ memberOf: ['app', 'readonly'] }),
    };
    expect((await diff(made, changed)).words).toEqual([
      'role t1 is dropped',
      'role t2 may no longer log in, has another password, has -1 instead of 5 connections, ' +
        'belongs to readonly instead of app, has other settings',
      'role t3 is made',
    ]);
    const after = await update(made, changed);
    expect(await diff(after, changed)).toEqual({ changed: [] });
    expect(await names()).toEqual(['t2', 't3']);
  });

  it('is applied whole or not at all', async () => {
    const made = await create();
    const changed = { t1: tenant({ connectionLimit: 9 }), t3: tenant({ memberOf: ['nobody'] }) };
    await expect(update(made, changed)).rejects.toThrow(
      'the roles of the set: role "nobody" does not exist',
    );
    expect(await read(made)).toEqual(made);
    for (const moment of [/ALTER ROLE/, /commit/]) {
      server.cutAt(moment);
      await expect(update(made, { t1: tenant({ connectionLimit: 9 }) })).rejects.toThrow();
      server.cutAt(undefined);
      expect(await read(made)).toEqual(made);
    }
  });

  it('goes away', async () => {
    const made = await create();
    await byHand('drop role t1');
    await roleSet.delete!('id', made);
    expect(await names()).toEqual([]);
    await roleSet.delete!('id', made);
  });

  it('takes names and values of any kind', async () => {
    const odd: Roles = {
      [`O'Neill "x"`]: tenant({ settings: { 'app.tenant': `it's \\ "odd"` } }),
    };
    const made = await create(odd);
    expect(made.roles).toEqual(odd);
    expect(await diff(made, odd)).toEqual({ changed: [] });
  });

  it('says at most twenty differences one by one', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i + 10}`, tenant()]));
    const { words } = await diff(await create(), many);
    expect(words).toHaveLength(21);
    expect(words?.at(-1)).toBe('and 12 more roles of 32 in all');
    expect(roleSet.describe!(inputs(many))).toEqual(['makes 30 roles']);
  });
});

describe('a role that the set did not make', () => {
  it.each([
    ['create role t1 login superuser', 't1 is SUPERUSER'],
    ['create role t1 login bypassrls createdb', 't1 is BYPASSRLS, CREATEDB'],
    ['create role t1 login createrole replication', 't1 is CREATEROLE, REPLICATION'],
    ['create role t1 nologin', 't1 may not log in'],
    ['create role t1 login in role powerful', 't1 belongs to powerful WITH SET'],
  ])('is not taken over: %s', async (sql, why) => {
    await byHand(sql);
    await expect(create()).rejects.toThrow(
      `roles are there already that this set did not make and will not take over: ${why}: ` +
        'rename or drop them, or choose other names',
    );
    expect(await names()).toEqual(['t1']);
  });

  it('is taken over when it is of the same kind', async () => {
    await byHand(`create role t1 login connection limit 3`);
    expect((await create()).roles).toEqual(ROLES);
  });
});

/** What somebody does at the server, and what is said about it. */
const DRIFT: [string, string][] = [
  ['drop role t1', 'role t1 is made'],
  ['alter role t1 superuser', 'role t1 is no longer SUPERUSER'],
  ['alter role t1 bypassrls', 'role t1 is no longer BYPASSRLS'],
  [
    'alter role t1 createrole createdb replication',
    'role t1 is no longer CREATEDB, CREATEROLE, REPLICATION',
  ],
  ['alter role t1 noinherit', 'role t1 is no longer NOINHERIT'],
  [`alter role t1 valid until '2020-01-01'`, 'role t1 is no longer VALID UNTIL'],
  ['alter role t1 nologin', 'role t1 may log in'],
  [`alter role t1 password '${OTHER}'`, 'role t1 has another password'],
  ['alter role t1 password null', 'role t1 has another password'],
  ['alter role t1 connection limit 100', 'role t1 has 5 instead of 100 connections'],
  ['grant powerful to t1', 'role t1 belongs to app instead of app, powerful WITH SET'],
  ['grant app to t1 with set true', 'role t1 belongs to app instead of app WITH SET'],
  [
    'grant app to other with admin option; grant app to t1 granted by other',
    'role t1 belongs to app instead of app, app WITH SET BY other',
  ],
  ['revoke app from t1', 'role t1 belongs to app instead of nothing'],
  [`alter role t1 set app.tenant to '2'`, 'role t1 has other settings'],
  [`alter role t1 set row_security to off`, 'role t1 has other settings'],
  [`alter role t1 in database postgres set app.tenant to '2'`, 'role t1 has other settings'],
  ['alter role t1 reset all', 'role t1 has other settings'],
];

describe('drift', () => {
  it.each(DRIFT)('%s: it is seen, told, and set right', async (sql, says) => {
    const made = await create();
    expect(await read(made)).toEqual(made);
    await byHand(sql);
    const drifted = (await read(made))!;
    expect(await diff(drifted)).toEqual({
      changed: ['roles'],
      words: [says],
    });
    expect(await update(drifted)).toEqual(made);
    expect(await read(made)).toEqual(made);
    await byHand('revoke app from other cascade');
  });

  it('cannot be told by a server that does not answer', async () => {
    const made = await create();
    const connection = { ...made.connection, port: 1 };
    await expect(read({ ...made, connection })).rejects.toThrow('cannot log in to postgres');
  });
});

describe('what is asked for', () => {
  it('is refused where Postgres has no such thing', () => {
    const check = (roles: Roles) => roleSet.check!(inputs(roles)).map(({ reason }) => reason);
    expect(check(ROLES)).toEqual([]);
    // Not known yet, in a preview.
    expect(check({ t1: tenant({ verifier: UNKNOWN }) })).toEqual([]);
    expect(check({ pg_reader: tenant(), public: tenant() })).toEqual([
      '"pg_reader" is a name that Postgres keeps to itself: choose another',
      '"public" is a name that Postgres keeps to itself: choose another',
    ]);
    expect(check({ t1: tenant({ verifier: 'canary' }) })).toEqual([
      'the verifier of t1 is no SCRAM-SHA-256 verifier: a password has no place here',
    ]);
  });

  it('of a thousand roles is one message and one GRANT', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`t${i}`, tenant({ settings: {} })]),
    );
    const sql = statements({}, many, []);
    expect(sql.filter((statement) => statement.startsWith('GRANT'))).toHaveLength(1);
    expect(sql).toHaveLength(1001);
    // One that differs is one statement.
    const live: RoleStates = { ...many, t7: tenant({ settings: {}, connectionLimit: 1 }) };
    expect(statements(live, many, [])).toHaveLength(1);
  });
});
