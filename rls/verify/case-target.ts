import { tableOf } from '../catalog/catalog.ts';
import { getOwn } from '../../lib/own-property.ts';
import { identifier, qualified } from '../../lib/sql.ts';
import type { TenantFixture, Fixtures } from './tenant-fixture.ts';
import { keyOf, type Planned } from './matrix.ts';
import { CTID, type Row, type Statement, type Target } from './statements.ts';

/** Two tenants, and the tables in which both have a row. */
export interface Pair {
  readonly a: TenantFixture;
  readonly b: TenantFixture;
  readonly tables: readonly string[];
  /** What a result that holds should be read with. @default nothing */
  readonly note?: string;
}

/** What a case aims at. */
export function targetOf(material: Fixtures, { a, b }: Pair, one: Planned): Target {
  const { plan, catalog } = material;
  const table = tableOf(catalog, one.table);
  if (table === undefined) throw new Error(`${one.table} is in the plan and not in the database`);
  const found = keyOf(catalog, one.table);
  const key = found.length > 0 ? found : [CTID];
  const rule = getOwn(plan.schema.tenancy.tables, one.table);
  const [mine, theirs] = [a.rows.get(one.table), b.rows.get(one.table)];
  const there = (rows: readonly (Row | undefined)[]) => rows.filter((row) => row !== undefined);
  const upsert = one.command.startsWith('INSERT …');
  const base = { schema: plan.schema.schema, table, key, set: {}, strangers: undefined };
  switch (one.context) {
    case 'foreign':
      // A row of its own under the key of theirs is what runs into theirs.
      return {
        ...base,
        rows: there([theirs]),
        insert: upsert ? under(mine, theirs, key) : b.spares.get(one.table),
        strangers: strangersOf(material, a.tenant, one.table),
      };
    case 'spoofed':
      return { ...base, rows: there([theirs]), insert: upsert ? theirs : b.spares.get(one.table) };
    case 'handed over': {
      const column = rule === undefined || rule.by === 'hand' ? undefined : rule.column;
      const set = column === undefined ? {} : { [column]: theirs?.[column] ?? null };
      return { ...base, rows: there([mine]), insert: mine, set };
    }
    default:
      return {
        ...base,
        rows:
          one.command === 'COPY TO' ? [] : there(one.context === 'own' ? [mine] : [mine, theirs]),
        insert: upsert ? mine : a.spares.get(one.table),
        strangers: one.context === 'own' ? strangersOf(material, a.tenant, one.table) : undefined,
      };
  }
}

function under(
  mine: Row | undefined,
  theirs: Row | undefined,
  key: readonly string[],
): Row | undefined {
  if (mine === undefined || theirs === undefined) return undefined;
  return { ...mine, ...Object.fromEntries(key.map((name) => [name, theirs[name] ?? null])) };
}

/** Visible rows that are not the tenant's: by its own column, or by a parent that the tenant cannot see. */
function strangersOf(
  { plan, catalog }: Fixtures,
  tenant: string,
  name: string,
): Statement | undefined {
  const rule = getOwn(plan.schema.tenancy.tables, name);
  if (rule === undefined || rule.by === 'hand') return undefined;
  const table = tableOf(catalog, name);
  const column = identifier(rule.column);
  if (rule.by === 'column') {
    const type = table?.columns.find((one) => one.name === rule.column)?.type ?? 'text';
    return (arg) => `t.${column} IS DISTINCT FROM ${arg(tenant)}::${type}`;
  }
  const key = table?.foreignKeys.find(
    ({ columns }) => columns.length === 1 && columns[0] === rule.column,
  );
  if (key === undefined) return undefined;
  const parent = qualified(key.schema, key.table);
  return () =>
    `NOT EXISTS (SELECT FROM ${parent} p WHERE p.${identifier(key.references[0] ?? '')} = t.${column})`;
}
