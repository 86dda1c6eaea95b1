/**
 * Access to one table, against a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { readTableState, type TableState } from '../../../../rls/catalog/table-state.ts';
import type { TablePlan } from '../../../../rls/model/plan.ts';
import { settingContextSql } from '../../../../rls/compile/session-variable-context.ts';
import { rowSecurity } from '../../../../provider/resources/row-security.ts';
import { tablePlanOf } from '../../../../provider/resources/row-security/serialize.ts';
import type { RowSecurityState } from '../../../../provider/resources/row-security/state.ts';
import { inputs, notes, OWN, policy, superuser } from '../../../support/rls/row-security.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;
let server: PGliteServer;

beforeAll(async () => {
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec(`
    create role migrator; create role app; create role readonly; create role stranger;
    create role "O'Neill ""x""";
    ${settingContextSql({ setting: 'app.owner_id', type: 'integer' }, ['app', 'readonly']).join(';')};
    grant all on schema public to migrator;
  `);
}, 120_000);

afterAll(async () => {
  await server.close();
  await db.close();
});

beforeEach(async () => {
  await db.exec(`
    set role migrator;
    create table notes (number serial primary key, owner_id int not null, body text);
    insert into notes (owner_id, body) values (1, 'one'), (2, 'two');
    reset role;
  `);
});

afterEach(async () => {
  server.cutAt(undefined);
  await server.quiet();
  await db.exec('drop table if exists notes, other cascade');
});

const plain = (plan: TablePlan = notes()) => inputs(superuser(server.port), plan);
const create = async (plan?: TablePlan) => (await rowSecurity.create(plain(plan))).state;
const read = (state: RowSecurityState) => rowSecurity.read!('public.notes', state);
const update = (state: RowSecurityState, plan?: TablePlan) =>
  rowSecurity.update!('public.notes', state, plain(plan));
const diff = async (state: RowSecurityState, plan?: TablePlan) =>
  rowSecurity.diff(state, plain(plan));

/** What a person at the server does or sees. */
async function byHand(sql: string): Promise<void> {
  await server.quiet();
  await db.exec(sql);
}

async function live(table = 'notes'): Promise<TableState | undefined> {
  await server.quiet();
  return readTableState(
    async (sql, values) => (await db.query<never>(sql, [...(values ?? [])])).rows,
    'public',
    table,
  );
}

