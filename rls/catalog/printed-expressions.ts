import type { TablePlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { canonicalPolicies, type Canonical } from './canonical-expressions.ts';

/** Declared conditions as a server prints them: by table, by policy. Plain data, to be handed to those who may only read. */
export type PrintedExpressions = Readonly<Record<string, Readonly<Record<string, Canonical>>>>;

/** Asks any server of the same version that has the tables, and may be written to. */
export async function printedExpressions(
  query: Query,
  tables: readonly TablePlan[],
): Promise<PrintedExpressions> {
  const all: Record<string, Readonly<Record<string, Canonical>>> = {};
  for (const table of tables) {
    all[table.table] = Object.fromEntries(await canonicalPolicies(query, table));
  }
  return all;
}

/** Of one table. */
export function formsOf(
  all: PrintedExpressions,
  { table }: TablePlan,
): ReadonlyMap<string, Canonical> {
  return new Map(Object.entries(Object.hasOwn(all, table) ? (all[table] ?? {}) : {}));
}
