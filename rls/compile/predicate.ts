import { tableOf, type Catalog, type ForeignKey } from '../catalog/catalog.ts';
import type { Tenancy } from '../model/tenancy.ts';
import { getOwn } from '../../lib/own-property.ts';
import { identifier, qualified } from '../../lib/sql.ts';
import { TENANT_ID } from '../model/tenant-context.ts';

/** The foreign key of one column; undefined when there is none, or only with other columns. */
export function foreignKeyOf(
  catalog: Catalog,
  table: string,
  column: string,
): ForeignKey | undefined {
  return tableOf(catalog, table)?.foreignKeys.find(
    ({ columns }) => columns.length === 1 && columns[0] === column,
  );
}

/**
 * The condition under which a row of `table` is the tenant's.
 *
 * `using` first collects the tenant's parents into an array, once a statement, so that the rows come out of the index on
 * the foreign key: IN or EXISTS would walk through every tenant's rows. `check` asks for the one parent of the new
 * row, by its key.
 */
export function tenantCondition(
  tenancy: Tenancy,
  catalog: Catalog,
  table: string,
): { readonly using: string; readonly check: string } {
  const rule = getOwn(tenancy.tables, table);
  if (rule === undefined || rule.by === 'hand') {
    throw new Error(`${table} has no condition of its own: its policies are written by hand`);
  }
  const column = identifier(rule.column);
  if (rule.by === 'column') {
    const condition = `${column} = ${TENANT_ID}`;
    return { using: condition, check: condition };
  }
  const [first, ...more] = stepsUp(tenancy, catalog, table);
  const last = more.at(-1) ?? first;
  const owner = last === undefined ? undefined : getOwn(tenancy.tables, last.table);
  if (first === undefined || last === undefined || owner?.by !== 'column') {
    throw new Error(`${table} does not lead to the tenant`);
  }
  const joins = more.map((step) => ` JOIN ${step.relation} ON ${step.key} = ${step.from}`);
  const from = `FROM ${first.relation}${joins.join('')}`;
  const belongs = `${identifier(last.table)}.${identifier(owner.column)} = ${TENANT_ID}`;
  return {
    using: `${column} = ANY (ARRAY(SELECT ${first.key} ${from} WHERE ${belongs}))`,
    check: `EXISTS (SELECT ${from} WHERE ${first.key} = ${first.from} AND ${belongs})`,
  };
}

interface Step {
  readonly table: string;
  /** `public.orders`. */
  readonly relation: string;
  /** `orders.id`. */
  readonly key: string;
  /** What points to it: `order_items.order_id`. */
  readonly from: string;
}

/** The tables between `table` and the tenant, nearest first. */
function stepsUp(tenancy: Tenancy, catalog: Catalog, table: string): Step[] {
  const rule = getOwn(tenancy.tables, table);
  if (rule?.by !== 'parent') return [];
  const key = foreignKeyOf(catalog, table, rule.column);
  if (key === undefined) return [];
  const step = {
    table: key.table,
    relation: qualified(key.schema, key.table),
    key: `${identifier(key.table)}.${identifier(key.references[0] ?? '')}`,
    from: `${identifier(table)}.${identifier(rule.column)}`,
  };
  return [step, ...stepsUp(tenancy, catalog, key.table)];
}
