/**
 * Migrations and seeds as a resource, against a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sqlFiles } from '../../../../components/project-files.ts';
import { settingContextSql } from '../../../../rls/compile/session-variable-context.ts';
import type { Connection } from '../../../../provider/connection.ts';
import { migrations } from '../../../../provider/resources/migrations.ts';
import { seed } from '../../../../provider/resources/seed.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';

declare const PGlite: typeof pglite.PGlite;

const PROJECT = path.resolve(import.meta.dirname, '../../../..');

let db: pglite.PGlite;
let server: PGliteServer;
let folder: string;
/** The folder as the program names it: relative to the project. */
let directory: string;
let connection: Connection;

beforeAll(async () => {
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec(`
    create role migrator nologin;
    create role migrator_a login in role migrator;
    create role stranger login;
    create role monitor nologin;
    create role app nologin;
    create role readonly nologin;
    create role app_a login in role app;
  `);
}, 120_000);

afterAll(async () => {
  await server.close();
  await db.close();
});

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'migrations-'));
  directory = path.relative(PROJECT, folder);
  connection = {
    host: '127.0.0.1',
    port: server.port,
    database: 'postgres',
    user: 'migrator_a',
    password: 'canary-password',
  };
  await db.exec(`
    grant create on database postgres to migrator;
    grant all on schema public to migrator;
  `);
});

afterEach(async () => {
  server.cutAt(undefined);
  await server.quiet();
  rmSync(folder, { recursive: true });
  await db.exec('drop owned by migrator, app, readonly');
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Writes migration files; their checksums by name, as the program declares them. */
function write(files: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, sql] of Object.entries(files)) writeFileSync(path.join(folder, name), sql);
  return Object.fromEntries(Object.entries(files).map(([name, sql]) => [name, sha256(sql)]));
}

const inputs = (files: Readonly<Record<string, string>>, more: Partial<Connection> = {}) => ({
  connection: { ...connection, ...more },
  owner: 'migrator',
  directory,
  files,
  reader: 'monitor',
});
const apply = (files: Readonly<Record<string, string>>) => migrations.create(inputs(files));

async function names(sql: string): Promise<string[]> {
  await server.quiet();
  return (await db.query<{ name: string }>(sql)).rows.map(({ name }) => name);
}
const history = () => names('select name from plinth.migrations order by applied_at, name');
const tables = () =>
  names(`select tablename || ' of ' || tableowner as name from pg_tables
          where schemaname = 'public' order by 1`);

const ONE = { '0001_one.sql': 'create table one (id int primary key);' };
const TWO = { '0002_two.sql': 'create table two (one_id int references one (id));' };
const BROKEN = { '0003_three.sql': 'create table three (id int); select 1 / 0;' };

