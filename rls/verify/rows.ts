import { randomBytes } from 'node:crypto';
import type { Check, Table } from '../catalog/catalog.ts';
import type { Query } from '../../lib/query.ts';
import { identifier, literal } from '../../lib/sql.ts';
import { freshWords, plainWords, type Hints } from './value-generators.ts';
import type { Row } from './statements.ts';

/** What the catalog does not say about columns: `table.column` → default and labels. */
export interface ColumnDetail {
  readonly preset: string | null;
  readonly labels: readonly string[];
}
export type ColumnDetails = Readonly<Record<string, ColumnDetail>>;

/** One row a column of the schema named by $1 that has a default or is an enumeration. */
export const DETAILS_SQL = `
select c.relname || '.' || a.attname as name,
  case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as preset,
  coalesce((select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
    where e.enumtypid in (a.atttypid, t.typbasetype)), '[]') as labels
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = $1
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind in ('r', 'p', 'f') and (d.oid is not null or t.typtype in ('e', 'd'))`;

export interface RowArgs {
  readonly table: Table;
  readonly details: ColumnDetails;
  /** Values that are settled: the tenant, keys of parents. */
  readonly fixed: Row;
  /** SQL expressions of the declaration. */
  readonly sample: Readonly<Record<string, string>>;
}

/** No row of a table can be made; the message says which, why, and what to do. */
export class NoRow extends Error {
  override readonly name = 'NoRow';
}

/**
 * Values for a row that every constraint of the table lets in: Postgres tries candidates against the checks. Columns
 * that may stay out stay out.
 *
 * @throws {NoRow} naming the constraint that no candidate satisfies
 */
export async function rowFor(ask: Query, args: RowArgs): Promise<Row> {
  const groups = grouped(args);
  const row: Record<string, string | null> = {};
  // New values in what is unique first; where the checks leave no room for that, any.
  for (const fresh of [true, false]) {
    const open = groups.filter(({ columns }) => !columns.every((name) => Object.hasOwn(row, name)));
    if (open.length === 0) break;
    const parts = open.map((group, index) => groupSql(args, group, fresh, index));
    const outputs = open.flatMap(({ columns }, index) => [
      `g${index}.found AS f${index}`,
      ...columns.map((name, place) => `g${index}.${identifier(name)}::text AS v${index}_${place}`),
    ]);
    const sql = `SELECT ${outputs.join(', ')} FROM (SELECT 1) one ${parts.join(' ')}`;
    const [found] = await ask(sql).catch((error: unknown) => {
      throw new NoRow(
        `no row of ${args.table.name} can be made: ${(error as Error).message}; ${remedy(open[0])}`,
      );
    });
    open.forEach(({ columns }, index) => {
      if (found?.[`f${index}`] !== true) return;
      columns.forEach((name, place) => {
        row[name] = (found[`v${index}_${place}`] ?? null) as string | null;
      });
    });
  }
  const missing = groups.find(({ columns }) => !columns.every((name) => Object.hasOwn(row, name)));
  if (missing === undefined) return row;
  const why =
    missing.checks.length === 0
      ? `no value of type ${missing.columns.map((name) => columnOf(args.table, name)?.type ?? '').join(', ')} was found for ${missing.columns.join(', ')}`
      : `no value was found for ${missing.columns.join(', ')} that satisfies ${missing.checks.map((check) => `${check.name}: ${check.expression}`).join(' and ')}`;
  throw new NoRow(`no row of ${args.table.name} can be made: ${why}; ${remedy(missing)}`);
}

function remedy(group: Group | undefined): string {
  return `give ${group?.columns.join(', ') ?? 'its columns'} an SQL expression in the table's 'sample' in the declaration`;
}

/** Columns that checks tie together. */
interface Group {
  readonly columns: readonly string[];
  readonly checks: readonly Check[];
}

function columnOf(table: Table, name: string) {
  return table.columns.find((column) => column.name === name);
}

