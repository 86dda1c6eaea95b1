/**
 * The example's plan on a real Postgres inside this process: who sees and changes what.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { CATALOG_SQL, type Catalog } from '../../../../rls/catalog/catalog.ts';
import { tenancy as classrooms } from '../../../../examples/classrooms/tenancy.ts';
import { compileTenancy } from '../../../../rls/compile/compile.ts';
import { settingContextSql } from '../../../../rls/compile/session-variable-context.ts';
import { applyPlan } from '../../../support/rls/apply-plan.ts';
import { around } from '../../../support/rls/generated-schema.ts';

declare const PGlite: typeof pglite.PGlite;

// A Postgres shares the processor with whatever else is tested.
jest.setTimeout(600_000);

const folder = path.join(import.meta.dirname, '../../../../examples/classrooms/migrations');
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

/** The roles as an environment declares them. */
const roles = `
  CREATE ROLE migrator NOLOGIN;
  CREATE ROLE app NOLOGIN;
  CREATE ROLE app_a LOGIN IN ROLE app;
  CREATE ROLE app_b LOGIN IN ROLE app;
  CREATE ROLE readonly NOLOGIN;
  CREATE ROLE readonly_a LOGIN IN ROLE readonly;
  CREATE ROLE monitor NOLOGIN;
  CREATE ROLE backup LOGIN BYPASSRLS IN ROLE pg_read_all_data;
  CREATE ROLE stranger LOGIN;
  ALTER DATABASE postgres OWNER TO migrator;
  ALTER SCHEMA public OWNER TO migrator;
`;

const tables = [
  'facilitators',
  'classrooms',
  'students',
  'student_progress',
  'analytics_events',
  'student_feedback',
];
const everyRow = [60, 600, 11_952, 35_755, 24_000, 6_007];
const noRow = [0, 0, 0, 0, 0, 0];
const mine = [1, 10, 205, 614, 400, 96];
const logins = ['app_a', 'app_b', 'readonly_a'];
const ada = 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d';
// A key of two columns, the parent and its tenant, refuses another tenant's parent as it does one that is not there.
const refused =
  /violates row-level security policy|violates foreign key constraint "\w+_of_tenant_fkey"/;

let db: pglite.PGlite;

/** From here on this connection is that login. */
const become = (login: string): Promise<unknown> => db.exec(`SET SESSION AUTHORIZATION ${login};`);

/** Until the end of the transaction this connection works for that tenant. */
const workFor = (tenant: string): Promise<unknown> =>
  db.query(`SELECT set_config('app.facilitator_id', $1, true)`, [tenant]);

const counts = async (): Promise<number[]> => {
  const list = tables.map((table) => `SELECT count(*)::int AS n FROM ${table}`).join(' UNION ALL ');
  return (await db.query<{ n: number }>(list)).rows.map((row) => row.n);
};

const changed = async (statement: string): Promise<number | undefined> =>
  (await db.query(statement)).affectedRows;

/** One number that changes with any value of any row. */
const fingerprint = async (): Promise<string> => {
  const rows = (table: string): string =>
    `(SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) FROM ${table} AS t)`;
  const all = `SELECT md5(${tables.map(rows).join(' || ')}) AS print`;
  return (await db.query<{ print: string }>(all)).rows[0]?.print ?? '';
};

/** Writes the sample data as role app, which may say for whom only here. */
const sow = (): Promise<unknown> =>
  db.exec(`
    SET SESSION AUTHORIZATION postgres; GRANT EXECUTE ON FUNCTION tenant.become TO app; SET ROLE app;
    ${read('../seed/dev.sql')}
    RESET ROLE; REVOKE EXECUTE ON FUNCTION tenant.become FROM app;
  `);

beforeAll(async () => {
  db = await PGlite.create();
  await db.exec(roles);
  // Before the tables, whose defaults may ask for the tenant.
  for (const sql of settingContextSql(classrooms.tenant, ['migrator'])) await db.exec(sql);
  await become('migrator');
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith('.sql')) await db.exec(`BEGIN; ${read(file)} COMMIT;`);
  }
  await db.exec('SET SESSION AUTHORIZATION postgres');
  const { rows } = await db.query<{ catalog: Catalog }>(CATALOG_SQL, ['public']);
  await applyPlan(db, compileTenancy(classrooms, rows[0]!.catalog, around()));
  await sow();
});

afterAll(() => db.close());

beforeEach(() => db.exec('BEGIN'));
afterEach(() => db.exec('ROLLBACK; SET SESSION AUTHORIZATION postgres;'));

describe('the sample data', () => {
  it('is all there, seen by the role that bypasses row security', async () => {
    await become('backup');
    expect(await counts()).toEqual(everyRow);
  });

  it('is not touched by a second run', async () => {
    await become('backup');
    const before = await fingerprint();
    await sow();
    await become('app_a');
    expect(await counts()).toEqual(noRow);
    await become('backup');
    expect(await fingerprint()).toBe(before);
  });
});

