import { tableOf, type Catalog, type ForeignKey } from '../catalog/catalog.ts';
import { getOwn } from '../../lib/own-property.ts';
import type { TenantPlan } from '../model/plan.ts';

export interface Step {
  readonly table: string;
  /** Covered tables that must have a row first. */
  readonly needs: readonly string[];
}

/** Covered tables that hold rows of their own, parents before children. Tables in a circle come last. */
export function ordered(plan: TenantPlan, catalog: Catalog): Step[] {
  const names = plan.tables
    .filter(({ table, rowSecurity }) => rowSecurity && holdsRows(catalog, table))
    .map(({ table }) => table);
  const waiting = new Map(names.map((name) => [name, parentsOf(plan, catalog, name)]));
  const steps: Step[] = [];
  while (waiting.size > 0) {
    const next = [...waiting].find(([, needs]) => needs.every((parent) => !waiting.has(parent)));
    const [table, needs] = next ?? [...waiting][0] ?? ['', []];
    waiting.delete(table);
    steps.push({ table, needs });
  }
  return steps;
}

/** The steps that lead to some tables. */
export function leadingTo(steps: readonly Step[], tables: Iterable<string>): Step[] {
  const wanted = new Set<string>();
  const want = (table: string): void => {
    if (wanted.has(table)) return;
    wanted.add(table);
    for (const parent of steps.find((step) => step.table === table)?.needs ?? []) want(parent);
  };
  for (const table of tables) want(table);
  return steps.filter(({ table }) => wanted.has(table));
}

/** A partition's rows are made through the table it is a part of. */
function holdsRows(catalog: Catalog, table: string): boolean {
  const kind = tableOf(catalog, table)?.kind;
  return kind === 'table' || kind === 'partitioned';
}

/** Foreign keys that a new row must fill: the one that leads to the tenant, and those that may not be NULL. */
export function requiredKeys(plan: TenantPlan, catalog: Catalog, name: string): ForeignKey[] {
  const table = tableOf(catalog, name);
  const rule = getOwn(plan.schema.tenancy.tables, name);
  const declared = rule === undefined || rule.by === 'hand' ? undefined : rule.column;
  return (table?.foreignKeys ?? []).filter(({ columns }) =>
    columns.every(
      (column) =>
        column === declared ||
        table?.columns.some((one) => one.name === column && !one.nullable && !one.filled),
    ),
  );
}

function parentsOf(plan: TenantPlan, catalog: Catalog, name: string): string[] {
  const covered = new Set(
    plan.tables.filter(({ rowSecurity }) => rowSecurity).map(({ table }) => table),
  );
  const parents = requiredKeys(plan, catalog, name)
    .filter(({ schema, table }) => schema === catalog.schema && covered.has(table))
    .map(({ table }) => table);
  return [...new Set(parents)].filter((parent) => parent !== name);
}
