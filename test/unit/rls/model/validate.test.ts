import { describe, expect, it } from '@jest/globals';
import { tableOf, type Catalog, type Table } from '../../../../rls/catalog/catalog.ts';
import { validateTenancy } from '../../../../rls/model/validate.ts';
import { tenancy as example } from '../../../../examples/classrooms/tenancy.ts';
import {
  READ,
  belongsVia,
  belongsTo,
  customPolicies,
  type CustomPolicy,
  type TableRule,
  type Tenancy,
} from '../../../../rls/model/tenancy.ts';
import { compileTenancy } from '../../../../rls/compile/compile.ts';
import type { RoleContext } from '../../../../rls/model/plan.ts';
import { around, catalog, table } from '../../../support/rls/generated-schema.ts';
import { exampleCatalog } from '../../../support/rls/plan.ts';

const school = catalog(
  table('classrooms', {
    columns: ['id', 'facilitator_id', 'name text'],
    indexes: [{ name: 'classrooms_code_key', unique: true, columns: ['name'] }],
  }),
  table('students', {
    columns: ['id', 'classroom_id'],
    foreignKeys: ['classroom_id -> classrooms'],
  }),
);

const tables = {
  classrooms: belongsTo('facilitator_id'),
  students: belongsVia('classroom_id'),
};

const declared: Tenancy = {
  schema: 'public',
  tenant: { is: 'facilitator', setting: 'app.facilitator_id', type: 'uuid' },
  tables,
  bypass: { backup: 'a dump that misses rows is no backup' },
};

const with_ = (more: Partial<Tenancy>): Tenancy => ({ ...declared, ...more });
const rules = (more: Readonly<Record<string, TableRule>>): Tenancy =>
  with_({ tables: { ...tables, ...more } });

const unconditional: CustomPolicy = {
  name: 'students_shared',
  kind: 'permissive',
  command: 'SELECT',
  roles: ['app'],
  says: 'shared ones are seen',
};
const policy = { ...unconditional, using: 'shared' };
const handed = (...policies: readonly Partial<CustomPolicy>[]): Tenancy =>
  rules({
    students: belongsVia('classroom_id', {
      policies: policies.map((more) => ({ ...policy, ...more })),
    }),
  });
const and = (...more: Table[]): Catalog => catalog(...school.tables, ...more);

const far = table('far', { columns: ['id', 'a_id'], foreignKeys: ['a_id -> elsewhere.a'] });
const tags = table('tags');
const loops = [
  table('a', { columns: ['id', 'b_id'], foreignKeys: ['b_id -> b'] }),
  table('b', { columns: ['id', 'a_id'], foreignKeys: ['a_id -> a'] }),
];
const partition = table('students_1', { kind: 'partition', parent: 'students' });