describe('reading', () => {
  it.each(logins)('%s sees one facilitator, the one it works for', async (role) => {
    await become(role);
    await workFor(ada);
    expect(await counts()).toEqual(mine);
    const { rows } = await db.query('SELECT DISTINCT facilitator_id FROM classrooms');
    expect(rows).toEqual([{ facilitator_id: ada }]);
  });

  it.each(logins)('%s sees nothing without a tenant', async (role) => {
    await become(role);
    expect(await counts()).toEqual(noRow);
  });

  it.each(logins)('%s sees nothing with an empty tenant', async (role) => {
    await become(role);
    await workFor('');
    expect(await counts()).toEqual(noRow);
  });

  it('all tenants together are all rows, so that no row is seen twice or never', async () => {
    await become('app_a');
    const sums = [...noRow];
    for (let n = 1; n <= 60; n++) {
      await db.query(`SELECT set_config('app.facilitator_id', md5($1)::uuid::text, true)`, [
        `facilitator ${String(n)}`,
      ]);
      (await counts()).forEach((count, table) => (sums[table] = (sums[table] ?? 0) + count));
    }
    expect(sums).toEqual(everyRow);
  });

  it.each([
    ...[' ', 'null', '0', '1 OR 1=1', "' OR ''='", ada.slice(1), `${ada}x`, '%', '🙂'].map(
      (tenant) => [tenant, tenant] as const,
    ),
    ['very long', 'x'.repeat(10_000)] as const,
  ])('a tenant that is no uuid sees nothing, and no error: %j', async (_, tenant) => {
    for (const login of logins) {
      await become(login);
      await workFor(tenant);
      expect(await counts()).toEqual(noRow);
    }
  });

  it.each([ada.toUpperCase(), `{${ada}}`, ada.replaceAll('-', '')])(
    'a uuid in another spelling is the same tenant: %s',
    async (tenant) => {
      await become('app_a');
      await workFor(tenant);
      expect(await counts()).toEqual(mine);
    },
  );

  it('a tenant that is none sees nothing', async () => {
    await become('app_a');
    await workFor('00000000-0000-4000-8000-000000000000');
    expect(await counts()).toEqual(noRow);
  });

  it('the tenant ends with the transaction', async () => {
    await become('app_a');
    await workFor(ada);
    await db.exec('COMMIT; BEGIN;');
    expect(await counts()).toEqual(noRow);
  });

  it('the owner of the tables sees nothing, whatever it sets', async () => {
    await become('migrator');
    await workFor(ada);
    expect(await counts()).toEqual(noRow);
  });

  it('somebody without a role of ours may neither connect, look nor make anything', async () => {
    const { rows } = await db.query(
      `SELECT has_database_privilege('stranger', current_database(), 'CONNECT') AS connect,
              has_database_privilege('stranger', current_database(), 'TEMP') AS temp,
              has_schema_privilege('stranger', 'public', 'USAGE') AS use,
              has_schema_privilege('stranger', 'public', 'CREATE') AS make`,
    );
    expect(rows).toEqual([{ connect: false, temp: false, use: false, make: false }]);
    await become('stranger');
    await workFor(ada);
    await expect(db.query('SELECT FROM public.facilitators')).rejects.toThrow(
      /permission denied for schema public/,
    );
  });

  it('nobody of the application may say who the tenant is in another way', async () => {
    for (const login of logins) {
      await become(login);
      await db.exec('SAVEPOINT before');
      await expect(db.query(`SELECT tenant.become('${ada}')`)).rejects.toThrow(/permission denied/);
      await db.exec('ROLLBACK TO before');
    }
  });
});

