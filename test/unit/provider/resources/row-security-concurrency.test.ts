/**
 * Every moment of a change of access, every way from one declaration to another, and the indexes: against a real Postgres inside
 * this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import fc from 'fast-check';
import { readTableState, type TableState } from '../../../../rls/catalog/table-state.ts';
import type { Command } from '../../../../rls/model/tenancy.ts';
import type { PolicyPlan, TablePlan } from '../../../../rls/model/plan.ts';
import { settingContextSql } from '../../../../rls/compile/session-variable-context.ts';
import { rowSecurity } from '../../../../provider/resources/row-security.ts';
import type { RowSecurityState } from '../../../../provider/resources/row-security/state.ts';
import { inputs, notes, OWN, policy, superuser } from '../../../support/rls/row-security.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';
import { runs } from '../../../support/runs.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;
let server: PGliteServer;

beforeAll(async () => {
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec(`
    create role migrator; create role app; create role readonly; create role stranger;
    ${settingContextSql({ setting: 'app.owner_id', type: 'integer' }, ['app', 'readonly']).join(';')};
    grant all on schema public to migrator;
  `);
}, 120_000);

afterAll(async () => {
  await server.close();
  await db.close();
});

const TABLE = `
  create table notes (number serial primary key, owner_id int not null, body text);
  alter table notes owner to migrator;
  insert into notes (owner_id, body) values (1, 'one'), (2, 'two');`;

beforeEach(() => db.exec(TABLE));

afterEach(async () => {
  server.cutAt(undefined);
  await server.quiet();
  await db.exec('drop table if exists notes cascade; drop event trigger if exists busy');
});

const plain = (plan: TablePlan = notes()) => inputs(superuser(server.port), plan);
const create = async (plan?: TablePlan) => (await rowSecurity.create(plain(plan))).state;
const update = (state: RowSecurityState, plan?: TablePlan) =>
  rowSecurity.update!('public.notes', state, plain(plan));
const read = (state: RowSecurityState) => rowSecurity.read!('public.notes', state);

async function live(): Promise<TableState | undefined> {
  await server.quiet();
  const query = async (sql: string, values: readonly unknown[] = []) =>
    (await db.query<Record<string, unknown>>(sql, [...values])).rows;
  return readTableState(query, 'public', 'notes');
}

describe('a change of access', () => {
  // All that a change can consist of.
  const before = notes({
    policies: [policy('a_gone'), policy('b_altered'), policy('c_remade', { restrictive: true })],
    grants: { app: ['SELECT', 'DELETE'], readonly: ['SELECT'] },
  });
  const after = notes({
    owner: 'stranger',
    policies: [
      policy('b_altered', { using: `number > 0 AND ${OWN}` }),
      policy('c_remade'),
      policy('d_new'),
    ],
    grants: { app: ['SELECT', 'INSERT'] },
    sequences: { notes_number_seq: [] },
  });

  it('is these statements, in this order', async () => {
    const made = await create(before);
    const { words } = await rowSecurity.diff(made, plain(after));
    expect(words?.filter((line) => line.startsWith('  ')).map((line) => line.trim())).toEqual([
      'ALTER TABLE public.notes OWNER TO stranger;',
      'DROP POLICY a_gone ON public.notes;',
      'DROP POLICY c_remade ON public.notes;',
      `ALTER POLICY b_altered ON public.notes TO app USING (number > 0 AND ${OWN});`,
      `CREATE POLICY c_remade ON public.notes AS PERMISSIVE FOR ALL TO app USING (${OWN});`,
      `CREATE POLICY d_new ON public.notes AS PERMISSIVE FOR ALL TO app USING (${OWN});`,
      'REVOKE ALL ON TABLE public.notes FROM app CASCADE;',
      'REVOKE ALL ON TABLE public.notes FROM readonly CASCADE;',
      'GRANT SELECT, INSERT ON TABLE public.notes TO app;',
      'REVOKE ALL ON SEQUENCE public.notes_number_seq FROM app CASCADE;',
    ]);
  });

  it('that is cut off at any statement has happened or has not, and is done the next time', async () => {
    const made = await create(before);
    const old = await live();
    const { words } = await rowSecurity.diff(made, plain(after));
    const sql = (words ?? [])
      .filter((line) => line.startsWith('  '))
      .map((line) => line.trim().slice(0, -1));
    expect(sql).toHaveLength(10);
    for (const statement of [...sql, 'commit']) {
      for (const moment of ['before', 'after'] as const) {
        const escaped = statement.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        server.cutAt(new RegExp(`^Q[^]{4}${escaped}\0`), moment);
        await expect(update(made, after)).rejects.toThrow('Connection terminated unexpectedly');
        server.cutAt(undefined);
        const found = await live();
        if (statement === 'commit' && moment === 'after') {
          expect(found).toMatchObject({ owner: 'stranger', rowSecurity: true, forced: true });
          expect(found?.policies.map(({ name }) => name)).toEqual([
            'b_altered',
            'c_remade',
            'd_new',
          ]);
        } else {
          expect(found).toEqual(old);
        }
      }
    }
    const done = await live();
    const state = await update(made, after);
    expect(await live()).toEqual(done);
    expect(await read(state)).toEqual(state);
  });

  it('waits for others a few times, and then goes through', async () => {
    // Sequences count on when a transaction is rolled back.
    await db.exec(`
      create sequence tries;
      create function busy() returns event_trigger language plpgsql as $$ begin
        if nextval('tries') < 3 then raise exception 'canceling statement due to lock timeout' using errcode = '55P03'; end if;
      end $$;
      create event trigger busy on ddl_command_start when tag in ('CREATE POLICY') execute function busy();
    `);
    try {
      await create(notes({ policies: [policy('notes_app')] }));
      expect((await live())?.policies).toHaveLength(1);
      await db.exec(
        `drop table notes; ${TABLE}; alter sequence tries minvalue -1000 restart -1000`,
      );
      const before = await live();
      await expect(create()).rejects.toThrow(
        'access to public.notes: canceling statement due to lock timeout, 5 times for 2 s: ' +
          'somebody holds it in a long transaction, see pg_stat_activity; run the update again',
      );
      expect(await live()).toEqual(before);
    } finally {
      await server.quiet();
      await db.exec('drop event trigger busy; drop function busy; drop sequence tries');
    }
  });

  it('that the server turns into something else is undone and told', async () => {
    await db.exec(`
      create function meddle() returns event_trigger language plpgsql as $$ begin
        if exists (select from pg_class where oid = 'public.notes'::regclass and relforcerowsecurity) then
          alter table public.notes no force row level security;
        end if;
      end $$;
      create event trigger busy on ddl_command_end when tag in ('GRANT') execute function meddle();
    `);
    const before = await live();
    await expect(create()).rejects.toThrow(
      'access to public.notes: the server does not keep what it was told: ' +
        'it still lacks ALTER TABLE public.notes FORCE ROW LEVEL SECURITY',
    );
    expect(await live()).toEqual(before);
    await db.exec('drop event trigger busy; drop function meddle');
  });
});

describe('an index that policies need', () => {
  const index = { name: 'plinth_notes_owner_id', columns: ['owner_id'] };
  const indexed = notes({ indexes: [index] });
  const found = async () => (await live())?.indexes;

  it.each([
    ['with rows', ''],
    ['without rows', 'truncate notes'],
  ])('is made, and dropped when it is no longer wanted, %s', async (_, sql) => {
    await db.exec(sql);
    const state = await create(indexed);
    expect(await found()).toEqual({
      [index.name]: { columns: ['owner_id'], valid: true, plain: true },
    });
    expect(await read(state)).toEqual(state);
    expect(await rowSecurity.diff(state, plain(indexed))).toEqual({ changed: [] });
    const { words } = await rowSecurity.diff(state, plain());
    expect(words).toEqual(['  DROP INDEX public.plinth_notes_owner_id;']);
    await update(state);
    expect(await found()).toEqual({});
  });

  it('keeps nobody from writing while it is made, when there are rows', async () => {
    server.cutAt(/CREATE INDEX CONCURRENTLY plinth_notes_owner_id ON public.notes \(owner_id\)/);
    await expect(create(indexed)).rejects.toThrow(
      'indexes of public.notes: Connection terminated unexpectedly: run the update again, it begins anew',
    );
    server.cutAt(undefined);
    // The table was protected first.
    expect(await live()).toMatchObject({ rowSecurity: true, forced: true });
    await db.exec('truncate notes');
    server.cutAt(/CONCURRENTLY/);
    await create(indexed);
  });

  it('comes before the policies of a table that is protected already', async () => {
    const made = await create();
    server.cutAt(/CREATE INDEX/);
    await expect(update(made, { ...indexed, policies: [policy('other')] })).rejects.toThrow(
      'indexes of',
    );
    server.cutAt(undefined);
    expect((await live())?.policies.map(({ name }) => name)).toEqual([
      'notes_app',
      'notes_readonly',
    ]);
  });

  it('half built by a killed run is made anew', async () => {
    const state = await create(indexed);
    await server.quiet();
    await db.exec(
      `update pg_index set indisvalid = false where indexrelid = 'plinth_notes_owner_id'::regclass`,
    );
    const drifted = (await read(state))!;
    expect(await rowSecurity.diff(drifted, plain(indexed))).toMatchObject({
      changed: ['indexes'],
      words: [
        '  DROP INDEX public.plinth_notes_owner_id;',
        '  CREATE INDEX plinth_notes_owner_id ON public.notes (owner_id);',
      ],
    });
    expect(await update(drifted, indexed)).toEqual(state);
    expect(await found()).toEqual({
      [index.name]: { columns: ['owner_id'], valid: true, plain: true },
    });
  });

  it.each([
    'drop index plinth_notes_owner_id',
    'drop index plinth_notes_owner_id; create index plinth_notes_owner_id on notes (body)',
  ])('is seen to be lost, and made again: %s', async (sql) => {
    const state = await create(indexed);
    await server.quiet();
    await db.exec(sql);
    const drifted = (await read(state))!;
    expect((await rowSecurity.diff(drifted, plain(indexed))).changed).toEqual(['indexes']);
    await update(drifted, indexed);
    expect(await read(state)).toEqual(state);
  });

  it('leaves the indexes of migrations alone', async () => {
    await db.exec(
      'create index mine on notes (body); create unique index yours on notes (body, number)',
    );
    const state = await create(indexed);
    await update(state);
    expect(Object.keys((await found()) ?? {})).toEqual(['mine', 'yours']);
  });
});

describe('other kinds of tables', () => {
  it('are protected as a whole when they have partitions', async () => {
    await db.exec(`drop table notes;
      create table notes (number serial, owner_id int not null, body text) partition by list (owner_id);
      create table notes_1 partition of notes for values in (1);
      insert into notes (owner_id) values (1)`);
    const state = await create(notes({ indexes: [{ name: 'i', columns: ['owner_id'] }] }));
    expect(await live()).toMatchObject({
      kind: 'partitioned',
      rowSecurity: true,
      forced: true,
      indexes: { i: { valid: true } },
    });
    expect(await read(state)).toEqual(state);
  });

  it('are refused when they are foreign and not exempt', async () => {
    await db.exec(`drop table notes; create foreign data wrapper w; create server s foreign data wrapper w;
      create foreign table notes (owner_id int) server s`);
    try {
      await expect(create(notes({ sequences: {} }))).rejects.toThrow(
        'access to public.notes: public.notes is a foreign table, which has no row security: declare it exempt',
      );
      const exempt = {
        rowSecurity: false,
        policies: [],
        sequences: {},
        grants: { readonly: ['SELECT'] as const },
      };
      const state = await create(notes(exempt));
      expect(await live()).toMatchObject({ owner: 'migrator', grants: { readonly: ['SELECT'] } });
      await rowSecurity.delete!('public.notes', state);
      expect(await live()).toMatchObject({ grants: {} });
    } finally {
      await server.quiet();
      await db.exec('drop foreign data wrapper w cascade');
    }
  });
});

/** Plans of a small table, with everything that a plan may say. */
const commands: Command[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const roles = ['app', 'readonly', 'stranger', 'public'];
const condition = fc.constantFrom(OWN, `(${OWN})`, 'true', 'number > 1');
const aPolicy = (name: string): fc.Arbitrary<PolicyPlan> =>
  fc
    .record({
      restrictive: fc.boolean(),
      command: fc.constantFrom(...commands, 'ALL' as const),
      roles: fc.subarray(roles, { minLength: 1 }),
      using: condition,
      check: fc.option(condition),
    })
    .map(({ using, check, ...rest }) =>
      policy(name, {
        ...rest,
        using: rest.command === 'INSERT' ? null : using,
        check: ['SELECT', 'DELETE'].includes(rest.command)
          ? null
          : rest.command === 'INSERT'
            ? (check ?? using)
            : check,
      }),
    );
const aPlan: fc.Arbitrary<TablePlan> = fc
  .record({
    owner: fc.constantFrom('migrator', 'stranger'),
    rowSecurity: fc.boolean(),
    policies: fc.subarray(['p', 'q', 'r']).chain((names) => fc.tuple(...names.map(aPolicy))),
    grants: fc.dictionary(fc.constantFrom('app', 'readonly'), fc.subarray(commands)),
    sequences: fc.subarray(['app', 'readonly']).map((users) => ({ notes_number_seq: users })),
    indexes: fc.subarray([
      { name: 'i', columns: ['owner_id'] },
      { name: 'j', columns: ['body', 'owner_id'] },
    ]),
  })
  .map((plan) => notes({ ...plan, policies: plan.rowSecurity ? plan.policies : [] }));

/** What the plan asks for, as the server says it; conditions are the server's own. */
function asked(plan: TablePlan) {
  const sorted = (lists: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(
      Object.entries(lists)
        .filter(([, list]) => list.length > 0)
        .map(([role, list]) => [role, [...list].sort()]),
    );
  const own = '(owner_id = ( SELECT tenant.id() AS id))';
  const means: Record<string, string> = { true: 'true', 'number > 1': '(number > 1)' };
  const mean = (text: string | null) => (text === null ? null : (means[text] ?? own));
  return {
    owner: plan.owner,
    rowSecurity: plan.rowSecurity,
    forced: plan.rowSecurity,
    policies: plan.policies.map(({ name, restrictive, command, roles: to, using, check }) => ({
      name,
      restrictive,
      command,
      roles: to.includes('public') ? ['public'] : [...to].sort(),
      using: mean(using),
      check: mean(check),
    })),
    grants: sorted(plan.grants),
    sequences: {
      notes_number_seq: {
        owner: plan.owner,
        owned: true,
        grants: Object.fromEntries(
          (plan.sequences['notes_number_seq'] ?? []).map((role) => [role, ['USAGE']]),
        ),
      },
    },
    indexes: Object.fromEntries(
      plan.indexes.map(({ name, columns }) => [name, { columns, valid: true, plain: true }]),
    ),
  };
}

describe('any sequence of declarations', () => {
  it('leaves the table as the last one says, and a look at it finds no difference', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aPlan, { minLength: 1, maxLength: 4 }), async (plans) => {
        await server.quiet();
        await db.exec(`drop table notes; ${TABLE}`);
        let state: RowSecurityState | undefined;
        for (const plan of plans) {
          state = state === undefined ? await create(plan) : await update(state, plan);
          expect(await live()).toEqual({
            schema: 'public',
            table: 'notes',
            kind: 'table',
            ...asked(plan),
          });
          expect(await read(state)).toEqual(state);
          expect(await rowSecurity.diff(state, plain(plan))).toEqual({ changed: [] });
        }
      }),
      { numRuns: runs(20) },
    );
  }, 120_000);
});
