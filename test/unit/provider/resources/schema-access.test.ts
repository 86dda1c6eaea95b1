/**
 * Access to a schema, against a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { belongsTo, type Tenancy } from '../../../../rls/model/tenancy.ts';
import type { SchemaPlan } from '../../../../rls/model/plan.ts';
import type { Query } from '../../../../lib/query.ts';
import { settingContextSql } from '../../../../rls/compile/session-variable-context.ts';
import { schemaAccess } from '../../../../provider/resources/schema-access.ts';
import { readSchemaState } from '../../../../provider/resources/schema-access/introspect.ts';
import { steps } from '../../../../provider/resources/schema-access/statements.ts';
import { superuser } from '../../../support/rls/row-security.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;
let server: PGliteServer;

beforeAll(async () => {
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec(`
    create role migrator; create role app; create role app_a login; create role monitor; create role stranger;
    create role other;
    ${settingContextSql({ setting: 'app.owner_id', type: 'integer' }, ['app']).join(';')}`);
}, 120_000);

afterAll(async () => {
  await server.close();
  await db.close();
});

beforeEach(() =>
  db.exec(`
    create schema shop;
    create table shop.notes (number int primary key, owner_id int not null);
    alter table shop.notes owner to migrator;
    create index on shop.notes (owner_id);
    alter table shop.notes enable row level security;
    alter table shop.notes force row level security;
    grant all on database postgres to public;
  `),
);

afterEach(async () => {
  server.cutAt(undefined);
  await server.quiet();
  await db.exec(`
    drop schema shop cascade;
    alter default privileges for role migrator grant execute on functions to public;
    alter role app_a nobypassrls;
    revoke app from other cascade; revoke app from app_a; revoke stranger from app_a;
  `);
});

const tenancy: Tenancy = {
  schema: 'shop',
  tenant: { is: 'owner', setting: 'app.owner_id', type: 'integer' },
  tables: { notes: belongsTo('owner_id') },
  bypass: {},
};
const plan: SchemaPlan = {
  schema: 'shop',
  owner: 'migrator',
  mode: 'setting',
  tenancy,
  roles: [{ name: 'app', kind: 'app', logins: ['app_a'] }],
  usage: ['app', 'monitor'],
  memberships: [{ role: 'app', member: 'app_a', inherit: true, set: false }],
  bypass: {},
  exempt: {},
};

const inputs = (more: Partial<SchemaPlan> = {}) => ({
  connection: superuser(server.port),
  plan: { ...plan, ...more },
});
const create = async (more?: Partial<SchemaPlan>) =>
  (await schemaAccess.create(inputs(more))).state;
type State = Awaited<ReturnType<typeof create>>;
const read = (state: State) => schemaAccess.read!('shop', state);
const diff = async (state: State, more?: Partial<SchemaPlan>) =>
  schemaAccess.diff(state, inputs(more));
const update = (state: State, more?: Partial<SchemaPlan>) =>
  schemaAccess.update!('shop', state, inputs(more));

async function byHand(sql: string): Promise<void> {
  await server.quiet();
  await db.exec(sql);
}

describe('a schema whose access is declared', () => {
  it('is as declared', async () => {
    const state = await create();
    expect(state).toEqual({
      ...inputs(),
      live: {
        owner: 'migrator',
        privileges: { app: ['USAGE'], monitor: ['USAGE'] },
        database: [],
        functions: false,
        defaults: [],
        memberships: { 'app to app_a': { inherit: true, set: false, admin: false, grantors: [] } },
      },
      undeclared: [],
    });
    expect(await read(state)).toEqual(state);
    expect(await diff(state)).toEqual({ changed: [] });
  });

  it('gives nobody else a right on what its owner makes from then on', async () => {
    await create();
    await byHand(
      `set role migrator; create function shop.made() returns int language sql as 'select 1'; reset role`,
    );
    const { rows } = await db.query(
      `select has_function_privilege('stranger', 'shop.made()', 'execute') as may`,
    );
    expect(rows).toEqual([{ may: false }]);
  });

  it('leaves the rights of roles on the database alone', async () => {
    await byHand('grant connect on database postgres to app');
    await create();
    await server.quiet();
    const { rows } =
      await db.query(`select has_database_privilege('app', 'postgres', 'connect') as app,
      has_database_privilege('stranger', 'postgres', 'connect, temporary') as others`);
    expect(rows).toEqual([{ app: true, others: false }]);
  });

  it('is taken over from whoever had it', async () => {
    await byHand(`
      alter schema shop owner to stranger;
      grant all on schema shop to migrator, app with grant option;
      grant all on schema shop to public;
      grant app to app_a with admin option;
    `);
    const taken = await create();
    expect(taken.live.privileges).toEqual({ app: ['USAGE'], monitor: ['USAGE'] });
    expect(taken.live.owner).toBe('migrator');
  });

  it('is changed in one transaction', async () => {
    const state = await create();
    server.cutAt(/GRANT USAGE ON SCHEMA shop TO stranger/, 'after');
    await expect(update(state, { usage: ['stranger'] })).rejects.toThrow(
      'Connection terminated unexpectedly',
    );
    server.cutAt(undefined);
    expect(await read(state)).toEqual(state);
  });

  it('is missed, when no migration made it', async () => {
    const nowhere = { schema: 'nowhere' };
    await expect(create(nowhere)).rejects.toThrow(
      'there is no schema nowhere: a migration makes it',
    );
    expect(await read({ ...(await create()), ...inputs(nowhere) })).toBeUndefined();
  });

  it('is told in words', () => {
    expect(schemaAccess.describe!(inputs({ bypass: { backup_a: 'it reads everything' } }))).toEqual(
      [
        'schema shop belongs to migrator and may be used by app, monitor',
        'backup_a sees every row: it reads everything',
      ],
    );
  });
});

/** What somebody does at the server, and what an update says it will do about it. */
const DRIFT: [string, string][] = [
  [
    'alter schema shop owner to stranger',
    'schema shop belongs to migrator and no longer to stranger',
  ],
  [
    'grant usage on schema shop to public',
    'schema shop may be used by app, monitor and nobody else, and only migrator creates in it',
  ],
  [
    'grant create on schema shop to app',
    'schema shop may be used by app, monitor and nobody else, and only migrator creates in it',
  ],
  [
    'revoke usage on schema shop from app',
    'schema shop may be used by app, monitor and nobody else, and only migrator creates in it',
  ],
  [
    'grant temporary on database postgres to public',
    'not everybody who can log in may TEMPORARY in database postgres',
  ],
  [
    'alter default privileges for role migrator grant execute on functions to public',
    'not everybody may execute the functions that migrator makes from now on',
  ],
  [
    'alter default privileges for role migrator in schema shop grant select on tables to app',
    'app has no rights on the tables that migrator makes from now on',
  ],
  [
    'alter default privileges for role migrator in schema shop grant usage on sequences to public',
    'public has no rights on the sequences that migrator makes from now on',
  ],
  ['grant app to app_a with set true', 'app_a has the privileges of app and may not become it'],
  [
    'grant app to app_a with inherit false',
    'app_a has the privileges of app and may not become it',
  ],
  ['grant app to app_a with admin true', 'app_a has the privileges of app and may not become it'],
  ['revoke app from app_a', 'app_a has the privileges of app and may not become it'],
  [
    'grant app to other with admin option; grant app to app_a granted by other',
    'app_a has the privileges of app and may not become it',
  ],
];

