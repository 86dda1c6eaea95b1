import { CATALOG_SQL, tableOf, type Catalog } from '../catalog/catalog.ts';
import type { TenantPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { identifier, qualified } from '../../lib/sql.ts';
import type { Fixtures } from './tenant-fixture.ts';
import { ordered, requiredKeys } from './dependency-order.ts';
import { DETAILS_SQL, type ColumnDetail } from './rows.ts';
import type { Row } from './statements.ts';

/** Reads what rows are made from. Asked as somebody who sees everything. */
export async function fixturesFor(ask: Query, plan: TenantPlan): Promise<Fixtures> {
  const { schema, tenancy } = plan.schema;
  const [found] = await ask(CATALOG_SQL, [schema]);
  if (found === undefined) {
    throw new Error(`the database has no schema ${schema}: run 'npx plinth up' first`);
  }
  const catalog = found['catalog'] as Catalog;
  const details = await ask(DETAILS_SQL, [schema]);
  const steps = ordered(plan, catalog);
  const covered = new Set(steps.map(({ table }) => table));
  const existing: Record<string, Row> = {};
  const existingTenants: string[] = [];
  for (const { table } of steps) {
    for (const key of requiredKeys(plan, catalog, table)) {
      if (key.schema === schema && covered.has(key.table)) continue;
      const columns = key.references.map(
        (name) => `${identifier(name)}::text AS ${identifier(name)}`,
      );
      const rows = await ask(
        `SELECT ${columns.join(', ')} FROM ${qualified(key.schema, key.table)} LIMIT 2`,
      );
      if (rows[0] !== undefined) existing[`${table}.${key.name}`] = rows[0] as Row;
      // The tenants themselves are in a table that is nobody's: only those can have rows.
      const rule = tenancy.tables[table];
      if (rule?.by === 'column' && key.columns.length === 1 && key.columns[0] === rule.column) {
        const name = key.references[0] ?? '';
        existingTenants.splice(0, existingTenants.length, ...rows.map((row) => String(row[name])));
      }
    }
  }
  return {
    plan,
    catalog,
    existing,
    existingTenants: existingTenants.length === 2 ? existingTenants : [],
    details: Object.fromEntries(
      details.map(({ name, preset, labels }) => [
        name as string,
        { preset, labels } as ColumnDetail,
      ]),
    ),
  };
}

/** Tables of the plan that the database does not have. */
export function absent({ plan, catalog }: Fixtures): string[] {
  return plan.tables
    .map(({ table }) => table)
    .filter((name) => tableOf(catalog, name) === undefined);
}