describe('writing as another tenant', () => {
  const theirs = `md5('facilitator 2')::uuid`;
  const theirClassroom = `md5('classroom 2 1')::uuid`;
  const theirStudent = `md5('student ' || ${theirClassroom} || ' 1')::uuid`;
  const lesson = `md5('lesson 9')::uuid`;
  const classroom = `'ZZZZZZ99', 'Mine now', 'School', 5`;

  beforeEach(async () => {
    await become('app_a');
    await workFor(ada);
  });

  it.each([
    `INSERT INTO facilitators (email, display_name, organization) VALUES ('x@example.org', 'X', 'X')`,
    `INSERT INTO classrooms (facilitator_id, classroom_code, name, school, grade)
       VALUES (${theirs}, ${classroom})`,
    `INSERT INTO students (classroom_id, anonymous_id) VALUES (${theirClassroom}, 'S-999')`,
    `INSERT INTO student_progress (student_id, lesson_id) VALUES (${theirStudent}, ${lesson})`,
    `INSERT INTO analytics_events (classroom_id, event_type, event_category)
       VALUES (${theirClassroom}, 'x', 'x')`,
    `INSERT INTO student_feedback (student_id, lesson_id, feedback_type, rating)
       VALUES (${theirStudent}, ${lesson}, 'rating', 1)`,
    `UPDATE facilitators SET id = gen_random_uuid()`,
    `UPDATE classrooms SET facilitator_id = ${theirs}`,
    `UPDATE students SET classroom_id = ${theirClassroom} WHERE id = (SELECT min(id::text)::uuid FROM students)`,
    `UPDATE student_progress SET student_id = ${theirStudent}
       WHERE id = (SELECT min(id::text)::uuid FROM student_progress)`,
    `UPDATE analytics_events SET classroom_id = ${theirClassroom}`,
    `UPDATE student_feedback SET student_id = ${theirStudent}`,
    // Onto a row of theirs, with values that would be ours.
    `INSERT INTO classrooms (id, facilitator_id, classroom_code, name, school, grade)
       VALUES (${theirClassroom}, '${ada}', ${classroom})
       ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
    `INSERT INTO students (id, classroom_id, anonymous_id)
       VALUES (${theirStudent}, md5('classroom 1 1')::uuid, 'S-999')
       ON CONFLICT (id) DO UPDATE SET anonymous_id = excluded.anonymous_id`,
  ])('is refused: %s', async (statement) => {
    await expect(changed(statement)).rejects.toThrow(refused);
  });

  it.each([
    `UPDATE facilitators SET is_active = false WHERE id = ${theirs}`,
    `UPDATE classrooms SET name = 'x' WHERE id = ${theirClassroom}`,
    `UPDATE students SET is_active = false WHERE id = ${theirStudent}`,
    `UPDATE student_progress SET score = 0 WHERE student_id = ${theirStudent}`,
    `UPDATE analytics_events SET event_value = 0 WHERE classroom_id = ${theirClassroom}`,
    `DELETE FROM facilitators WHERE id = ${theirs}`,
    `DELETE FROM classrooms WHERE id = ${theirClassroom}`,
    `DELETE FROM students WHERE id = ${theirStudent}`,
    `DELETE FROM student_feedback WHERE student_id = ${theirStudent}`,
  ])('finds no row: %s', async (statement) => {
    expect(await changed(statement)).toBe(0);
  });

  it.each(tables)('cannot empty %s for everybody', async (table) => {
    await expect(db.exec(`TRUNCATE ${table} CASCADE`)).rejects.toThrow(/permission denied/);
  });

  it('readonly cannot write its own rows either', async () => {
    await become('readonly_a');
    await workFor(ada);
    await expect(changed(`UPDATE classrooms SET name = 'x'`)).rejects.toThrow(/permission denied/);
  });
});

describe('writing as oneself', () => {
  beforeEach(async () => {
    await become('app_a');
    await workFor(ada);
  });

  it('reaches every row of the tenant and no other', async () => {
    expect(await changed('UPDATE students SET is_active = true')).toBe(205);
    expect(await changed('UPDATE student_progress SET time_spent_seconds = 1')).toBe(614);
    expect(await changed(`UPDATE student_feedback SET created_at = now()`)).toBe(96);
  });

  it('a classroom taken away takes its children along, past the forced row security', async () => {
    await db.query('DELETE FROM classrooms');
    expect(await counts()).toEqual([1, 0, 0, 0, 0, 0]);
    await become('backup');
    const left = [60, 590, 11_952 - 205, 35_755 - 614, 24_000 - 400, 6_007 - 96];
    expect(await counts()).toEqual(left);
  });
});

describe('the plans', () => {
  /** Whether the policy can use the index, not whether so few rows make it worth while. */
  const explained = async (login: string, statement: string): Promise<string> => {
    await db.exec('SET LOCAL enable_seqscan = off');
    await become(login);
    await workFor(ada);
    const { rows } = await db.query<Record<string, string>>(`EXPLAIN (COSTS OFF) ${statement}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  const indexes = [
    ['facilitators', 'facilitators_pkey'],
    ['classrooms', 'idx_classrooms_facilitator_id'],
    ['students', 'students_anonymous_id_key'],
    ['student_progress', 'student_progress_lesson_key'],
    ['analytics_events', 'idx_analytics_events_classroom'],
    ['student_feedback', 'idx_student_feedback_student_lesson'],
  ] as const;

  it.each(
    indexes.flatMap(([table, index]) =>
      ['app_a', 'readonly_a'].map((login) => ({ table, index, login })),
    ),
  )('$login reads $table through $index, and asks who it is once', async (its) => {
    const plan = await explained(its.login, `SELECT * FROM ${its.table}`);
    expect(plan).toContain(its.index);
    expect(plan).not.toContain('Seq Scan');
    expect(plan).toContain('InitPlan');
    expect(plan).not.toContain('SubPlan');
    // The function is in the place of its call, and only there: each row is compared with what it came to.
    expect(plan).not.toContain('tenant.id');
    expect(plan).not.toMatch(/(Cond|Filter):.*current_setting/);
  });

  it.each(indexes)('app removes from %s through %s', async (table, index) => {
    const plan = await explained('app_a', `DELETE FROM ${table}`);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan|SubPlan/);
  });

  it('a single row is still found by its key', async () => {
    const plan = await explained('app_a', `SELECT * FROM students WHERE id = '${ada}'`);
    expect(plan).toMatch(/^Index Scan using students_(pkey|tenant_key)/);
    expect(plan).not.toContain('SubPlan');
  });
});