/** What the statement gives as a role that says it is tenant 1. */
async function as(role: string, sql: string): Promise<unknown[]> {
  await server.quiet();
  return db.transaction(async (tx) => {
    await tx.exec(`set local role "${role}"; set local app.owner_id = '1'`);
    return (await tx.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  });
}

describe('a table whose access is declared', () => {
  it('shows every role its own rows, and nobody else any', async () => {
    await create();
    expect(await as('app', 'select body from notes')).toEqual(['one']);
    expect(await as('readonly', 'select body from notes')).toEqual(['one']);
    // Not even its owner.
    expect(await as('migrator', 'select body from notes')).toEqual([]);
    await expect(as('stranger', 'select body from notes')).rejects.toThrow('permission denied');
    await expect(as('readonly', 'delete from notes returning 1')).rejects.toThrow(
      'permission denied',
    );
    expect(await as('app', `insert into notes (owner_id) values (1) returning number`)).toEqual([
      3,
    ]);
    await expect(as('app', `insert into notes (owner_id) values (2)`)).rejects.toThrow(
      'violates row-level security policy',
    );
  });

  it('has exactly what is declared', async () => {
    const state = await create();
    expect(await live()).toMatchObject({
      owner: 'migrator',
      rowSecurity: true,
      forced: true,
      policies: [
        { name: 'notes_app', command: 'ALL', roles: ['app'], restrictive: false, check: null },
        { name: 'notes_readonly', command: 'SELECT', roles: ['readonly'], restrictive: false },
      ],
      grants: { app: ['DELETE', 'INSERT', 'SELECT', 'UPDATE'], readonly: ['SELECT'] },
      sequences: { notes_number_seq: { grants: { app: ['USAGE'] } } },
    });
    expect(state).toMatchObject(plain());
    expect(state.canonical['notes_app']?.using).toBe('(owner_id = ( SELECT tenant.id() AS id))');
  });

  it('is not touched when it is as declared already', async () => {
    const changing = /^Q.{4}(ALTER|DROP|GRANT|REVOKE|CREATE POLICY)/s;
    server.cutAt(changing);
    await expect(create()).rejects.toThrow('Connection terminated unexpectedly');
    server.cutAt(undefined);
    const made = await create();
    server.cutAt(changing);
    expect(await create()).toEqual(made);
  });

  it('takes over what somebody made by hand', async () => {
    await byHand(`
      alter table notes owner to postgres;
      alter table notes enable row level security;
      create policy notes_app on notes to public using (true);
      create policy notes_readonly on notes as restrictive for select using (true);
      create policy old on notes using (owner_id > 0) with check (true);
      grant all on notes to public, "O'Neill ""x""";
      grant select on notes to stranger with grant option;
      grant update (body) on notes to readonly;
      grant all on sequence notes_number_seq to public;
      set role stranger; grant select on notes to app, readonly; reset role;
    `);
    await create();
    const taken = await live();
    await byHand('drop table notes');
    await byHand(
      `set role migrator; create table notes (number serial primary key, owner_id int not null, body text)`,
    );
    await byHand('reset role');
    await create();
    expect(taken).toEqual(await live());
  });

  it('is missed, when no migration made it', async () => {
    await byHand('drop table notes');
    await expect(create()).rejects.toThrow(
      'access to public.notes: there is no table public.notes: a migration makes it, run the migrations first',
    );
  });

  it('says what the server has against it, and has changed nothing', async () => {
    const before = await live();
    const wrong = notes({ policies: [policy('notes_app', { using: 'nobody = 1' })] });
    await expect(create(wrong)).rejects.toThrow(
      'access to public.notes: column "nobody" does not exist',
    );
    await expect(create(notes({ grants: { nobody: ['SELECT'] } }))).rejects.toThrow(
      'access to public.notes: role "nobody" does not exist',
    );
    expect(await live()).toEqual(before);
  });
});

describe('a table that is exempt', () => {
  const exempt = notes({
    rowSecurity: false,
    policies: [],
    grants: { readonly: ['SELECT'] },
    sequences: { notes_number_seq: [] },
  });

  it('shows all of its rows to those who are granted them', async () => {
    const state = await create();
    await update(state, exempt);
    expect(await live()).toMatchObject({
      rowSecurity: false,
      forced: false,
      policies: [],
      grants: { readonly: ['SELECT'] },
      sequences: { notes_number_seq: { grants: {} } },
    });
    expect(await as('readonly', 'select body from notes')).toEqual(['one', 'two']);
  });

  it('becomes covered again', async () => {
    const state = await create(exempt);
    await update(state);
    expect(await as('readonly', 'select body from notes')).toEqual(['one']);
  });
});

describe('a table that is no longer declared', () => {
  it('stays, closed', async () => {
    const state = await create();
    await rowSecurity.delete!('public.notes', state);
    expect(await live()).toMatchObject({
      rowSecurity: true,
      forced: true,
      policies: [],
      grants: {},
      sequences: { notes_number_seq: { grants: {} } },
    });
    expect(await as('migrator', 'select 1 from notes')).toEqual([]);
  });

  it('may be gone already', async () => {
    const state = await create();
    await byHand('drop table notes');
    await rowSecurity.delete!('public.notes', state);
    expect(await live()).toBeUndefined();
  });
});

/** What somebody does at the server, and what a refresh then shows of it. */
const DRIFT: [string, string, Record<string, string>][] = [
  ['a policy is dropped', 'drop policy notes_app on notes', { 'policies.notes_app': 'add' }],
  [
    'a policy lets everything through',
    'alter policy notes_app on notes using (true)',
    { 'policies.notes_app.using': 'update' },
  ],
  [
    'a policy writes everything',
    'alter policy notes_app on notes with check (true)',
    { 'policies.notes_app.check': 'delete' },
  ],
  [
    'a policy is for others',
    'alter policy notes_app on notes to app, stranger',
    { 'policies.notes_app.roles': 'update' },
  ],
  [
    'a policy is of another kind',
    'drop policy notes_app on notes; create policy notes_app on notes as restrictive to app using (owner_id = (select tenant.id()))',
    { 'policies.notes_app.restrictive': 'update' },
  ],
  ['a policy is added', 'create policy mine on notes using (true)', { 'policies.mine': 'delete' }],
  [
    'a policy is renamed',
    'alter policy notes_app on notes rename to b',
    { 'policies.notes_app': 'add', 'policies.b': 'delete' },
  ],
  [
    'row security is off',
    'alter table notes disable row level security',
    { rowSecurity: 'update' },
  ],
  ['the owner is free', 'alter table notes no force row level security', { rowSecurity: 'update' }],
  [
    'both are off',
    'alter table notes no force row level security; alter table notes disable row level security',
    { rowSecurity: 'update' },
  ],
  ['everybody may read', 'grant select on notes to public', { 'grants.public': 'delete' }],
  [
    'a stranger may do everything',
    'grant all on notes to stranger',
    { 'grants.stranger': 'delete' },
  ],
  [
    'a column is granted',
    'grant select (body) on notes to stranger',
    { 'grants.stranger': 'delete' },
  ],
  [
    'a system column is granted',
    'grant select (ctid) on notes to stranger',
    { 'grants.stranger': 'delete' },
  ],
  ['more is granted', 'grant truncate on notes to app', { 'grants.app': 'update' }],
  [
    'it may be handed on',
    'grant select on notes to readonly with grant option',
    { 'grants.readonly': 'update' },
  ],
  ['less is granted', 'revoke insert on notes from app', { 'grants.app': 'update' }],
  ['nothing is granted', 'revoke all on notes from readonly', { 'grants.readonly': 'add' }],
  ['somebody owns it', 'alter table notes owner to stranger', { owner: 'update' }],
  [
    'a sequence is read',
    'grant select on sequence notes_number_seq to app',
    { 'sequences.notes_number_seq': 'update' },
  ],
  [
    'a sequence is lost',
    'revoke all on sequence notes_number_seq from app',
    { 'sequences.notes_number_seq': 'update' },
  ],
];

describe('drift', () => {
  it.each(DRIFT)('%s: it is seen, shown, and set right', async (_, sql, paths) => {
    const made = await create();
    const before = await live();
    expect(await read(made)).toEqual(made);
    await byHand(sql);
    const drifted = (await read(made))!;
    const { changed, details, words } = await diff(drifted);
    expect(changed).not.toEqual([]);
    const shownPaths = Object.keys(details ?? {}).filter((path) => !/\.(says|rows)$/.test(path));
    expect(Object.fromEntries(shownPaths.map((path) => [path, details?.[path]]))).toEqual(paths);
    expect(words?.some((line) => line.startsWith('  '))).toBe(true);
    // What it sees a second time is no news.
    expect(await read(drifted)).toEqual(drifted);
    expect(await update(drifted)).toEqual(made);
    expect(await live()).toEqual(before);
    expect(await diff(made)).toEqual({ changed: [] });
  });

  it('that somebody took back is none', async () => {
    const made = await create();
    await byHand('alter policy notes_app on notes using (true)');
    const drifted = (await read(made))!;
    await byHand(`alter policy notes_app on notes using (${OWN})`);
    expect(await diff((await read(drifted))!)).toEqual({ changed: [] });
  });

  it('of a table that is gone is its end', async () => {
    const made = await create();
    await byHand('drop table notes');
    expect(await read(made)).toBeUndefined();
  });

  it('cannot be told by a server that does not answer', async () => {
    const made = await create();
    const away = { ...made, connection: { ...made.connection, port: 1 } };
    await expect(read(away)).rejects.toThrow('cannot log in to postgres at 127.0.0.1:1');
    server.cutAt(/pg_policy/);
    await expect(read(made)).rejects.toThrow('Connection terminated unexpectedly');
  });
});

describe('a difference', () => {
  it('of another text with the same meaning is none, and the table is not touched', async () => {
    const made = await create();
    const longer = notes({
      policies: [
        policy('notes_app', { using: '((owner_id) = (select  tenant.id()))' }),
        policy('notes_readonly', { command: 'SELECT', roles: ['readonly'], using: `(${OWN})` }),
      ],
    });
    server.cutAt(/ ON public\.|LOCK/);
    expect(await diff(made, longer)).toEqual({ changed: [] });
    await server.quiet();
    expect((await db.query(`select 1 from pg_class where relname = 'notes'`)).rows).toHaveLength(1);
  });

  it('of a condition that asks the table itself or another one has the same meaning, too', async () => {
    const using = 'exists (select from notes n where n.owner_id = notes.owner_id and n.number > 0)';
    const plan = (text: string) => notes({ policies: [policy('notes_app', { using: text })] });
    const made = await create(plan(using));
    expect(await diff(made, plan(`(${using})`))).toEqual({ changed: [] });
    expect((await diff(made, plan(using.replace('> 0', '> 1')))).changed).toEqual(['policies']);
  });

  it('is told by the texts when the server cannot be asked', async () => {
    const made = await create();
    const longer = notes({
      policies: [policy('notes_app', { using: `(${OWN})` }), notes().policies[1]!],
    });
    expect(await diff(made, longer)).toEqual({ changed: [] });
    const away = { ...plain(longer), connection: { ...superuser(server.port), port: 1 } };
    expect(await rowSecurity.diff(made, away)).toMatchObject({
      changed: ['policies'],
      details: { 'policies.notes_app.using': 'update' },
    });
  });

  it('of how to get in, of words and of orders is none', async () => {
    const made = await create();
    const other = { ...plain(), connection: { ...superuser(1), password: 'rotated' } };
    expect(await rowSecurity.diff(made, other)).toEqual({ changed: [] });
    const said = notes({
      policies: notes().policies.map((one) => ({ ...one, says: 'something else' })),
      grants: { readonly: ['SELECT'], app: ['DELETE', 'UPDATE', 'SELECT', 'INSERT'] },
    });
    expect(await diff(made, said)).toEqual({ changed: [] });
  });

  it('of the table is another resource', async () => {
    const made = await create();
    expect(await diff(made, notes({ table: 'other' }))).toEqual({
      changed: [],
      replace: ['table'],
    });
  });

  it('is told in words, and in the SQL that will be run', async () => {
    const wide = notes({
      policies: [policy('notes_app', { using: 'true', rows: 'all' })],
      grants: { app: ['SELECT'] },
    });
    const made = await create(wide);
    const { words } = await diff(
      made,
      notes({ policies: [policy('notes_app')], grants: { app: ['SELECT'] } }),
    );
    expect(words).toEqual([
      'app may no longer read notes of other owners',
      `  ALTER POLICY notes_app ON public.notes TO app USING (${OWN});`,
    ]);
    expect(rowSecurity.describe!(plain())).toEqual([
      'app may now read, add, change and remove notes of its owner',
      'readonly may now read notes of its owner',
    ]);
  });

  it('names what words about rows do not', async () => {
    const made = await create();
    await byHand(
      'alter table notes owner to stranger; alter table notes no force row level security; grant select (body) on notes to public',
    );
    const { words } = await diff((await read(made))!);
    expect(words).toEqual([
      'public.notes belongs to migrator and no longer to stranger',
      'row security of public.notes binds its owner, too',
      'public is no longer granted SELECT (body) on public.notes',
      '  ALTER TABLE public.notes OWNER TO migrator;',
      '  ALTER TABLE public.notes FORCE ROW LEVEL SECURITY;',
      '  REVOKE ALL ON TABLE public.notes FROM PUBLIC CASCADE;',
    ]);
  });
});

describe('inputs', () => {
  it('are a plan, and a plan is inputs', () => {
    expect(tablePlanOf(plain())).toEqual(notes());
    // The engine leaves out what is null.
    const without = JSON.parse(
      JSON.stringify(plain()).replaceAll('"check":null,', ''),
    ) as ReturnType<typeof plain>;
    expect(tablePlanOf(without)).toEqual(notes());
  });
});