describe('migrations', () => {
  it('tells who measures how far a sequence of the migrator has come, and nobody else', async () => {
    await apply(
      write({ '0001_one.sql': 'create table one (id serial); insert into one default values' }),
    );
    await server.quiet();
    const value = `select plinth.sequence_value('public.one_id_seq'::regclass)::int as value`;
    const as = async (role: string) => {
      await db.exec(`set role ${role}`);
      return db.query(value).finally(() => db.exec('reset role'));
    };
    expect((await as('monitor')).rows).toEqual([{ value: 1 }]);
    await expect(as('stranger')).rejects.toThrow('permission denied');
    await expect(db.exec('set role monitor; select last_value from one_id_seq')).rejects.toThrow(
      'permission denied',
    );
    await db.exec('reset role');
  });

  it('lets who measures read what has been applied, and change nothing of it', async () => {
    await apply(write({ '0001_one.sql': 'create table one (id int)' }));
    await server.quiet();
    const { rows } = await db.query(
      `select has_table_privilege('monitor', 'plinth.migrations', 'select') as read,
              has_table_privilege('monitor', 'plinth.migrations', 'insert, update, delete') as write,
              has_table_privilege('stranger', 'plinth.migrations', 'select') as stranger`,
    );
    expect(rows).toEqual([{ read: true, write: false, stranger: false }]);
  });

  it('are applied in the order of their names, once, and belong to the owner', async () => {
    // Declared the wrong way round: the second needs the first.
    const files = write({ ...TWO, ...ONE });
    expect(await apply(files)).toEqual({ id: directory, state: inputs(files) });
    expect(await tables()).toEqual(['one of migrator', 'two of migrator']);
    expect(await history()).toEqual(['0001_one.sql', '0002_two.sql']);
    expect(
      await names(`select tableowner as name from pg_tables where schemaname = 'plinth'`),
    ).toEqual(['migrator']);
  });

  it('change nothing when they are there already, so that a killed run can be repeated', async () => {
    const files = write({ ...ONE, ...TWO });
    await apply(files);
    const print = () =>
      names('select md5(string_agg(m::text, $$;$$)) as name from plinth.migrations m');
    const before = await print();
    await apply(files);
    await migrations.update?.(directory, inputs(files), inputs(files));
    expect(await print()).toEqual(before);
  });

  it('apply what is new in an update, and only that', async () => {
    const first = write(ONE);
    await apply(first);
    const both = { ...first, ...write(TWO) };
    expect(await migrations.update?.(directory, inputs(first), inputs(both))).toEqual(inputs(both));
    expect(await tables()).toEqual(['one of migrator', 'two of migrator']);
  });

  it('that fail leave nothing behind, keep those before them, and say which and why', async () => {
    const files = write({ ...ONE, ...TWO, ...BROKEN });
    await expect(apply(files)).rejects.toThrow(
      'migration 0003_three.sql failed and was rolled back: division by zero',
    );
    expect(await tables()).toEqual(['one of migrator', 'two of migrator']);
    expect(await history()).toEqual(['0001_one.sql', '0002_two.sql']);
    // Mended, they go on where they stopped.
    const mended = { ...files, ...write({ '0003_three.sql': 'create table three (id int);' }) };
    await apply(mended);
    expect(await history()).toEqual(['0001_one.sql', '0002_two.sql', '0003_three.sql']);
  });

  it('that are cut off in the middle are undone, and done the next time', async () => {
    const files = write({ ...ONE, ...TWO });
    server.cutAt(/create table two/, 'after');
    await expect(apply(files)).rejects.toThrow(
      'migration 0002_two.sql was interrupted: Connection terminated unexpectedly: run the update again',
    );
    expect(await tables()).toEqual(['one of migrator']);
    server.cutAt(undefined);
    await apply(files);
    expect(await history()).toEqual(['0001_one.sql', '0002_two.sql']);
    expect(await tables()).toEqual(['one of migrator', 'two of migrator']);
  });

  it('that are cut off between their end and the answer are not done twice', async () => {
    const files = write(ONE);
    server.cutAt(/commit/, 'after');
    await expect(apply(files)).rejects.toThrow('migration 0001_one.sql was interrupted');
    server.cutAt(undefined);
    expect(await tables()).toEqual(['one of migrator']);
    await apply(files);
    expect(await history()).toEqual(['0001_one.sql']);
  });

  it('are refused when one was edited after it had been applied', async () => {
    await apply(write(ONE));
    const edited = write({ '0001_one.sql': 'create table one (id bigint);', ...TWO });
    await expect(apply(edited)).rejects.toThrow(
      'migration 0001_one.sql was edited after it had been applied: ' +
        'put the old text back and write the change as a new migration',
    );
    expect(await tables()).toEqual(['one of migrator']);
  });

  it('are refused when a file changed since the preview', async () => {
    const files = write(ONE);
    write({ '0001_one.sql': 'drop table everything;' });
    await expect(apply(files)).rejects.toThrow(
      new RegExp(
        `/0001_one.sql changed while the update ran \\(was ${sha256(ONE['0001_one.sql']).slice(0, 12)}, ` +
          `is ${sha256('drop table everything;').slice(0, 12)}\\): run the update again`,
      ),
    );
    expect(await history()).toEqual([]);
  });

  it('need a login that may act as the owner', async () => {
    const files = write(ONE);
    await expect(migrations.create(inputs(files, { user: 'stranger' }))).rejects.toThrow(
      'permission denied to set role "migrator"',
    );
    expect(await tables()).toEqual([]);
  });

  it('tell a server that is not there, and never the password', async () => {
    const files = write(ONE);
    const attempt = migrations.create(inputs(files, { port: 1 }));
    await expect(attempt).rejects.toThrow(
      /^cannot log in to postgres at 127\.0\.0\.1:1 as migrator_a: .*ECONNREFUSED.*: see `npx plinth status`$/,
    );
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    expect(JSON.stringify([String(error), error])).not.toContain('canary-password');
  });

  it.each([
    ['1_one.sql', false],
    ['0001-one.sql', false],
    ['0001_One.sql', false],
    ['0001_one.sql.bak', false],
    ['../0001_one.sql', false],
    ['0001_.sql', false],
    ['0001_one.sql', true],
    ['0042_add_2_indexes.sql', true],
  ])('may be called %s: %p', (name, allowed) => {
    expect(migrations.check?.(inputs({ [name]: 'x' }))).toEqual(
      allowed
        ? []
        : [
            {
              property: 'files',
              reason: `${name} is no migration name: use NNNN_lower_case.sql`,
            },
          ],
    );
  });

  it('differ in files, owner and folder, not in how to log in', () => {
    const state = inputs({ '0001_one.sql': 'x' });
    expect(
      migrations.diff(state, { ...state, connection: { ...connection, password: 'new' } }),
    ).toEqual({
      changed: [],
    });
    expect(migrations.diff(state, { ...state, files: { '0001_one.sql': 'y' } })).toEqual({
      changed: ['files'],
    });
    expect(migrations.diff(state, { ...state, owner: 'o', directory: 'd' })).toEqual({
      changed: ['owner', 'directory'],
    });
  });

  it('of the classrooms application are applied whole, twice, and all belong to the migrator', async () => {
    const context = { setting: 'app.facilitator_id', type: 'uuid' } as const;
    for (const sql of settingContextSql(context, ['migrator'])) await db.exec(sql);
    const declared = {
      ...inputs(sqlFiles('examples/classrooms/migrations')),
      directory: 'examples/classrooms/migrations',
    };
    await migrations.create(declared);
    await migrations.create(declared);
    expect(await history()).toEqual(Object.keys(sqlFiles('examples/classrooms/migrations')));
    expect(await tables()).toEqual(
      [
        'analytics_events',
        'classrooms',
        'facilitators',
        'student_feedback',
        'student_progress',
        'students',
      ].map((table) => `${table} of migrator`),
    );
  });
});

