import { tableOf, type Catalog } from '../catalog/catalog.ts';
import { getOwn } from '../../lib/own-property.ts';
import type { Query } from '../../lib/query.ts';
import { identifier, literal, qualified } from '../../lib/sql.ts';
import { makeTenantFixture, type TenantFixture, type Fixtures } from './tenant-fixture.ts';
import { freshTenant, type TenantContext } from './context.ts';
import { keyOf } from './matrix.ts';
import { leadingTo, ordered } from './dependency-order.ts';
import type { Session } from './session.ts';
import { CTID, type Row } from './statements.ts';
import type { Pair } from './case-target.ts';

/** A tenant without rows: for tables that are not a tenant's. */
export function bare(tenant: string): TenantFixture {
  return { tenant, rows: new Map(), spares: new Map(), missing: new Map() };
}

/** Two tenants that nobody is. */
export function newTenants({ plan, existingTenants }: Fixtures): readonly [string, string] {
  const [a, b] = existingTenants;
  const { type } = plan.schema.tenancy.tenant;
  return a !== undefined && b !== undefined ? [a, b] : [freshTenant(type), freshTenant(type)];
}

/** Makes a row of each tenant in every table that leads to `tables`. */
export function madePairs(
  material: Fixtures,
  context: TenantContext,
  tables: readonly string[],
  tenants: readonly [string, string],
): (session: Session) => Promise<readonly Pair[]> {
  const steps = leadingTo(ordered(material.plan, material.catalog), tables);
  return async (session) => {
    const make = async (tenant: string) => {
      await session.run(context.enter(tenant));
      return makeTenantFixture(session.ask, material, steps, tenant);
    };
    const a = await make(tenants[0]);
    const b = await make(tenants[1]);
    return [{ a, b, tables }];
  };
}

/** Rows that are there: of each table, one of two tenants each. Asked as somebody who sees them all. */
export async function existingPairs(
  ask: Query,
  material: Fixtures,
  tables: readonly string[],
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  // Children first: who has rows there has rows above, so that few tenants do for all tables.
  for (const table of [...tables].reverse()) {
    const last = pairs.at(-1);
    const first =
      (await sample(ask, material, table, '=', last?.a.tenant)) ??
      (await sample(ask, material, table, 'IS NOT', undefined));
    if (first === undefined) continue;
    const second =
      (await sample(ask, material, table, '=', last?.b.tenant)) ??
      (await sample(ask, material, table, '<>', first.tenant));
    if (second === undefined || second.tenant === first.tenant) continue;
    const chain = ({ tenant, row }: Sample): TenantFixture => ({
      ...bare(tenant),
      rows: new Map([[table, row]]),
    });
    pairs.push({ a: chain(first), b: chain(second), tables: [table] });
  }
  return pairs;
}

interface Sample {
  readonly tenant: string;
  readonly row: Row;
}

/** A row whose tenant is, or is not, the given one; `IS NOT` undefined is anybody's. */
async function sample(
  ask: Query,
  { plan, catalog }: Fixtures,
  name: string,
  how: '=' | '<>' | 'IS NOT',
  tenant: string | undefined,
): Promise<Sample | undefined> {
  if (how !== 'IS NOT' && tenant === undefined) return undefined;
  const way = wayUp(plan.schema.tenancy.tables, catalog, name, 't', 1);
  if (way === undefined) return undefined;
  const found = keyOf(catalog, name);
  const key = (found.length > 0 ? found : [CTID]).map(identifier);
  const { type } = plan.schema.tenancy.tenant;
  const condition = `${how} ${tenant === undefined ? 'NULL' : `${literal(tenant)}::${type}`}`;
  await ask('SAVEPOINT sampling');
  try {
    const [row] = await ask(
      `SELECT (${way.owner})::text AS "the tenant", ${key.map((column) => `t.${column}::text`).join(', ')} ` +
        `FROM ${qualified(catalog.schema, name)} t WHERE ${way.belongs(condition)} LIMIT 1`,
    );
    if (row === undefined) return undefined;
    const { 'the tenant': owner, ...rest } = row as Record<string, string>;
    return { tenant: owner ?? '', row: rest };
  } catch {
    // A table so large that this takes too long: as if it had none.
    await ask('ROLLBACK TO sampling');
    return undefined;
  }
}

interface WayUp {
  /** The tenant of a row. */
  readonly owner: string;
  /** Rows whose tenant meets a condition. */
  readonly belongs: (condition: string) => string;
}

/** Through as many parents as it takes. */
function wayUp(
  tables: Fixtures['plan']['schema']['tenancy']['tables'],
  catalog: Catalog,
  name: string,
  alias: string,
  depth: number,
): WayUp | undefined {
  const rule = getOwn(tables, name);
  if (rule === undefined || rule.by === 'hand' || depth > catalog.tables.length) return undefined;
  const column = `${alias}.${identifier(rule.column)}`;
  if (rule.by === 'column') {
    return { owner: column, belongs: (condition) => `${column} ${condition}` };
  }
  const key = tableOf(catalog, name)?.foreignKeys.find(
    ({ columns }) => columns.length === 1 && columns[0] === rule.column,
  );
  if (key === undefined) return undefined;
  const parent = `p${depth}`;
  const above = wayUp(tables, catalog, key.table, parent, depth + 1);
  if (above === undefined) return undefined;
  const from = `FROM ${qualified(key.schema, key.table)} ${parent}`;
  const id = `${parent}.${identifier(key.references[0] ?? '')}`;
  return {
    owner: `SELECT (${above.owner}) ${from} WHERE ${id} = ${column}`,
    belongs: (condition) => `${column} IN (SELECT ${id} ${from} WHERE ${above.belongs(condition)})`,
  };
}
