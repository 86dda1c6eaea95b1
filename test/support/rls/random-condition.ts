/** Random conditions and keys: of the tenant, of others, and of nobody. */
import { identifier, literal } from '../../../lib/sql.ts';
import { FOREIGN_N, ROWS, key, tenant, type TableShape } from './random-schema.ts';
import type { Context } from './random-statement.ts';

/** The tenant's own key of a row that is there, was there, or never was. */
export function ownKey(context: Context, table: TableShape): string {
  const { shape, tape, place } = context;
  if (table.key === 'tenant') return anyTenant(context);
  return key(shape, table, 0, tape.of([tape.below(ROWS), 1000 + place * 2, 1001 + place * 2]));
}

/** A key of any tenant, mostly of a row of the tenant's own. */
export function anyKey(context: Context, table: TableShape): string {
  const { shape, tape } = context;
  const who = tape.of([0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
  return key(shape, table, who, tape.below(ROWS));
}

/** A key for a reference that row security says nothing about: a foreign key tells what exists, so of no other tenant. */
export function otherKey(context: Context, table: TableShape): string {
  const { shape, tape } = context;
  return tape.of([key(shape, table, 0, tape.below(ROWS)), key(shape, table, 3, 0), 'NULL']);
}

export function anyTenant({ shape, tape }: Context): string {
  return `${literal(tenant(shape, tape.of([0, 0, 0, 0, 0, 0, 0, 1, 2, 3])))}::${shape.type}`;
}

/** A key of the tenant's that is not there yet; one for each row of an alias. */
export function fresh(context: Context, table: TableShape, alias?: string): string {
  const { shape, place } = context;
  if (table.key === 'tenant') return anyTenant(context);
  if (alias === undefined) return key(shape, table, 0, 5000 + place);
  const print = `md5(${alias}::text || ${literal(String(place))})`;
  return table.key === 'uuid'
    ? `('aaaaaaaa-0000-4000-8000-' || left(${print}, 12))::uuid`
    : `(('x' || left(${print}, 7))::bit(28)::bigint + 1000000)`;
}

/** A condition on the rows that `alias` stands for. */
export function condition(context: Context, table: TableShape, alias: string, depth = 2): string {
  const { shape, tape } = context;
  const { tenant: column, parent } = table;
  const again = (): string => condition(context, table, alias, depth - 1);
  const second = tape.of(shape.tables);
  const inner = `${alias}${depth}`;
  const plain: [() => string, ...(() => string)[]] = [
    () => `${alias}.n ${tape.of(['<', '>=', '=', '<>'])} ${tape.below(6)}`,
    () => `${alias}.id = ${anyKey(context, table)}`,
    () => `${alias}.id <> ${anyKey(context, table)}`,
    () => `${alias}.s ${tape.of(['IS NULL', "= 'row 1'", "LIKE 'row%'"])}`,
    () => `${alias}.n >= ${FOREIGN_N}`,
    // An error for a row that is none of the tenant's, if anything looked at it.
    () => `1 / (${alias}.n - ${FOREIGN_N + tape.below(ROWS)}) <= ${tape.below(2)}`,
    () => `${alias}.kind = ${tape.below(2)}`,
    () => 'true',
    ...(column === undefined
      ? []
      : [() => `${alias}.${identifier(column)} = ${anyTenant(context)}`]),
    ...(parent === undefined ? [] : [() => `${alias}.parent_id = ${anyKey(context, parent)}`]),
  ];
  if (depth === 0) return tape.of(plain)();
  const nested: [() => string, ...(() => string)[]] = [
    ...plain,
    () => `(${again()} AND ${again()})`,
    () => `(${again()} OR ${again()})`,
    () => `NOT (${again()})`,
    () =>
      `${tape.of(['', 'NOT '])}EXISTS (SELECT FROM ${identifier(second.name)} AS ${inner} WHERE ${inner}.n = ${alias}.n + 1 AND ${condition(context, second, inner, depth - 1)})`,
    () =>
      `${alias}.n ${tape.of(['', 'NOT '])}IN (SELECT ${inner}.n FROM ${identifier(second.name)} AS ${inner} WHERE ${condition(context, second, inner, depth - 1)})`,
    () =>
      `${alias}.n > (SELECT avg(${inner}.n) FROM ${identifier(second.name)} AS ${inner} WHERE ${condition(context, second, inner, depth - 1)})`,
  ];
  return tape.of(nested)();
}
