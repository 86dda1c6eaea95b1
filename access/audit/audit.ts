import type { AccessPlan } from '../plan.ts';
import type { Query } from '../query.ts';
import type { Finding } from './finding.ts';
import { tableDrift } from './table.ts';
import { undeclared } from './undeclared.ts';

/**
 * Where a running server differs from what was deployed: empty when it does not. Makes nothing that lasts. `query` must go to
 * one connection of a superuser, outside of a transaction.
 */
export async function audit(query: Query, plan: AccessPlan): Promise<Finding[]> {
  const ofTables: Finding[] = [];
  for (const table of plan.tables) ofTables.push(...(await tableDrift(query, table)));
  const around = await undeclared(query, plan.schema);
  // A partition with a plan of its own has been told of already.
  const told = new Set(ofTables.map(({ object }) => object));
  return [
    ...ofTables,
    ...around.filter(({ kind, object }) => kind !== 'child-readable' || !told.has(object)),
  ];
}
