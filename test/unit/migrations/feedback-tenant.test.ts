/**
 * What migration 0005 makes of feedback that is already there, on a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { settingContextSql } from '../../../rls/compile/session-variable-context.ts';

declare const PGlite: typeof pglite.PGlite;

const folder = path.join(import.meta.dirname, '../../../examples/classrooms/migrations');
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

const ids = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;
const [ADA, BEN] = [ids(1), ids(2)];

let db: pglite.PGlite;

beforeAll(async () => {
  db = await PGlite.create();
  const context = settingContextSql({ setting: 'app.facilitator_id', type: 'uuid' }, ['migrator']);
  await db.exec(
    `CREATE ROLE migrator; ALTER SCHEMA public OWNER TO migrator; ${context.join(';')}; SET ROLE migrator`,
  );
  for (const file of [
    '0001_classrooms_tables.sql',
    '0002_performance_indexes.sql',
    '0004_tenant_columns.sql',
  ]) {
    await db.exec(read(file));
  }
  for (const [n, tenant] of [ADA, BEN].entries()) {
    await db.exec(`
      INSERT INTO facilitators (id, email, display_name, organization) VALUES ('${tenant}', '${n}@example.org', 'F', 'O');
      INSERT INTO classrooms (id, facilitator_id, classroom_code, name, school, grade)
        VALUES ('${tenant}', '${tenant}', 'ROOM0${n}', 'R', 'S', 5);
      INSERT INTO students (id, facilitator_id, classroom_id, anonymous_id) VALUES ('${tenant}', '${tenant}', '${tenant}', 'S');
      INSERT INTO student_feedback (student_id, lesson_id, feedback_type, rating) VALUES ('${tenant}', '${ids(9)}', 'rating', 3);`);
  }
  // As it is where policies have been applied: its owner sees no row either.
  for (const table of ['students', 'student_feedback']) {
    await db.exec(
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    );
  }
  await db.exec(`BEGIN; ${read('0005_feedback_tenant_column.sql')} COMMIT; RESET ROLE`);
});

afterAll(() => db.close());

it('feedback has the tenant of its student', async () => {
  const { rows } = await db.query(
    'SELECT student_id, facilitator_id FROM student_feedback ORDER BY 1',
  );
  expect(rows).toEqual([ADA, BEN].map((id) => ({ student_id: id, facilitator_id: id })));
});

it('its owner is bound again', async () => {
  const { rows } = await db.query(
    `SELECT relname, relrowsecurity AND relforcerowsecurity AS bound FROM pg_class
     WHERE relname IN ('students', 'student_feedback') ORDER BY 1`,
  );
  expect(rows).toEqual(
    ['student_feedback', 'students'].map((relname) => ({ relname, bound: true })),
  );
});

it('a new row has the tenant that the transaction works for', async () => {
  await db.exec(`BEGIN; SET LOCAL app.facilitator_id = '${BEN}'`);
  const { rows } = await db.query(
    `INSERT INTO student_feedback (student_id, lesson_id, feedback_type, rating)
     VALUES ('${BEN}', '${ids(9)}', 'rating', 4) RETURNING facilitator_id`,
  );
  expect(rows).toEqual([{ facilitator_id: BEN }]);
  await db.exec('ROLLBACK');
});

it('a student of another tenant is as unknown as one that is not there', async () => {
  for (const student of [ADA, ids(8)]) {
    await expect(
      db.query(
        `INSERT INTO student_feedback (student_id, facilitator_id, lesson_id, feedback_type, rating)
         VALUES ('${student}', '${BEN}', '${ids(9)}', 'rating', 4)`,
      ),
    ).rejects.toThrow('violates foreign key constraint "student_feedback_student_of_tenant_fkey"');
  }
});

it('goes with its student', async () => {
  await db.exec(`BEGIN; DELETE FROM students WHERE id = '${ADA}'`);
  const { rows } = await db.query('SELECT student_id FROM student_feedback');
  expect(rows).toEqual([{ student_id: BEN }]);
  await db.exec('ROLLBACK');
});