/** What is wrong, the declaration, what is said, and the schema and roles where they are not the usual ones. */
const wrong: readonly (readonly [string, Tenancy, string, Catalog?, RoleContext?])[] = [
  [
    'a tenant without a name',
    with_({ tenant: { ...declared.tenant, is: ' ' } }),
    'tenant.is is empty: say what a tenant is called',
  ],
  ...['facilitator_id', 'App.id', 'app.', 'app.a b', "app.'x"].map(
    (setting) =>
      [
        `setting ${setting}`,
        with_({ tenant: { ...declared.tenant, setting } }),
        `tenant.setting is "${setting}", but a setting of an application's own is lower-case words with a dot between: app.tenant_id`,
      ] as const,
  ),
  [
    'a table that is mistyped',
    rules({ studens: belongsVia('classroom_id') }),
    'tables.studens is no table of schema public, which has classrooms, students: did you mean students?',
  ],
  [
    'a table that every object inherits',
    rules({ constructor: belongsTo('id') }),
    'tables.constructor is no table of schema public, which has classrooms, students',
  ],
  [
    'a table in a schema without tables',
    with_({ tables: { students: belongsTo('id') } }),
    'tables.students is no table of schema public, which has none',
    catalog(),
  ],
  [
    'a table that is forgotten, with a column like those of others',
    declared,
    "tables has no notes, which is in schema public: add notes: belongsTo('facilitator_id'), or exempt it with a reason",
    and(table('notes', { columns: ['id', 'facilitator_id'] })),
  ],
  [
    'a table that is forgotten, with a foreign key',
    declared,
    "tables has no notes, which is in schema public: add notes: belongsVia('student_id'), or exempt it with a reason",
    and(table('notes', { columns: ['id', 'student_id'], foreignKeys: ['student_id -> students'] })),
  ],
  [
    'a table that is forgotten, with a foreign key to another schema',
    declared,
    'tables has no No tes, which is in schema public: add "No tes": belongsVia(\'<foreign key>\'), or exempt it with a reason',
    and(table('No tes', { columns: ['id', 's_id'], foreignKeys: ['s_id -> other.students'] })),
  ],
  [
    'a table that is forgotten and called like what every object inherits',
    declared,
    "tables has no constructor, which is in schema public: add constructor: belongsVia('<foreign key>'), or exempt it with a reason",
    and(table('constructor')),
  ],
  [
    'a foreign table',
    rules({ far: belongsTo('id') }),
    'tables.far is a foreign table, which has no row security: exempt it, or keep it in another schema',
    and(table('far', { kind: 'foreign' })),
  ],
  [
    'a partition',
    rules({ students_1: belongsTo('id') }),
    'tables.students_1 is a partition of students: declare students instead',
    and(partition),
  ],
  [
    'a partition that is exempt',
    with_({ exempt: { students_1: { reason: 'old' } } }),
    'exempt.students_1 is a partition of students and goes with it: take it out',
    and(partition),
  ],
  [
    'a column that is mistyped',
    rules({ classrooms: belongsTo('facilitatorId') }),
    'tables.classrooms names column facilitatorId, but classrooms has id, facilitator_id, name: did you mean facilitator_id?',
  ],
  [
    'a column of another type',
    rules({ classrooms: belongsTo('name') }),
    'tables.classrooms: name is text, but a facilitator is uuid: name another column, or change tenant.type',
  ],
  [
    'a column that leads nowhere',
    rules({ students: belongsVia('id') }),
    'tables.students: students.id has no foreign key of its own, so nothing leads to the facilitator: add one, or write the policies by hand',
  ],
  [
    'a foreign key of two columns',
    rules({ pairs: belongsVia('a') }),
    'tables.pairs: pairs.a has no foreign key of its own, so nothing leads to the facilitator: add one, or write the policies by hand',
    and(table('pairs', { columns: ['id', 'a', 'b'], foreignKeys: ['(a, b) -> classrooms'] })),
  ],
  [
    'a parent that is exempt',
    with_({
      tables: { ...tables, marks: belongsVia('tag_id') },
      exempt: { tags: { reason: 'everybody shares them' } },
    }),
    'tables.marks: marks.tag_id leads to public.tags, which belongs to nobody: declare it with belongsTo or belongsVia',
    and(tags, table('marks', { columns: ['id', 'tag_id'], foreignKeys: ['tag_id -> tags'] })),
  ],
  [
    'a parent in another schema',
    rules({ far: belongsVia('a_id'), a: belongsTo('id') }),
    'tables.far: far.a_id leads to elsewhere.a, which belongs to nobody: declare it with belongsTo or belongsVia',
    and(far, table('a')),
  ],
  [
    'a parent with policies by hand',
    rules({
      tags: customPolicies([{ ...policy, name: 'all_tags' }]),
      marks: belongsVia('tag_id'),
    }),
    'tables.marks: marks.tag_id leads to public.tags, which has only policies written by hand: declare it with belongsTo or belongsVia',
    and(tags, table('marks', { columns: ['id', 'tag_id'], foreignKeys: ['tag_id -> tags'] })),
  ],
  [
    'a table that leads to itself',
    rules({ trees: belongsVia('trees_id') }),
    'tables.trees leads in a circle (trees → trees): let one of them belong by a column',
    and(table('trees', { columns: ['id', 'trees_id'], foreignKeys: ['trees_id -> trees'] })),
  ],
  [
    'a parent that a role may not read',
    rules({ classrooms: belongsTo('facilitator_id', { may: { app: READ } }) }),
    'tables.students: readonly may use students, but not read classrooms, through which it belongs to a facilitator: let it SELECT classrooms',
  ],
  [
    'a unique constraint that is mistyped',
    rules({ classrooms: belongsTo('facilitator_id', { reveals: { classroom_code_key: 'so' } }) }),
    'tables.classrooms.reveals names classroom_code_key, but the unique constraints of classrooms are classrooms_pkey, classrooms_code_key: did you mean classrooms_code_key?',
  ],
  [
    'a role that is mistyped',
    rules({
      students: belongsVia('classroom_id', { may: { app: READ, raedonly: READ } }),
    }),
    "tables.students.may names role raedonly, but the environment's are app, readonly: did you mean readonly?",
  ],
  [
    'an exempt table that is no table',
    with_({ exempt: { studens: { reason: 'so' } } }),
    'exempt.studens is no table of schema public, which has classrooms, students: did you mean students?',
  ],
  [
    'an exempt table that is covered',
    with_({ exempt: { students: { reason: 'so' } } }),
    'exempt.students is covered by tables.students as well: take one of them out',
  ],
  [
    'an exempt table without a reason',
    with_({ exempt: { tags: { reason: ' ' } } }),
    "exempt.tags has no reason: say why its rows are nobody's in particular",
    and(tags),
  ],
  [
    'an exempt table with a role that is mistyped',
    with_({ exempt: { tags: { reason: 'so', may: { ap: READ } } } }),
    "exempt.tags.may names role ap, but the environment's are app, readonly: did you mean app?",
    and(tags),
  ],
  [
    'a bypass for nobody',
    with_({ bypass: { backups: 'so' } }),
    'bypass.backups is no user; they are app, readonly, migrator, monitor, backup: did you mean backup?',
  ],
  [
    'a bypass for the application',
    with_({ bypass: { app: 'so' } }),
    'bypass.app is a role of the application, which must never see rows of another facilitator: take it out',
  ],
  [
    'a bypass without a reason',
    with_({ bypass: { backup: '' } }),
    'bypass.backup has no reason: say why it sees every row',
  ],
  [
    'a policy for a role that is mistyped',
    handed({ roles: ['public', 'apps'] }),
    "tables.students.policies.students_shared.roles names role apps, but the environment's are app, readonly: did you mean app?",
  ],
  [
    'a policy for nobody',
    handed({ roles: [] }),
    'tables.students.policies.students_shared is for no role: name one, or public',
  ],
  [
    'a policy that says nothing',
    handed({ says: '' }),
    'tables.students.policies.students_shared says nothing: write what it means as a sentence',
  ],
  [
    'a policy without a condition',
    rules({ students: belongsVia('classroom_id', { policies: [unconditional] }) }),
    'tables.students.policies.students_shared has neither using nor check: give it a condition',
  ],
  [
    'a policy with an empty using',
    handed({ using: ' ' }),
    'tables.students.policies.students_shared.using is empty: write a condition, or leave it out',
  ],
  [
    'a policy with an empty check',
    handed({ command: 'ALL', check: '' }),
    'tables.students.policies.students_shared.check is empty: write a condition, or leave it out',
  ],
  [
    'a policy that looks at old rows of an INSERT',
    handed({ command: 'INSERT' }),
    'tables.students.policies.students_shared is for INSERT, which sees no old row: say check instead of using',
  ],
  ...(['SELECT', 'DELETE'] as const).map(
    (command) =>
      [
        `a policy that looks at new rows of a ${command}`,
        handed({ command, check: 'true' }),
        `tables.students.policies.students_shared is for ${command}, which writes no row: say using instead of check`,
      ] as const,
  ),
  [
    'two policies of one name',
    handed({}, {}),
    'tables.students.policies.students_shared is there twice: give one another name',
  ],
  [
    'a policy without a name',
    handed({ name: '' }),
    'tables.students.policies has one without a name: give it one',
  ],
  [
    'a policy whose name Postgres would cut',
    handed({ name: 'ü'.repeat(32) }),
    `tables.students.policies.${'ü'.repeat(32)} has a name of 64 bytes, and Postgres keeps 63: shorten it`,
  ],
  ...['students_app', 'students_readonly', 'students_tenant'].map(
    (name) =>
      [
        `a policy called ${name}`,
        handed({ name }),
        `tables.students.policies.${name} has the name of a derived policy: give it another`,
      ] as const,
  ),
  [
    'two roles whose policies have one name',
    rules({
      students: belongsVia('classroom_id', {
        may: { app: ['SELECT', 'INSERT'], app_select: ['SELECT'] },
      }),
    }),
    'tables.students: two roles come to a policy students_app_select: rename one of them',
    school,
    around({ name: 'app_select', kind: 'app', logins: ['app_select_a'] }),
  ],
];

