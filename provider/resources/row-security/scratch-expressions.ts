import type pg from 'pg';
import type { TablePlan } from '../../../rls/model/plan.ts';
import { identifier, literal, qualified } from '../../../lib/sql.ts';
import { createPolicy, type CanonicalExpressions } from './policies.ts';

/**
 * The expressions of a plan in the server's own words, as it would print them on the table itself; undefined when it
 * cannot tell. It is asked about a temporary table of the same shape and name, which is gone afterwards; the real one is
 * only looked at. Must be called in a transaction.
 */
export async function canonicalExpressions(
  client: pg.Client,
  plan: TablePlan,
): Promise<CanonicalExpressions | undefined> {
  if (plan.policies.length === 0) return {};
  const twin = `pg_temp.${identifier(plan.table)}`;
  const policies = plan.policies.map((policy) =>
    createPolicy({ ...policy, roles: ['public'] }, twin),
  );
  await client.query('savepoint meanings');
  try {
    await client.query(
      [
        searchPath(plan.schema),
        `create temporary table ${identifier(plan.table)} (like ${qualified(plan.schema, plan.table)})`,
        ...policies,
        `set local search_path = ''`,
      ].join(';\n'),
    );
    const { rows } = await client.query<{
      name: string;
      using: string | null;
      check: string | null;
    }>(
      `select polname as name, pg_catalog.pg_get_expr(polqual, polrelid) as using,
              pg_catalog.pg_get_expr(polwithcheck, polrelid) as check
         from pg_catalog.pg_policy where polrelid = ${literal(twin)}::regclass`,
    );
    return Object.fromEntries(rows.map(({ name, using, check }) => [name, { using, check }]));
  } catch {
    return undefined;
  } finally {
    await client.query('rollback to savepoint meanings').catch(() => undefined);
  }
}

/** What names in declared expressions mean: those of Postgres, then those of the schema, never a temporary one. */
export function searchPath(schema: string): string {
  return `set local search_path = pg_catalog, ${identifier(schema)}, pg_temp`;
}