/** Columns that need a value, and those that share a check with others. */
function grouped({ table, fixed, sample, details }: RowArgs): Group[] {
  const settable = (name: string): boolean => {
    const column = columnOf(table, name);
    if (column === undefined || column.generated) return Object.hasOwn(fixed, name);
    // An identity column has a value, but no expression that could be tried against a check.
    const preset = details[`${table.name}.${name}`]?.preset ?? null;
    return !column.filled || preset !== null || Object.hasOwn(fixed, name);
  };
  const checks = table.checks.filter(
    ({ columns }) => columns.length > 0 && columns.every((name) => settable(name)),
  );
  const needed = table.columns.filter(
    ({ name, nullable, filled }) =>
      Object.hasOwn(fixed, name) || Object.hasOwn(sample, name) || (!nullable && !filled),
  );
  const names = [
    ...new Set([...needed.map(({ name }) => name), ...checks.flatMap(({ columns }) => columns)]),
  ];
  const groups: { columns: string[]; checks: Check[] }[] = names.map((name) => ({
    columns: [name],
    checks: [],
  }));
  for (const check of checks) {
    const touched = groups.filter((group) =>
      group.columns.some((name) => check.columns.includes(name)),
    );
    const [first, ...others] = touched;
    if (first === undefined) continue;
    for (const other of others) {
      first.columns.push(...other.columns);
      first.checks.push(...other.checks);
      groups.splice(groups.indexOf(other), 1);
    }
    first.checks.push(check);
  }
  return groups;
}

/** Finds one set of values for the group's columns: `LEFT JOIN LATERAL (…) g0 ON true`. */
function groupSql(args: RowArgs, group: Group, fresh: boolean, index: number): string {
  const sources = group.columns.map((name, place) => {
    const own = group.checks.filter(({ columns }) => columns.length === 1 && columns[0] === name);
    const where = own.map(({ expression }) => ` AND ((${expression}) IS NOT FALSE)`).join('');
    return `(SELECT * FROM (${candidatesSql(args, group, name, fresh)}) c${where === '' ? '' : ` WHERE true${where}`}) s${place}`;
  });
  const tied = group.checks.filter(({ columns }) => columns.length > 1);
  const where = tied.map(({ expression }) => `((${expression}) IS NOT FALSE)`).join(' AND ');
  return (
    `LEFT JOIN LATERAL (SELECT true AS found, * FROM ${sources.join(', ')}` +
    `${where === '' ? '' : ` WHERE ${where}`} LIMIT 1) g${index} ON true`
  );
}

/** Rows of one column, named as the column: what may be its value. */
function candidatesSql(args: RowArgs, group: Group, name: string, fresh: boolean): string {
  const { table, details, fixed, sample } = args;
  const column = columnOf(table, name);
  const type = column?.type ?? 'text';
  const as = `AS ${identifier(name)}`;
  if (Object.hasOwn(fixed, name)) {
    const value = fixed[name] ?? null;
    return `SELECT ${value === null ? 'NULL' : literal(value)}::${type} ${as}`;
  }
  const expression = sample[name];
  if (expression !== undefined) return `SELECT (${expression})::${type} ${as}`;
  const detail = details[`${table.name}.${name}`];
  const hints: Hints = {
    checks: group.checks.map((check) => check.expression),
    labels: detail?.labels ?? [],
  };
  const preset = detail?.preset ?? null;
  const unique =
    column?.nullable === false &&
    preset === null &&
    table.indexes.some((one) => one.unique && one.columns.includes(name));
  const words = [
    ...freshWords(hints, () => randomBytes(8).toString('hex')),
    ...(unique && fresh ? [] : plainWords(hints)),
  ];
  const first = [
    ...(preset === null ? [] : [`SELECT (${preset})::${type} ${as}`]),
    ...(column?.nullable === true ? [`SELECT NULL::${type} ${as}`] : []),
  ];
  const typed =
    `SELECT CASE WHEN pg_input_is_valid(word, ${literal(type)}) THEN word::${type} END ${as} ` +
    `FROM (VALUES ${words.map((word) => `(${literal(word)})`).join(', ')}) words(word) ` +
    `WHERE pg_input_is_valid(word, ${literal(type)})`;
  return [...first, typed].join(' UNION ALL ');
}