describe('a seed', () => {
  const sow = (sql: string) => {
    writeFileSync(path.join(folder, 'seed.sql'), sql);
    const superuser = { ...connection, user: 'postgres' };
    const file = `${directory}/seed.sql`;
    return { connection: superuser, role: 'app', file, checksum: sha256(sql) };
  };

  beforeEach(async () => {
    await db.exec('drop schema if exists tenant cascade');
    const context = settingContextSql({ setting: 'app.tenant', type: 'integer' }, ['app']);
    for (const statement of context) await db.exec(statement);
    await apply(write(ONE));
    await server.quiet();
    await db.exec(`
      alter table one enable row level security, force row level security;
      create policy one_app on one to app using (id = (select tenant.id()));
      grant select, insert on one to app;
    `);
  });

  it('is sown, and sown again, each row as the tenant it belongs to', async () => {
    const declared = sow(`
      select tenant.become(1); insert into one values (1) on conflict do nothing;
      select tenant.become(2); insert into one values (2) on conflict do nothing;
      select tenant.become(null);`);
    expect(await seed.create(declared)).toEqual({ id: declared.file, state: declared });
    expect(await seed.update?.(declared.file, declared, declared)).toEqual(declared);
    expect(await names('select id::text as name from one order by 1')).toEqual(['1', '2']);
  });

  it('passes the policies, and leaves nothing of itself when it fails', async () => {
    const declared = sow(
      'select tenant.become(1); insert into one values (1); insert into one values (2);',
    );
    await expect(seed.create(declared)).rejects.toThrow(
      'new row violates row-level security policy for table "one"',
    );
    expect(await names('select id::text as name from one')).toEqual([]);
  });

  it.each(['select 1;', 'select 1 / 0;'])(
    'leaves nobody the right to be anybody: %s',
    async (sql) => {
      await seed.create(sow(sql)).catch(() => undefined);
      await server.quiet();
      expect(
        await names(
          "select has_function_privilege('app', 'tenant.become(int)', 'execute')::text as name",
        ),
      ).toEqual(['false']);
    },
  );

  it('is refused when its file changed since the preview', async () => {
    const declared = sow('select 1;');
    sow('select 2;');
    await expect(seed.create(declared)).rejects.toThrow(/seed.sql changed while the update ran/);
  });

  it('differs in its text and whom it is written as, not in how to log in', () => {
    const state = sow('select 1;');
    const rotated = { ...state, connection: { ...connection, user: 'app_b', password: 'new' } };
    expect(seed.diff(state, rotated)).toEqual({ changed: [] });
    expect(seed.diff(state, { ...state, file: 'elsewhere/seed.sql' })).toEqual({ changed: [] });
    expect(seed.diff(state, sow('select 2;'))).toEqual({ changed: ['checksum'] });
    expect(seed.diff(state, { ...state, role: 'jobs' })).toEqual({ changed: ['role'] });
  });
});
