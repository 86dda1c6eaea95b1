/**
 * Every lint on a real Postgres inside this process: a schema in which it must speak, and its twin.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { belongsVia, belongsTo } from '../../../../rls/model/tenancy.ts';
import type { LintResult } from '../../../../rls/lint/lint.ts';
import { LINTS, lint, resultsOf } from '../../../../rls/lint/run.ts';
import type { SchemaPlan } from '../../../../rls/model/plan.ts';
import { asking, examplePlan, setUp } from '../audit/clean-server.ts';
import { CASES, type Case } from './cases.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;

beforeAll(async () => {
  db = await PGlite.create();
  await setUp(db);
}, 120_000);
afterAll(() => db.close());

/** The example, and tables that only some cases make. */
const plan: SchemaPlan = {
  ...examplePlan.schema,
  tenancy: {
    ...examplePlan.schema.tenancy,
    tables: {
      ...examplePlan.schema.tenancy.tables,
      extra: belongsTo('facilitator_id'),
      kin: belongsVia('extra_id'),
    },
  },
};

const resultsAfter = async (id: string, sql: string, of = plan): Promise<LintResult[]> => {
  await db.exec(sql);
  const found = LINTS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no lint ${id}`);
  return resultsOf(found, asking(db), of);
};

describe('on the example', () => {
  it('there is no error and no warning, and every info has its reason', async () => {
    const results = await lint(asking(db), examplePlan);
    expect(results.map(({ id, level, object }) => [level, id, object])).toEqual([
      // The example runs at level 1, where the tenant is a setting.
      ['info', 'policy-user-settable', 'schema public'],
      // Postgres lets every login see its own sessions, and a pool shares one login.
      ['info', 'activity-readable', 'pg_catalog.pg_stat_activity'],
    ]);
  });

  it('level 2 has nothing to say about the setting', async () => {
    expect(await resultsAfter('policy-user-settable', '', { ...plan, mode: 'signed' })).toEqual([]);
  });
});

it('every lint has its case', () => {
  expect(Object.keys(CASES).sort()).toEqual(LINTS.map(({ id }) => id).sort());
  expect(new Set(LINTS.map(({ id }) => id)).size).toBe(LINTS.length);
});

describe.each(Object.entries(CASES))('%s', (id, { bad, good, object, detail }: Case) => {
  beforeEach(() => db.exec('BEGIN'));
  afterEach(() => db.exec('ROLLBACK'));

  it('speaks, and names what to do', async () => {
    const results = await resultsAfter(id, bad);
    const named = results.filter((result) => result.object === object);
    expect(named.map((result) => result.detail).join('\n')).toMatch(detail ?? /./);
    expect(named.map(({ fix, why, title }) => [fix, why, title].join(' '))).not.toContainEqual(
      expect.stringMatching(/undefined|<who>|^\s|\s{2}/),
    );
  });

  it('is silent about the twin', async () => {
    const results = await resultsAfter(id, good);
    expect(results.filter((result) => result.object === object)).toEqual([]);
  });
});

describe('a fix that is one statement works', () => {
  const tried = Object.entries(CASES).filter(([, { untried }]) => untried === undefined);

  it.each(tried)('%s', async (id, { bad, object, detail = /./ }) => {
    await db.exec('BEGIN');
    try {
      const about = (results: readonly LintResult[]): LintResult[] =>
        results.filter((one) => one.object === object && detail.test(one.detail));
      const [result] = about(await resultsAfter(id, bad));
      const fix = result?.fix ?? '';
      expect(fix).not.toBe('');
      // With an ellipsis, or words after the semicolon, it asks for a decision. And in the transaction that this test takes
      // back, an index cannot be made concurrently.
      if (!/^[A-Z]{4}[^…<]*;$/.test(fix)) return;
      expect(about(await resultsAfter(id, fix.replaceAll(' CONCURRENTLY', '')))).toEqual([]);
    } finally {
      await db.exec('ROLLBACK');
    }
  });
});
