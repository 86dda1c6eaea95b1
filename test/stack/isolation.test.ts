import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { audit } from '../../access/audit/audit.ts';
import { prove } from '../../access/proof/declared.ts';
import { isFailure, proven, type CaseResult } from '../../access/proof/report.ts';
import type { ProofTarget } from '../../access/proof/target.ts';
import { targetFrom } from '../../cli/deployed-access.ts';
import { resourcesFrom } from '../../cli/state.ts';
import { holes, signedHoles, type Caught, type Hole } from '../support/access/holes.ts';
import { TestStack } from '../support/stack.ts';

/** Tenants are apart, the proof says so, and the proof can be turned red by every hole that is known. */
describe('isolation of tenants', () => {
  let stack: TestStack;
  let target: ProofTarget;
  let superuser: pg.Client;

  /** What was declared when the stack was last brought up. */
  const deployed = async (): Promise<ProofTarget> => {
    const exported = await stack.expect('stack', 'export', '--show-secrets');
    return targetFrom(resourcesFrom(JSON.parse(exported)))!;
  };
  const differences = async () => {
    const client = new pg.Client({ ...target.direct, ...target.superuser, database: 'classrooms' });
    await client.connect();
    try {
      const query = async (sql: string, values?: readonly unknown[]) =>
        (await client.query<Record<string, unknown>>(sql, values?.slice())).rows;
      return await audit(query, target.plan);
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    stack = await TestStack.create('t-isolation');
    await stack.up();
    target = await deployed();
    superuser = new pg.Client({ ...target.direct, ...target.superuser, database: 'classrooms' });
    await superuser.connect();
  });
  afterAll(async () => {
    await superuser.end();
    await stack.remove();
  });

  it('is proven, by thousands of cases, and nothing is left of them', async () => {
    const before = await digest(superuser);
    const report = await prove(target);
    expect(report.cases.filter(({ outcome }) => isFailure(outcome))).toEqual([]);
    expect(report.cases.length).toBeGreaterThan(3000);
    expect(await digest(superuser)).toEqual(before);
    expect(await differences()).toEqual([]);
  });

  /** Plants the hole, and looks whether the proof says what it must. */
  const turnsRed = async (hole: Hole): Promise<void> => {
    const tables = [...new Set(hole.caught.flatMap(({ table }) => table ?? []))];
    await superuser.query(hole.plant);
    try {
      const { cases } = await prove(target, {
        routes: ['direct'],
        ...(tables.length > 0 ? { tables } : {}),
      });
      const failures = cases.filter(({ outcome }) => isFailure(outcome));
      const missed = hole.caught.filter((caught) => !failures.some(matches(caught)));
      expect({ missed, failures: failures.length > 0 }).toEqual({ missed: [], failures: true });
    } finally {
      await superuser.query(hole.heal);
    }
  };

  describe('with a hole', () => {
    it.each(named(holes))('%s', (_name, hole) => turnsRed(hole));

    it('the pooler forgets to forget', async () => {
      await stack.pooler('SET server_reset_query_always = 0');
      try {
        const { cases } = await prove(target, { tables: ['classrooms'] });
        expect(cases.filter(matches({ context: 'poisoned' })).map(({ role }) => role)).toEqual(
          expect.arrayContaining(['app', 'readonly']),
        );
      } finally {
        await stack.pooler('SET server_reset_query_always = 1');
      }
    });

    it('is whole again after all of them', async () => {
      expect(await differences()).toEqual([]);
      expect(proven(await prove(target))).toBe(true);
    });
  });

  describe('what is changed by hand', () => {
    it('is told by a refresh, and healed by up', async () => {
      await superuser.query(`
        DROP POLICY students_app ON students;
        ALTER POLICY classrooms_app ON classrooms USING (true);
        CREATE POLICY hole ON student_feedback FOR SELECT TO PUBLIC USING (true);
        ALTER TABLE student_progress DISABLE ROW LEVEL SECURITY;
        ALTER TABLE analytics_events NO FORCE ROW LEVEL SECURITY;
        GRANT SELECT ON facilitators TO PUBLIC;`);
      const preview = await stack.expect('preview', '--refresh', '--diff');
      for (const table of target.plan.tables) {
        expect(preview).toContain(`$plinth:index:RowSecurity::${table.table}]`);
      }
      await stack.up('--refresh');
      expect(await differences()).toEqual([]);
      await stack.up('--refresh', '--expect-no-changes');
    });

    it('is refused where nobody could know what was meant', async () => {
      await superuser.query(
        `CREATE FUNCTION everyone() RETURNS SETOF students LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM students'`,
      );
      const { code, output } = await stack.pulumi('up', '--yes', '--skip-preview', '--refresh');
      expect(code).not.toBe(0);
      expect(output).toContain('everyone()');
      await superuser.query('DROP FUNCTION everyone()');
      await stack.up('--refresh');
    });
  });

  describe('a declaration that changes', () => {
    it('is told in words before it is applied', async () => {
      stack.configure({ 'plinth:users': { jobs: { like: 'app' } } });
      const preview = await stack.expect('preview');
      expect(preview).toContain(
        'jobs may now read, add, change and remove students of its facilitator',
      );
      await stack.up();
      target = await deployed();
      const report = await prove(target, { roles: ['jobs'] });
      expect(report.cases.filter(({ outcome }) => isFailure(outcome))).toEqual([]);
      stack.configure({});
      const back = await stack.expect('preview');
      expect(back).toContain('jobs may no longer read, add, change and remove students');
      await stack.up();
      target = await deployed();
    });
  });

  describe('with signed tenants', () => {
    beforeAll(async () => {
      stack.configure({ 'plinth:access': { context: 'signed' } });
      await stack.up();
      target = await deployed();
    });

    it('is proven, and a tenant named by the statement itself is refused', async () => {
      const { cases, mode } = await prove(target);
      expect(mode).toBe('signed');
      expect(cases.filter(({ outcome }) => isFailure(outcome))).toEqual([]);
      expect(cases.filter(({ outcome }) => outcome === 'acknowledged')).toEqual([]);
      expect(cases.filter(matches({ context: 'spoofed' }, ['held'])).length).toBeGreaterThan(100);
    });

    it.each(named(signedHoles))('turns red when %s', (_name, hole) => turnsRed(hole));

    it('takes a new key while the one before it stays valid, and nothing else changes', async () => {
      const before = target.signingKey!;
      stack.configure({ 'plinth:access': { context: 'signed', tokenKey: { rotation: 2 } } });
      await stack.up();
      const rotated = await deployed();
      expect([before.id, rotated.signingKey?.id]).toEqual(['k1', 'k2']);
      expect(rotated.signingKey?.secret).not.toBe(before.secret);
      for (const signingKey of [before, rotated.signingKey!]) {
        const report = await prove(
          { ...rotated, signingKey },
          { tables: ['classrooms'], roles: ['app'] },
        );
        expect(report.cases.filter(({ outcome }) => isFailure(outcome))).toEqual([]);
      }
      await stack.up('--refresh', '--expect-no-changes');
    });
  });
});

function named(all: readonly Hole[]): [string, Hole][] {
  return all.map((hole) => [hole.name, hole]);
}

/** Whether a result is what a hole should lead to. */
function matches(wanted: Caught, outcomes: readonly string[] = ['leaked', 'vacuous']) {
  const { outcome, ...fields } = wanted;
  return (found: CaseResult): boolean =>
    (outcome === undefined ? outcomes.includes(found.outcome) : found.outcome === outcome) &&
    Object.entries(fields).every(([key, value]) => found[key as keyof CaseResult] === value);
}

/** Rows of every table, as one word each. */
async function digest(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const sums: unknown[] = [];
  for (const { name } of rows) {
    const sum = await client.query<Record<string, unknown>>(
      `SELECT $1 AS name, count(*)::int AS rows, sum(hashtextextended(t::text, 0)) AS digest FROM ${name} t`,
      [name],
    );
    sums.push(sum.rows[0]);
  }
  return sums;
}
