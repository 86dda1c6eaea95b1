import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { verifyRls } from '../../../rls/verify/verify.ts';
import { isFailure, proven } from '../../../rls/verify/report.ts';
import type { ProofTarget } from '../../../rls/verify/target.ts';
import { holes } from '../../support/rls/holes.ts';
import {
  deployedTarget,
  differences,
  digest,
  matches,
  named,
  superuserOf,
  turnsRed,
} from '../../support/rls/isolation.ts';
import type { Chain } from '../../support/chain.ts';
import type { TestStack } from '../../support/stack.ts';

/** Tenants are apart, the proof says so, and the proof can be turned red by every hole that is known. */
export const isolation = (chain: Chain): void => {
  let stack: TestStack;
  let target: ProofTarget;
  let superuser: pg.Client;

  beforeAll(async () => {
    ({ stack } = chain);
    target = await deployedTarget(stack);
    superuser = await superuserOf(target);
  });
  afterAll(() => superuser.end());

  it('is proven, by thousands of cases, and nothing is left of them', async () => {
    const before = await digest(superuser);
    const report = await verifyRls(target);
    expect(report.cases.filter(({ outcome }) => isFailure(outcome))).toEqual([]);
    expect(report.cases.length).toBeGreaterThan(3000);
    expect(await digest(superuser)).toEqual(before);
    expect(await differences(target)).toEqual([]);
  });

  describe('with a hole', () => {
    it.each(named(holes))('%s', (_name, hole) => turnsRed(target, superuser, hole));

    it('the pooler forgets to forget', async () => {
      await stack.pooler('SET server_reset_query_always = 0');
      try {
        const { cases } = await verifyRls(target, { tables: ['classrooms'] });
        expect(cases.filter(matches({ context: 'poisoned' })).map(({ role }) => role)).toEqual(
          expect.arrayContaining(['app', 'readonly']),
        );
      } finally {
        await stack.pooler('SET server_reset_query_always = 1');
      }
    });

    it('is whole again after all of them', async () => {
      expect(await differences(target)).toEqual([]);
      expect(proven(await verifyRls(target))).toBe(true);
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
      expect(await differences(target)).toEqual([]);
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
      target = await deployedTarget(stack);
      const report = await verifyRls(target, { roles: ['jobs'] });
      expect(report.cases.filter(({ outcome }) => isFailure(outcome))).toEqual([]);
      stack.configure({});
      const back = await stack.expect('preview');
      expect(back).toContain('jobs may no longer read, add, change and remove students');
      await stack.up();
      target = await deployedTarget(stack);
    });
  });
};
