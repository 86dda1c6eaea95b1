import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Catalog } from '../../../../rls/catalog/catalog.ts';
import { validateTenancy } from '../../../../rls/model/validate.ts';
import {
  READ,
  WRITE,
  belongsVia,
  belongsTo,
  customPolicies,
  type CustomPolicy,
  type TableRule,
  type Tenancy,
} from '../../../../rls/model/tenancy.ts';
import { compileTenancy } from '../../../../rls/compile/compile.ts';
import type { RoleContext, TablePlan } from '../../../../rls/model/plan.ts';
import { around, catalog, table } from '../../../support/rls/generated-schema.ts';

const firms = table('firms');
const notes = table('notes', { columns: ['id', 'firm_id'], foreignKeys: ['firm_id -> firms'] });

const tenancy = (more: Partial<Tenancy> = {}): Tenancy => ({
  schema: 'public',
  tenant: { is: 'firm', setting: 'app.firm', type: 'uuid' },
  tables: { firms: belongsTo('id') },
  bypass: {},
  ...more,
});

/** The plan of `notes` under a rule. */
function planned(
  rule: TableRule,
  schema: Catalog = catalog(firms, notes),
  roles: RoleContext = around(),
): TablePlan {
  const declared = tenancy({ tables: { firms: belongsTo('id'), notes: rule } });
  expect(validateTenancy(declared, schema, roles)).toEqual([]);
  return compileTenancy(declared, schema, roles).tables.find((plan) => plan.table === 'notes')!;
}

const names = (plan: TablePlan): string[] => plan.policies.map(({ name }) => name);

const shared: CustomPolicy = {
  name: 'shared',
  kind: 'permissive',
  command: 'SELECT',
  roles: ['app'],
  using: 'shared',
  says: 'shared ones are seen',
};

const mine = 'firm_id = (SELECT tenant.id())';

describe('a table that belongs by a column', () => {
  it('has one policy a role, one grant a role, and nothing else', () => {
    expect(planned(belongsTo('firm_id'))).toEqual({
      schema: 'public',
      table: 'notes',
      owner: 'migrator',
      rowSecurity: true,
      policies: [
        {
          name: 'notes_app',
          restrictive: false,
          command: 'ALL',
          roles: ['app'],
          using: mine,
          check: mine,
          says: 'app may read, add, change and remove rows of its firm',
          rows: 'own',
        },
        {
          name: 'notes_readonly',
          restrictive: false,
          command: 'SELECT',
          roles: ['readonly'],
          using: mine,
          check: null,
          says: 'readonly may read rows of its firm',
          rows: 'own',
        },
      ],
      grants: { app: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], readonly: ['SELECT'] },
      sequences: {},
      indexes: [{ name: 'plinth_notes_firm_id', columns: ['firm_id'] }],
    });
  });
});

describe('a table that belongs through another', () => {
  it('looks for its parents first, and for the parent of a new row by its key', () => {
    const [app] = planned(belongsVia('firm_id')).policies;
    expect(app).toMatchObject({
      using:
        'firm_id = ANY (ARRAY(SELECT firms.id FROM public.firms WHERE firms.id = (SELECT tenant.id())))',
      check:
        'EXISTS (SELECT FROM public.firms WHERE firms.id = notes.firm_id AND firms.id = (SELECT tenant.id()))',
    });
  });

  it('climbs as far as it takes', () => {
    const schema = catalog(
      table('rooms', { columns: ['id', 'firm_id'] }),
      table('desks', { columns: ['id', 'room_id'], foreignKeys: ['room_id -> rooms'] }),
      table('lamps', { columns: ['id', 'desk_id'], foreignKeys: ['desk_id -> desks'] }),
    );
    const declared = tenancy({
      tables: {
        rooms: belongsTo('firm_id'),
        desks: belongsVia('room_id'),
        lamps: belongsVia('desk_id'),
      },
    });
    const [app] = compileTenancy(declared, schema, around()).tables.find(
      (plan) => plan.table === 'lamps',
    )!.policies;
    expect(app).toMatchObject({
      using:
        'desk_id = ANY (ARRAY(SELECT desks.id FROM public.desks ' +
        'JOIN public.rooms ON rooms.id = desks.room_id ' +
        'WHERE rooms.firm_id = (SELECT tenant.id())))',
      check:
        'EXISTS (SELECT FROM public.desks ' +
        'JOIN public.rooms ON rooms.id = desks.room_id ' +
        'WHERE desks.id = lamps.desk_id ' +
        'AND rooms.firm_id = (SELECT tenant.id()))',
    });
  });

  it('quotes what needs quotes', () => {
    const schema = catalog(
      table('order', { columns: ['id', 'Firm'] }),
      table('no"tes', { columns: ['id', 'user'], foreignKeys: ['user -> order'] }),
    );
    const declared = tenancy({
      tables: { order: belongsTo('Firm'), 'no"tes': belongsVia('user') },
    });
    const plan = compileTenancy(declared, schema, around()).tables[0]!;
    expect(plan.policies[0]).toMatchObject({
      name: 'no"tes_app',
      using:
        '"user" = ANY (ARRAY(SELECT "order".id FROM public."order" WHERE "order"."Firm" = (SELECT tenant.id())))',
      check:
        'EXISTS (SELECT FROM public."order" WHERE "order".id = "no""tes"."user" AND "order"."Firm" = (SELECT tenant.id()))',
    });
  });
});

