/**
 * The audit on a real Postgres inside this process: clean where nothing differs, and a sentence with a remedy that works
 * for everything that somebody does by hand.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { audit } from '../../../../rls/audit/audit.ts';
import type { Finding } from '../../../../rls/audit/finding.ts';
import { tableDrift } from '../../../../rls/audit/table.ts';
import { CHECKS, undeclared } from '../../../../rls/audit/unmanaged.ts';
import type { AccessPlan } from '../../../../rls/model/plan.ts';
import type { Query } from '../../../../lib/query.ts';
import { AROUND, OF_TABLES, type Case } from './cases.ts';
import { asking, askingInside, examplePlan, setUp } from './clean-server.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;

beforeAll(async () => {
  db = await PGlite.create();
  await setUp(db);
}, 120_000);
afterAll(() => db.close());

/** Everything that a test does, taken back after it. */
const takenBack = (): void => {
  beforeEach(() => db.exec('BEGIN'));
  afterEach(() => db.exec('ROLLBACK'));
};
/** The tables that the cases touch, so that not all six are compared a hundred times. */
const touched: AccessPlan = {
  ...examplePlan,
  tables: examplePlan.tables.filter(({ table }) => /^student(s|_feedback)$/.test(table)),
};
const found = (plan = touched): Promise<Finding[]> => audit(askingInside(db), plan);

/** Does what the remedies of these findings say, and once more where that has shown something new; what is found then. */
const healed = async (first: readonly Finding[], plan = touched): Promise<readonly Finding[]> => {
  let all = first;
  for (let round = 0; round < 2 && all.length > 0; round += 1) {
    for (const finding of all) await db.exec(statementOf(finding));
    all = await found(plan);
  }
  return all;
};

/** The statement of a remedy. */
const statementOf = ({ remedy }: Finding): string => remedy.replace(/^.*? or: |; or: .*$/g, '');

describe('where nothing differs', () => {
  it('it finds nothing', async () => {
    expect(await audit(asking(db), examplePlan)).toEqual([]);
  });

  it('it leaves nothing behind', async () => {
    const query = asking(db);
    const before = await query(`select count(*) as n, max(oid) as newest from pg_class`);
    await audit(query, examplePlan);
    expect(await query(`select count(*) as n, max(oid) as newest from pg_class`)).toEqual(before);
    expect(await query(`select pg_current_xact_id_if_assigned() as open`)).toEqual([
      { open: null },
    ]);
  });

  it('it only reads, but for the copies of the tables', async () => {
    const statements: string[] = [];
    const listening: Query = (sql, values) => {
      statements.push(sql.trim().split(/\s+/).slice(0, 2).join(' ').toLowerCase());
      return asking(db)(sql, values);
    };
    await undeclared(listening, examplePlan.schema);
    expect(statements.filter((words) => !/^(select|with)/.test(words))).toEqual([]);
    expect(statements.length).toBeGreaterThan(CHECKS.length);
  });
});

describe.each([
  ['a table', OF_TABLES],
  ['around the tables', AROUND],
])('%s', (_, cases: readonly Case[]) => {
  takenBack();
  it.each(cases)('$kind: $sql', async ({ sql, kind, object, says, also = [], untried }) => {
    await db.exec(sql);
    const all = await found();
    const [finding] = all.filter((one) => one.kind === kind && says.test(one.says));
    expect(finding?.object).toBe(object);
    expect([...new Set(all.map((one) => one.kind))].sort()).toEqual([kind, ...also].sort());
    expect(all.map((one) => one.remedy).filter((remedy) => remedy.trim() === '')).toEqual([]);
    if (untried !== undefined) return;
    expect(await healed(all)).toEqual([]);
  });
});

it('every check has its case', () => {
  const told = new Set(AROUND.map(({ kind }) => kind));
  const untold = CHECKS.map(({ kind }) => kind).filter((kind) => !told.has(kind));
  // A logical slot needs wal_level = logical, which a Postgres in this process has not.
  expect(untold).toEqual(['replication-slot']);
});

describe('what a plan may ask for besides', () => {
  takenBack();
  const plan: AccessPlan = {
    schema: {
      ...examplePlan.schema,
      exempt: { lessons: 'everybody learns the same' },
    },
    tables: [
      {
        schema: 'public',
        table: 'lessons',
        owner: 'migrator',
        rowSecurity: false,
        policies: [],
        grants: { app: ['SELECT', 'INSERT'] },
        sequences: { lessons_id_seq: ['app'] },
        indexes: [{ name: 'plinth_lessons_title', columns: ['title'] }],
      },
    ],
  };
  const lessons = `SET ROLE migrator; CREATE TABLE lessons (id bigserial PRIMARY KEY, title text); RESET ROLE;
    GRANT SELECT, INSERT ON lessons TO app; GRANT USAGE ON SEQUENCE lessons_id_seq TO app;
    CREATE INDEX plinth_lessons_title ON lessons (title);`;

  it('an exempt table, its sequence and its index are in order', async () => {
    await db.exec(lessons);
    expect(await found(plan)).toEqual([]);
  });

  it.each([
    ['ALTER TABLE lessons ENABLE ROW LEVEL SECURITY;', 'row-security-on'],
    ['DROP INDEX plinth_lessons_title;', 'index-missing'],
    [
      'DROP INDEX plinth_lessons_title; CREATE INDEX plinth_lessons_title ON lessons (title) WHERE id > 1;',
      'index-missing',
      true,
    ],
    ['GRANT SELECT ON SEQUENCE lessons_id_seq TO readonly;', 'grant-undeclared'],
    ['REVOKE USAGE ON SEQUENCE lessons_id_seq FROM app;', 'grant-missing'],
  ])('%s is %s', async (sql, kind, untried = false) => {
    await db.exec(`${lessons} ${sql}`);
    const all = await found(plan);
    expect(all.map((one) => one.kind)).toEqual([kind]);
    if (untried) return;
    expect(await healed(all, plan)).toEqual([]);
  });

  it('a policy that can no longer be made is told with the reason', async () => {
    const [first] = examplePlan.tables.filter(({ table }) => table === 'students');
    const [policy] = first!.policies;
    const broken = {
      ...first!,
      policies: [{ ...policy!, using: 'colour = 1' }, ...first!.policies.slice(1)],
    };
    expect(await tableDrift(askingInside(db), broken)).toEqual([
      expect.objectContaining({
        kind: 'policy-refused',
        says: expect.stringMatching(/can no longer be made: column "colour" does not exist/),
      }),
    ]);
  });

  it('a schema that is not there is told once', async () => {
    const elsewhere = { ...examplePlan.schema, schema: 'elsewhere' };
    const all = await undeclared(asking(db), elsewhere);
    expect(all.map(({ kind }) => kind)).toEqual(['schema-missing']);
  });

  it('functions of the signed tenant are by design, and by nobody else than the owner of their schema', async () => {
    const signed = { ...examplePlan.schema, mode: 'signed' } as const;
    const make = (name: string): string =>
      `CREATE FUNCTION tenant.${name}() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1; GRANT EXECUTE ON FUNCTION tenant.${name}() TO app;`;
    await db.exec(
      `${make('enter')} ${make('other')} ALTER FUNCTION tenant.other() OWNER TO monitor;`,
    );
    expect((await undeclared(asking(db), signed)).map(({ object }) => object)).toEqual([
      'tenant.other()',
    ]);
    const all = await undeclared(asking(db), examplePlan.schema);
    expect(all.map(({ object }) => object)).toEqual(['tenant.enter()', 'tenant.other()']);
  });
});
