import { tableOf, type Catalog, type Table } from '../catalog/catalog.ts';
import { getOwn } from '../../lib/own-property.ts';
import type { TenantPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { identifier, literal, qualified } from '../../lib/sql.ts';
import { requiredKeys, type Step } from './dependency-order.ts';
import { NoRow, rowFor, type ColumnDetails } from './rows.ts';
import { CTID, type Row } from './statements.ts';

/** What rows are made from. */
export interface Fixtures {
  readonly plan: TenantPlan;
  readonly catalog: Catalog;
  readonly details: ColumnDetails;
  /** A row of each table that is nobody's in particular and that others point to: constraint → values by column. */
  readonly existing: Readonly<Record<string, Row>>;
  /** Tenants that are there, where a tenant must be; else none. */
  readonly existingTenants: readonly string[];
}

/** One tenant's rows: one a table, and values for another one that is not there yet. */
export interface TenantFixture {
  readonly tenant: string;
  readonly rows: Map<string, Row>;
  readonly spares: Map<string, Row>;
  /** Tables without a row, and why. */
  readonly missing: Map<string, string>;
}

const TRIES = 3;

/** Makes a row in each table, parents first, in the transaction and the context that `ask` is in. */
export async function makeTenantFixture(
  ask: Query,
  material: Fixtures,
  steps: readonly Step[],
  tenant: string,
): Promise<TenantFixture> {
  const chain: TenantFixture = { tenant, rows: new Map(), spares: new Map(), missing: new Map() };
  for (const { table: name, needs } of steps) {
    const parent = needs.find((need) => chain.missing.has(need));
    const table = tableOf(material.catalog, name);
    if (parent !== undefined || table === undefined) {
      chain.missing.set(
        name,
        `${name} needs a row of ${String(parent)}: ${chain.missing.get(parent ?? '') ?? ''}`,
      );
      continue;
    }
    try {
      await ask('SAVEPOINT making');
      const settled = settledValues(material, table, chain);
      const args = {
        table,
        details: material.details,
        fixed: settled,
        sample: sampleOf(material.plan, name),
      };
      chain.rows.set(
        name,
        await made(ask, material.catalog.schema, table, () => rowFor(ask, args)),
      );
      chain.spares.set(name, await rowFor(ask, args));
      await ask('RELEASE making');
    } catch (error) {
      await ask('ROLLBACK TO making');
      chain.rows.delete(name);
      const message = (error as Error).message;
      chain.missing.set(
        name,
        error instanceof NoRow ? message : `a row of ${name} was refused: ${message}`,
      );
    }
  }
  return chain;
}

function sampleOf(plan: TenantPlan, table: string): Readonly<Record<string, string>> {
  return getOwn(plan.schema.tenancy.tables, table)?.sample ?? {};
}

/** Values that are no choice: the tenant, and the keys of the rows above. */
function settledValues(
  { plan, catalog, existing }: Fixtures,
  table: Table,
  chain: TenantFixture,
): Row {
  const settled: Record<string, string | null> = {};
  for (const key of requiredKeys(plan, catalog, table.name)) {
    const above = chain.rows.get(key.table) ?? existing[`${table.name}.${key.name}`];
    if (above === undefined) {
      throw new NoRow(
        `no row of ${table.name} can be made: ${key.name} points to ${key.table}, which has no row; add one`,
      );
    }
    key.columns.forEach((column, place) => {
      settled[column] = above[key.references[place] ?? ''] ?? null;
    });
  }
  const rule = getOwn(plan.schema.tenancy.tables, table.name);
  return rule?.by === 'column' ? { ...settled, [rule.column]: chain.tenant } : settled;
}

/** Adds a row; chance may have picked what is taken, so it tries again. */
async function made(
  ask: Query,
  schema: string,
  table: Table,
  values: () => Promise<Row>,
): Promise<Row> {
  for (let tries = 1; ; tries += 1) {
    const row = await values();
    await ask('SAVEPOINT adding');
    try {
      const [added] = await ask(insertSql(schema, table, row));
      await ask('RELEASE adding');
      if (added === undefined)
        throw new NoRow(`${table.name} took a row and kept none: a trigger may have dropped it`);
      return added as Row;
    } catch (error) {
      if ((error as { code?: string }).code !== '23505' || tries === TRIES) throw error;
      await ask('ROLLBACK TO adding');
    }
  }
}

function insertSql(schema: string, table: Table, row: Row): string {
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  const names = Object.keys(row);
  const values = names.map((name) => {
    const value = row[name] ?? null;
    return `${value === null ? 'NULL' : literal(value)}::${types.get(name) ?? 'text'}`;
  });
  const into =
    names.length === 0
      ? 'DEFAULT VALUES'
      : `(${names.map(identifier).join(', ')}) OVERRIDING SYSTEM VALUE VALUES (${values.join(', ')})`;
  const back = [...table.columns.map(({ name }) => name), CTID].map(
    (name) => `${identifier(name)}::text AS ${identifier(name)}`,
  );
  return `INSERT INTO ${qualified(schema, table.name)} ${into} RETURNING ${back.join(', ')}`;
}