describe('drift', () => {
  const query: Query = async (sql, values = []) =>
    (await db.query<Record<string, unknown>>(sql, [...values])).rows;
  const look = async () => (await readSchemaState(query, plan))!;
  const heal = async () => {
    for (const { sql } of steps(await look(), plan, 'postgres')) await db.exec(sql.join(';'));
  };

  it.each(DRIFT)('%s: it is seen, told, and set right', async (sql, says) => {
    await heal();
    await heal();
    const declared = await look();
    expect(steps(declared, plan, 'postgres')).toEqual([]);
    await db.exec(sql);
    expect(steps(await look(), plan, 'postgres').map((step) => step.says)).toContain(says);
    await heal();
    await heal();
    expect(await look()).toEqual(declared);
  });

  it('of many kinds at once is set right by one update', async () => {
    const made = await create();
    await byHand(DRIFT.map(([sql]) => sql).join(';'));
    const drifted = (await read(made))!;
    const { changed, words } = await diff(drifted);
    expect(changed).toContain('live');
    expect(words).toContain('schema shop belongs to migrator and no longer to stranger');
    expect(words).toContain('  ALTER SCHEMA shop OWNER TO migrator;');
    // What is there because of it, other than what is declared, is refused: here it goes first.
    await byHand('revoke app from other cascade');
    expect(await update(drifted)).toEqual(made);
    expect(await read(drifted)).toEqual(made);
  });

  it('cannot be told by a server that does not answer', async () => {
    const made = await create();
    const away = { ...made, connection: { ...made.connection, port: 1 } };
    await expect(read(away)).rejects.toThrow('cannot log in to postgres');
  });
});

