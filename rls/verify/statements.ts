import type { Table } from '../catalog/catalog.ts';
import { identifier, literal, qualified } from '../../lib/sql.ts';
import type { Attack } from './matrix.ts';

/** Writes a value into a statement: as a constant, or as a parameter. */
export type Arg = (value: string | null) => string;
export type Statement = (arg: Arg) => string;

/** Values of a row by column, as text; NULL is null. */
export type Row = Readonly<Record<string, string | null>>;

export const constant: Arg = (value) => (value === null ? 'NULL' : literal(value));

export interface Target {
  readonly schema: string;
  readonly table: Table;
  /** Columns that name a row. */
  readonly key: readonly string[];
  /** Rows to reach. */
  readonly rows: readonly Row[];
  /** The row to put in. */
  readonly insert: Row | undefined;
  /** What to set instead of leaving the value as it is. */
  readonly set: Readonly<Record<string, string | null>>;
  /** Condition for rows that are visible and do not belong to the tenant, over the alias `t`; undefined where none can be told. */
  readonly strangers: Statement | undefined;
}

/** Setting that counts the rows a policy lets a statement at. */
export const COUNTER = 'plinth.reached';

/**
 * Counts rows without reading a column of theirs, so that only the policies of the command itself are asked, and
 * without changing them: on a server that leaks, these would be everybody's.
 */
const COUNTED =
  `set_config('${COUNTER}', (coalesce(nullif(current_setting('${COUNTER}', true), ''), '0')::integer + 1)::text, ` +
  `true)::integer`;

/** The statement that tries it. A row count is how many rows it reached, but for SELECT, which counts in one row. */
export function attackOf(command: Attack, target: Target): Statement {
  const name = qualified(target.schema, target.table.name);
  const which = keyed(target);
  switch (command) {
    case 'SELECT':
      return (arg) =>
        `SELECT count(*) FILTER (WHERE ${which(arg)}) AS reached, count(*) AS total, ` +
        `${target.strangers === undefined ? '0' : `count(*) FILTER (WHERE ${target.strangers(arg)})`} AS strangers ` +
        `FROM ${name} t`;
    case 'INSERT':
      return (arg) => inserted(name, target, arg);
    case 'UPDATE':
      return (arg) => `UPDATE ${name} t SET ${assigned(target, arg)} WHERE ${which(arg)}`;
    case 'UPDATE without WHERE': {
      const given = Object.keys(target.set).length > 0;
      const column = target.table.columns.find(({ generated }) => !generated)?.name ?? '';
      return (arg) =>
        `UPDATE ${name} SET ${given ? assigned(target, arg) : `${identifier(column)} = DEFAULT`} ` +
        `WHERE ${COUNTED} <= ${given ? 1 : 0}`;
    }
    case 'DELETE without WHERE':
      return () => `DELETE FROM ${name} WHERE ${COUNTED} <= 0`;
    case 'UPDATE … RETURNING':
      return (arg) =>
        `UPDATE ${name} t SET ${assigned(target, arg)} WHERE ${which(arg)} RETURNING t.*`;
    case 'DELETE':
      return (arg) => `DELETE FROM ${name} t WHERE ${which(arg)}`;
    case 'INSERT … ON CONFLICT DO UPDATE': {
      const key = target.key.map(identifier).join(', ');
      return (arg) =>
        `${inserted(name, target, arg)} ON CONFLICT (${key}) DO UPDATE SET ${assigned(target, arg, identifier(target.table.name))}`;
    }
    case 'MERGE':
      return (arg) =>
        `MERGE INTO ${name} t USING (SELECT 1) one ON ${which(arg)} ` +
        `WHEN MATCHED THEN UPDATE SET ${assigned(target, arg)}`;
    case 'COPY TO':
      // By its name the table is read in a way of its own; rows of another are asked for by theirs.
      return target.rows.length === 0
        ? () => `COPY ${name} TO STDOUT`
        : () => `COPY (SELECT t.* FROM ${name} t WHERE ${which(constant)}) TO STDOUT`;
    case 'COPY FROM':
      return () => `COPY ${name} FROM STDIN`;
    case 'TRUNCATE':
      return () => `TRUNCATE ${name} CASCADE`;
  }
}

/** Typed arrays, so that an index finds the rows in a table of any size. */
function keyed({ table, key, rows }: Target): Statement {
  if (key.length === 0) return () => 'false';
  const type = (name: string) => (name === CTID ? 'tid' : typeOf(table, name));
  const array = (arg: Arg, name: string) =>
    `${arg(`{${rows.map((row) => element(row[name] ?? null)).join(',')}}`)}::${type(name)}[]`;
  const [first = ''] = key;
  if (key.length === 1) return (arg) => `t.${identifier(first)} = ANY (${array(arg, first)})`;
  return (arg) =>
    `(${key.map((name) => `t.${identifier(name)}`).join(', ')}) IN ` +
    `(SELECT * FROM unnest(${key.map((name) => array(arg, name)).join(', ')}))`;
}

/** Names a row of a table without a key, as long as nobody changes it. */
export const CTID = 'ctid';

function typeOf(table: Table, name: string): string {
  return table.columns.find((column) => column.name === name)?.type ?? 'text';
}

function element(value: string | null): string {
  return value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

function inserted(name: string, { table, insert, key }: Target, arg: Arg): string {
  // Nothing to put in: the privilege is what counts, and it is asked for first.
  if (insert === undefined)
    return `INSERT INTO ${name} AS ${identifier(table.name)} DEFAULT VALUES`;
  const columns = table.columns.filter(
    (column) =>
      Object.hasOwn(insert, column.name) && (!column.generated || key.includes(column.name)),
  );
  const values = columns.map((column) => `${arg(insert[column.name] ?? null)}::${column.type}`);
  return (
    `INSERT INTO ${name} AS ${identifier(table.name)} (${columns.map((column) => identifier(column.name)).join(', ')}) ` +
    `OVERRIDING SYSTEM VALUE VALUES (${values.join(', ')})`
  );
}

function assigned({ table, key, set }: Target, arg: Arg, from = 't'): string {
  const given = Object.entries(set).map(([name, value]) => {
    return `${identifier(name)} = ${arg(value)}::${typeOf(table, name)}`;
  });
  if (given.length > 0) return given.join(', ');
  const writable = table.columns.filter(({ generated }) => !generated);
  const column = writable.find(({ name }) => !key.includes(name)) ?? writable[0];
  const name = identifier(column?.name ?? '');
  return `${name} = ${from}.${name}`;
}
