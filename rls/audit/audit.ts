import type { AccessPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import type { Finding } from './finding.ts';
import { formsOf, type PrintedExpressions } from '../catalog/printed-expressions.ts';
import { tableDrift } from './table.ts';
import { undeclared } from './unmanaged.ts';

/**
 * Where a running server differs from what was deployed: empty when it does not. Makes nothing that lasts. `query` must go to
 * one connection of a superuser, outside of a transaction.
 *
 * @param printed the declared conditions in the server's words, where they are known: then it only reads, and a member of
 *   pg_monitor sees all of it
 */
export async function audit(
  query: Query,
  plan: AccessPlan,
  printed?: PrintedExpressions,
): Promise<Finding[]> {
  const ofTables: Finding[] = [];
  for (const table of plan.tables) {
    const forms = printed === undefined ? undefined : formsOf(printed, table);
    ofTables.push(...(await tableDrift(query, table, forms)));
  }
  const around = await undeclared(query, plan.schema);
  // A partition with a plan of its own has been told of already.
  const told = new Set(ofTables.map(({ object }) => object));
  return [
    ...ofTables,
    ...around.filter(({ kind, object }) => kind !== 'child-readable' || !told.has(object)),
  ];
}