describe('problemsOf', () => {
  it.each(
    wrong.map(([what, tenancy, sentence, schema = school, roles = around()]) => ({
      ...{ what, tenancy, sentence, schema, roles },
    })),
  )('tells $what', ({ tenancy, sentence, schema, roles }) => {
    expect(validateTenancy(tenancy, schema, roles)).toEqual([sentence]);
  });

  it('tells all at once', () => {
    const tenancy = with_({
      tables: { classrooms: belongsTo('name'), studens: belongsVia('classroom_id') },
      bypass: { nobody: '' },
    });
    expect(validateTenancy(tenancy, school, around())).toEqual([
      'tables.classrooms: name is text, but a facilitator is uuid: name another column, or change tenant.type',
      'tables.studens is no table of schema public, which has classrooms, students: did you mean students?',
      'bypass.nobody is no user; they are app, readonly, migrator, monitor, backup',
      "tables has no students, which is in schema public: add students: belongsVia('classroom_id'), or exempt it with a reason",
    ]);
  });

  it('tells every table of a circle', () => {
    const tenancy = rules({ a: belongsVia('b_id'), b: belongsVia('a_id') });
    expect(validateTenancy(tenancy, and(...loops), around())).toEqual([
      'tables.a leads in a circle (a → b → a): let one of them belong by a column',
      'tables.b leads in a circle (b → a → b): let one of them belong by a column',
    ]);
  });

  it.each([
    ['uuid', ['uuid'], ['text', 'bigint']],
    ['bigint', ['bigint', 'integer', 'smallint'], ['numeric', 'uuid']],
    ['integer', ['integer', 'smallint', 'bigint'], ['text']],
    ['text', ['text', 'character varying', 'character varying(20)'], ['character(20)', 'uuid']],
  ] as const)('takes a tenant of type %s from columns of %j', (type, right, others) => {
    const tenancy = with_({ tenant: { ...declared.tenant, type }, tables: { t: belongsTo('c') } });
    const problems = (of: string) => {
      const t = table('t');
      const columns = [{ ...t.columns[0]!, name: 'c', type: of }];
      return validateTenancy(tenancy, catalog({ ...t, columns }), around());
    };
    expect(right.flatMap(problems)).toEqual([]);
    expect(others.map((of) => problems(of).length)).toEqual(others.map(() => 1));
  });

  it('finds nothing wrong with the example', () => {
    expect(validateTenancy(example, exampleCatalog(), around())).toEqual([]);
  });

  it('finds nothing wrong with the declaration that the wrong ones are made of', () => {
    expect(validateTenancy(declared, school, around())).toEqual([]);
    expect(validateTenancy(handed({}), school, around())).toEqual([]);
  });

  it('misses no table of the example, whichever is left out', () => {
    const left = Object.keys(example.tables).map((name) => {
      const others = Object.entries(example.tables).filter(([other]) => other !== name);
      const tables = Object.fromEntries(others);
      return validateTenancy({ ...example, tables }, exampleCatalog(), around());
    });
    expect(left.map((problems) => problems.length > 0)).toEqual(left.map(() => true));
  });

  it('lets a plan be made that speaks of each table of the schema once', () => {
    const schema = and(partition, tags, table('tags_1', { kind: 'partition', parent: 'tags' }));
    const tenancy = with_({ exempt: { tags: { reason: 'everybody shares them' } } });
    expect(validateTenancy(tenancy, schema, around())).toEqual([]);
    const planned = compileTenancy(tenancy, schema, around()).tables.map((plan) => plan.table);
    expect(planned).toEqual(schema.tables.map(({ name }) => name).sort());
    expect(planned.every((name) => tableOf(schema, name) !== undefined)).toBe(true);
  });
});