describe('permissions', () => {
  it('of further roles are those of what they are like', () => {
    const jobs = { name: 'jobs', kind: 'app', logins: ['jobs_a'] } as const;
    const reports = { name: 'a_reports', kind: 'readonly', logins: ['a_reports_a'] } as const;
    const plan = planned(belongsTo('firm_id'), undefined, around(jobs, reports));
    expect(names(plan)).toEqual(['notes_a_reports', 'notes_app', 'notes_jobs', 'notes_readonly']);
    expect(plan.grants).toEqual({ a_reports: READ, app: WRITE, jobs: WRITE, readonly: READ });
    expect(Object.keys(plan.grants)).toEqual(['a_reports', 'app', 'jobs', 'readonly']);
  });

  it('of a role by its own name go before those of its kind', () => {
    const jobs = { name: 'jobs', kind: 'app', logins: ['jobs_a'] } as const;
    const rule = belongsTo('firm_id', { may: { app: WRITE, jobs: ['DELETE', 'SELECT'] } });
    const plan = planned(rule, undefined, around(jobs));
    expect(plan.grants).toEqual({ app: WRITE, jobs: ['SELECT', 'DELETE'] });
    expect(names(plan)).toEqual(['notes_app', 'notes_jobs_delete', 'notes_jobs_select']);
  });

  it('may be none by name, though the kind has some', () => {
    const jobs = { name: 'jobs', kind: 'app', logins: ['jobs_a'] } as const;
    const rule = belongsTo('firm_id', { may: { app: WRITE, jobs: [] } });
    expect(planned(rule, undefined, around(jobs)).grants).toEqual({ app: WRITE });
  });

  it('of a role called like what every object inherits are those of its kind', () => {
    const odd = { name: 'constructor', kind: 'readonly', logins: ['constructor_a'] } as const;
    expect(planned(belongsTo('firm_id'), undefined, around(odd)).grants).toEqual({
      app: WRITE,
      constructor: READ,
      readonly: READ,
    });
  });

  it('a command at a time look at old rows, new rows or both', () => {
    const rule = belongsTo('firm_id', { may: { app: ['INSERT', 'SELECT', 'UPDATE'] } });
    const plan = planned(rule);
    expect(plan.policies.map(({ name, command, using, check }) => [name, command, using, check]))
      // prettier-ignore
      .toEqual([
        ['notes_app_insert', 'INSERT', null, mine],
        ['notes_app_select', 'SELECT', mine, null],
        ['notes_app_update', 'UPDATE', mine, mine],
      ]);
    expect(plan.policies.map(({ says }) => says)).toEqual([
      'app may add rows of its firm',
      'app may read rows of its firm',
      'app may change rows of its firm',
    ]);
  });

  it('to remove look at old rows', () => {
    const rule = belongsTo('firm_id', { may: { app: ['SELECT', 'DELETE'] } });
    expect(planned(rule).policies[0]).toMatchObject({
      command: 'DELETE',
      using: mine,
      check: null,
    });
  });

  it('are policies for the granted commands and no others, whatever is granted', () => {
    fc.assert(
      fc.property(fc.subarray([...WRITE]), fc.subarray([...WRITE]), (app, readonly) => {
        const plan = planned(belongsTo('firm_id', { may: { app, readonly } }));
        for (const [role, commands] of Object.entries({ app, readonly })) {
          const policies = plan.policies.filter(({ roles }) => roles.includes(role));
          const covered = policies.flatMap(({ command }) => (command === 'ALL' ? WRITE : command));
          expect(covered.sort()).toEqual([...commands].sort());
          expect([...(plan.grants[role] ?? [])].sort()).toEqual([...commands].sort());
        }
      }),
    );
  });
});

