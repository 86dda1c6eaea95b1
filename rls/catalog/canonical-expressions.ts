import type { PolicyPlan, TablePlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { identifier, qualified } from '../../lib/sql.ts';

/** A policy's conditions as the server prints them, or why the server refuses the policy. */
export type Canonical =
  { readonly using: string | null; readonly check: string | null } | { readonly refused: string };

/** Holds the copies; never there outside of the transaction that makes it. */
const SCHEMA = 'plinth_audit';

const PRINT = `
select pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check
  from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2 and p.polname = $3
   and (select pg_catalog.set_config('search_path', '', true)) is not null`;

/**
 * What the server makes of the declared policies of a table, by their names: written on an empty copy of the table, printed,
 * and rolled back. Begins and ends a transaction of its own, and takes no lock that anybody waits for.
 */
export async function canonicalPolicies(
  query: Query,
  plan: TablePlan,
): Promise<ReadonlyMap<string, Canonical>> {
  const forms = new Map<string, Canonical>();
  if (plan.policies.length === 0) return forms;
  await query('begin transaction isolation level read committed, read write');
  try {
    const copy = qualified(SCHEMA, plan.table);
    await query(`create schema ${SCHEMA}`);
    await query(`create table ${copy} (like ${qualified(plan.schema, plan.table)})`);
    for (const policy of plan.policies) {
      forms.set(policy.name, await canonicalOf(query, plan.table, copy, policy));
    }
  } finally {
    await query('rollback');
  }
  return forms;
}

async function canonicalOf(
  query: Query,
  table: string,
  copy: string,
  { name, command, using, check }: PolicyPlan,
): Promise<Canonical> {
  // A refused policy must not end the transaction, nor the path set for printing reach the next policy.
  await query('savepoint one');
  try {
    await query(
      `create policy ${identifier(name)} on ${copy} for ${command}` +
        `${using === null ? '' : ` using (${using})`}${check === null ? '' : ` with check (${check})`}`,
    );
    const [printed] = await query(PRINT, [SCHEMA, table, name]);
    return {
      using: (printed?.['using'] ?? null) as string | null,
      check: (printed?.['check'] ?? null) as string | null,
    };
  } catch (cause) {
    return { refused: (cause as Error).message };
  } finally {
    await query('rollback to savepoint one');
  }
}