describe('what nobody declared', () => {
  it('is seen, told and refused, after what is declared was set right', async () => {
    const made = await create();
    await byHand('alter role app_a bypassrls; revoke usage on schema shop from app');
    const drifted = (await read(made))!;
    const line = 'app_a sees every row (BYPASSRLS), and nobody declared that it may';
    expect(drifted.undeclared).toContain(line);
    const { changed, details, words } = await diff(drifted);
    expect(changed).toEqual(['live', 'undeclared']);
    expect(details).toEqual({ undeclared: 'delete' });
    expect(words).toContain(
      `declared nowhere, so an update will be refused unless it sets that right: ${line}`,
    );
    await expect(update(drifted)).rejects.toThrow(
      'access to schema shop is as declared, but 1 more way(s) to its rows are declared nowhere:\n' +
        `- ${line}\n    ALTER ROLE app_a NOBYPASSRLS;\n` +
        'Declare them in access/, or take them away as shown, and run the update again.',
    );
    expect((await read(made))!.live).toEqual(made.live);
    // It is theirs to take away; then all is well.
    await byHand('alter role app_a nobypassrls');
    expect(await update(drifted)).toEqual(made);
  });

  it('is refused at the beginning as well: a table that is neither covered nor exempt', async () => {
    await byHand('create table shop.forgotten (id int)');
    await expect(create()).rejects.toThrow('shop.forgotten is in no declaration');
    await create({
      tenancy: { ...tenancy, exempt: { forgotten: { reason: 'r' } } },
      exempt: { forgotten: 'r' },
    });
  });

  it('is no role that was declared until now: it goes after everything that changes', async () => {
    await byHand('grant stranger to app_a with set false; alter role stranger login');
    const leaving = { role: 'stranger', member: 'app_a', inherit: true, set: false };
    const state = await create({ memberships: [...plan.memberships, leaving] });
    await expect(create()).rejects.toThrow('stranger');
    expect((await update(state)).undeclared).toEqual([]);
    await byHand('alter role stranger nologin');
  });

  it('is no partition of what is covered', async () => {
    await byHand(`create table shop.parted (owner_id int not null) partition by list (owner_id);
      create table shop.part partition of shop.parted for values in (1);
      alter table shop.parted owner to migrator; alter table shop.part owner to migrator;
      create index on shop.parted (owner_id);`);
    await create({
      tenancy: { ...tenancy, tables: { ...tenancy.tables, parted: belongsTo('owner_id') } },
    });
  });
});

describe('a difference', () => {
  it('of the plan is one, by what differs; of how to get in or of an order is none', async () => {
    const made = await create();
    const changed = await diff(made, { bypass: { backup_a: 'because' }, usage: ['app'] });
    expect(changed.details).toEqual({ 'plan.bypass.backup_a': 'add', 'plan.usage': 'update' });
    expect(
      await schemaAccess.diff(made, {
        ...inputs(),
        connection: { ...superuser(1), password: 'rotated' },
      }),
    ).toEqual({ changed: [] });
    const turned = Object.fromEntries(Object.entries(plan).reverse()) as unknown as SchemaPlan;
    expect(await diff(made, turned)).toEqual({ changed: [] });
  });

  it('of a login is one, since whoever changes it gives its memberships again', async () => {
    const state = await create();
    await byHand('revoke app from app_a; grant app to app_a');
    const changed = { ...inputs(), logins: { app: 'rotation 2' } };
    expect(schemaAccess.diff(state, changed)).toMatchObject({ changed: ['logins'] });
    const after = await schemaAccess.update!('shop', state, changed);
    expect(after.live.memberships['app to app_a']).toMatchObject({ set: false });
  });

  it('of the schema is another resource', async () => {
    expect(await diff(await create(), { schema: 'other' })).toEqual({
      changed: [],
      replace: ['plan'],
    });
  });
});