describe('policies written by hand', () => {
  const binding = {
    name: 'notes_tenant',
    restrictive: true,
    command: 'ALL',
    roles: ['public'],
    using: mine,
    check: mine,
    says: 'nobody reaches rows of another firm, whatever other policies allow',
    rows: 'own',
  };

  it('that allow something are bound to the tenant', () => {
    const plan = planned(belongsTo('firm_id', { policies: [shared] }));
    expect(names(plan)).toEqual(['notes_app', 'notes_readonly', 'notes_tenant', 'shared']);
    expect(plan.policies[2]).toEqual(binding);
    expect(plan.policies[3]).toEqual({
      name: 'shared',
      restrictive: false,
      command: 'SELECT',
      roles: ['app'],
      using: 'shared',
      check: null,
      says: 'shared ones are seen',
      rows: 'some',
    });
  });

  it('that narrow need no binding', () => {
    const narrow = { ...shared, kind: 'restrictive' } as const;
    const plan = planned(belongsTo('firm_id', { policies: [narrow] }));
    expect(names(plan)).toEqual(['notes_app', 'notes_readonly', 'shared']);
  });

  it('bind exactly when one of them allows something', () => {
    const kinds = fc.array(fc.constantFrom('permissive', 'restrictive'), { maxLength: 4 });
    fc.assert(
      fc.property(kinds, (chosen) => {
        const policies = chosen.map((kind, n) => ({ ...shared, kind, name: `p${n}` }));
        const plan = planned(belongsTo('firm_id', { policies }));
        expect(names(plan).includes('notes_tenant')).toBe(chosen.includes('permissive'));
      }),
    );
  });

  it('name roles by themselves, by kind, or everybody', () => {
    const jobs = { name: 'jobs', kind: 'app', logins: ['jobs_a'] } as const;
    const roles = (...chosen: string[]) =>
      planned(
        belongsTo('firm_id', { policies: [{ ...shared, roles: chosen }] }),
        undefined,
        around(jobs),
      ).policies.find(({ name }) => name === 'shared')?.roles;
    expect(roles('app')).toEqual(['app', 'jobs']);
    expect(roles('readonly', 'jobs')).toEqual(['jobs', 'readonly']);
    expect(roles('jobs', 'app')).toEqual(['app', 'jobs']);
    expect(roles('public')).toEqual(['public']);
  });

  it('reach every row when they say so', () => {
    const rows = (more: Partial<CustomPolicy>) =>
      planned(customPolicies([{ ...shared, ...more }])).policies.map((policy) => policy.rows);
    expect(rows({ using: ' TRUE ' })).toEqual(['all']);
    expect(rows({ command: 'ALL', check: 'true' })).toEqual(['all']);
    expect(rows({})).toEqual(['some']);
  });

  it('may be all that a table has', () => {
    const plan = planned(customPolicies([shared], { may: { readonly: READ } }));
    expect(names(plan)).toEqual(['shared']);
    expect(plan).toMatchObject({ rowSecurity: true, grants: { readonly: READ }, indexes: [] });
  });
});

describe('an exempt table', () => {
  const free = (more: object, name = 'firms') =>
    compileTenancy(
      tenancy({ tables: {}, exempt: { [name]: { reason: 'shared', ...more } } }),
      catalog(firms, table('firms_1', { kind: 'partition', parent: 'firms' })),
      around(),
    );

  it('is read by everybody and has no policies', () => {
    const plan = free({});
    expect(plan.tables[0]).toMatchObject({
      table: 'firms',
      rowSecurity: false,
      policies: [],
      grants: { app: READ, readonly: READ },
      indexes: [],
    });
    expect(plan.schema.exempt).toEqual({ firms: 'shared' });
  });

  it('is written by those who may', () => {
    expect(free({ may: { app: WRITE } }).tables[0]?.grants).toEqual({ app: WRITE });
  });

  it('closes its partitions, which are read through it', () => {
    expect(free({}).tables[1]).toMatchObject({ table: 'firms_1', rowSecurity: true, grants: {} });
  });
});

describe('partitions', () => {
  const parts = [
    table('notes_1_2', { kind: 'partition', parent: 'notes_1', sequences: ['s'] }),
    table('notes_1', { kind: 'partition', parent: 'notes' }),
    table('notes_far', { kind: 'foreign', parent: 'notes' }),
  ];
  const schema = catalog(firms, { ...notes, kind: 'partitioned' }, ...parts);
  const declared = tenancy({ tables: { firms: belongsTo('id'), notes: belongsTo('firm_id') } });

  it('have neither policies nor grants, at any depth', () => {
    expect(validateTenancy(declared, schema, around())).toEqual([]);
    const closed = {
      ...{ schema: 'public', owner: 'migrator', rowSecurity: true, policies: [], grants: {} },
      ...{ sequences: {}, indexes: [] },
    };
    expect(compileTenancy(declared, schema, around()).tables.slice(2)).toEqual([
      { ...closed, table: 'notes_1' },
      { ...closed, table: 'notes_1_2', sequences: { s: [] } },
      // Postgres has no row security for those.
      { ...closed, table: 'notes_far', rowSecurity: false },
    ]);
  });
});

describe('sequences', () => {
  it('are for whoever inserts', () => {
    const schema = catalog(firms, { ...notes, sequences: ['notes_id_seq'] });
    const used = (rule: TableRule) => planned(rule, schema).sequences;
    expect(used(belongsTo('firm_id'))).toEqual({ notes_id_seq: ['app'] });
    expect(used(belongsTo('firm_id', { may: { app: READ } }))).toEqual({ notes_id_seq: [] });
  });
});

describe('a sequence of several tables', () => {
  it('is for whoever inserts into one of them, in the plan of each', () => {
    const feeds = { sequences: ['seq'] };
    const schema = catalog(
      table('firms', feeds),
      { ...notes, ...feeds, kind: 'partitioned' },
      table('notes_1', { ...feeds, kind: 'partition', parent: 'notes' }),
    );
    const jobs = { name: 'jobs', kind: 'app', logins: ['jobs_a'] } as const;
    const declared = tenancy({
      tables: {
        firms: belongsTo('id', { may: { jobs: WRITE } }),
        notes: belongsTo('firm_id', { may: { app: WRITE, jobs: READ } }),
      },
    });
    const plan = compileTenancy(declared, schema, around(jobs));
    expect(plan.tables.map(({ sequences }) => sequences)).toEqual([
      { seq: ['app', 'jobs'] },
      { seq: ['app', 'jobs'] },
      { seq: ['app', 'jobs'] },
    ]);
  });
});

describe('indexes', () => {
  const made = (indexes: Parameters<typeof table>[1]) =>
    planned(belongsTo('firm_id'), catalog(firms, { ...notes, ...table('notes', { ...indexes, columns: ['id', 'firm_id'] }), foreignKeys: notes.foreignKeys })).indexes; // prettier-ignore

  it('that begin with the column are enough', () => {
    expect(made({ indexes: [{ name: 'i', columns: ['firm_id', 'id'] }] })).toEqual([]);
  });

  it.each([
    ['begin with another', { columns: ['id', 'firm_id'] }],
    ['leave rows out', { columns: ['firm_id'], partial: true }],
    ['hold an expression', { columns: ['', 'firm_id'] }],
  ])('that %s are not', (_, index) => {
    expect(made({ indexes: [{ name: 'i', ...index }] })).toEqual([
      { name: 'plinth_notes_firm_id', columns: ['firm_id'] },
    ]);
  });

  it('of tables and columns that are spelt alike have names of their own', () => {
    const schema = catalog(
      table('a', { columns: ['id', 'b_c'] }),
      table('a_b', { columns: ['id', 'c'] }),
    );
    const declared = tenancy({ tables: { a: belongsTo('b_c'), a_b: belongsTo('c') } });
    const indexes = compileTenancy(declared, schema, around()).tables.flatMap(
      (plan) => plan.indexes,
    );
    expect(indexes.map(({ name }) => name)).toEqual(['plinth_a_b_c_1', 'plinth_a_b_c_3']);
  });
});

describe('the schema', () => {
  it('is used by the roles and the platform', () => {
    const usage = { ...around(), usage: ['monitor', 'app'] };
    expect(compileTenancy(tenancy(), catalog(firms), usage).schema.usage).toEqual([
      'app',
      'monitor',
      'readonly',
    ]);
  });

  it('names the logins that see every row', () => {
    const declared = tenancy({ bypass: { backup: 'a dump is whole' } });
    expect(compileTenancy(declared, catalog(firms), around()).schema.bypass).toEqual({
      backup_a: 'a dump is whole',
      backup_b: 'a dump is whole',
    });
  });

  it('is the same for the same, in whichever order it is said', () => {
    const both = { firms: belongsTo('id'), notes: belongsVia('firm_id') };
    const turned = { notes: both.notes, firms: both.firms };
    expect(
      compileTenancy(tenancy({ tables: turned }), catalog(notes, firms), around()).tables,
    ).toEqual(compileTenancy(tenancy({ tables: both }), catalog(firms, notes), around()).tables);
  });
});
