/**
 * Random statements as one tenant. What decides about rows may name any tenant's; what is written has the tenant's own
 * keys, because a taken key tells that it is taken (and is shown by a test of its own).
 */
import { identifier } from '../../../lib/sql.ts';
import { condition, anyKey, anyTenant, fresh, otherKey, ownKey } from './random-condition.ts';
import { viewName, type Shape, type TableShape } from './random-schema.ts';
import type { ChoiceSequence } from './choice-sequence.ts';

export interface Statement {
  readonly role: 'app_a' | 'readonly_a';
  readonly kind: string;
  readonly sql: string;
  /** Whether it may end without adding the row that it is about. */
  readonly proposes: boolean;
  /** Whether what it has done stays. */
  readonly keep: boolean;
}

/** What a statement is made of. */
export interface Context {
  readonly shape: Shape;
  readonly tape: ChoiceSequence;
  /** A number no other statement has, for keys that are not there yet. */
  readonly place: number;
}

type Kind = (context: Context, table: TableShape) => string;

export function randomStatement(shape: Shape, tape: ChoiceSequence, place: number): Statement {
  const context = { shape, tape, place };
  const names = Object.keys(KINDS) as [string, ...string[]];
  const kind = tape.of(names);
  const readonly = tape.oneIn(8);
  const sql = KINDS[kind]?.(context, anyTable(context)) ?? '';
  return {
    role: readonly ? 'readonly_a' : 'app_a',
    kind,
    sql,
    proposes: sql.includes(' ON CONFLICT '),
    // What empties a table would leave nothing for those that follow.
    keep: !kind.startsWith('every') && !tape.oneIn(4),
  };
}

const anyTable = ({ shape, tape }: Context): TableShape => tape.of(shape.tables);

const name = (table: TableShape): string => identifier(table.name);
const where = (context: Context, table: TableShape, alias = 'x'): string =>
  context.tape.oneIn(6) ? '' : ` WHERE ${condition(context, table, alias)}`;
const returning = ({ tape }: Context): string =>
  tape.of(['', ' RETURNING x.*', ' RETURNING x.id, x.n + 1']);
/** The only order that is whole for every table: rows that are left in a tie are the same. */
const first = ({ tape }: Context, alias = 'x'): string =>
  tape.oneIn(2) ? '' : ` ORDER BY ${alias}::text LIMIT ${1 + tape.below(5)}`;

/** Columns and values of a row to be added; `from` is what it is read from. */
function row(context: Context, table: TableShape, from?: TableShape): [string, string][] {
  const { tape } = context;
  const { tenant, parent, other } = table;
  const values: [string, string][] = [];
  if (table.key !== 'serial' || tape.oneIn(2)) {
    values.push(['id', from === undefined ? ownKey(context, table) : fresh(context, table, 'x')]);
  }
  if (tenant !== undefined) values.push([identifier(tenant), anyTenant(context)]);
  if (parent !== undefined) {
    const read = from?.parent === parent && tape.oneIn(2) ? 'x.parent_id' : undefined;
    const itself = from === parent && tape.oneIn(2) ? 'x.id' : undefined;
    values.push(['parent_id', read ?? itself ?? anyKey(context, parent)]);
  }
  if (other !== undefined && tape.oneIn(2)) values.push(['other_id', otherKey(context, other)]);
  values.push(['n', from === undefined ? String(tape.below(9)) : 'x.n + 1']);
  if (tape.oneIn(2)) values.push(['s', tape.of(["'new'", 'NULL'])]);
  values.push(['kind', tape.of(['0', '1', '0', '1', '0', '1', '0', '1', '2'])]);
  return values;
}

const columnsOf = (values: readonly [string, string][]): string =>
  values.map(([column]) => column).join(', ');
const valuesOf = (values: readonly [string, string][]): string =>
  values.map(([, value]) => value).join(', ');

function assignment(context: Context, table: TableShape): string {
  const { tape } = context;
  const { tenant, parent, other } = table;
  const choices: [string, ...string[]] = [`n = ${tape.below(9)}`, 'n = x.n + 1', "s = 'changed'"];
  if (tenant !== undefined) choices.push(`${identifier(tenant)} = ${anyTenant(context)}`);
  if (parent !== undefined) choices.push(`parent_id = ${anyKey(context, parent)}`);
  if (other !== undefined) choices.push(`other_id = ${otherKey(context, other)}`);
  if (table.key === 'tenant') choices.push(`id = ${anyTenant(context)}`);
  choices.push('kind = 1 - x.kind');
  return tape.of(choices);
}

function insert(context: Context, table: TableShape): string {
  const values = row(context, table);
  return `INSERT INTO ${name(table)} AS x (${columnsOf(values)}) VALUES (${valuesOf(values)})`;
}

function conflict(context: Context, table: TableShape): string {
  const target = table.form === 'partitioned' ? '(id, kind)' : '(id)';
  return context.tape.oneIn(2)
    ? ` ON CONFLICT ${context.tape.of(['', target])} DO NOTHING`
    : ` ON CONFLICT ${target} DO UPDATE SET ${assignment(context, table)}${where(context, table)}`;
}

function insertFrom(context: Context, table: TableShape, from: TableShape, source: string): string {
  const values = row(context, table, from);
  return `INSERT INTO ${name(table)} (${columnsOf(values)}) SELECT ${valuesOf(values)} FROM ${source}`;
}

function change(context: Context, table: TableShape): string {
  const set = assignment(context, table);
  const key = context.tape.oneIn(8)
    ? `id = ${fresh(context, table)} WHERE x.id = ${ownKey(context, table)}`
    : `${set}${where(context, table)}`;
  return `UPDATE ${name(table)} AS x SET ${key}`;
}

function merge(context: Context, table: TableShape): string {
  const { tape } = context;
  const adds = tape.oneIn(2);
  const pick = adds ? ownKey : anyKey;
  const rows = [pick(context, table), pick(context, table)];
  const values = row(context, table).filter(([column]) => column !== 'id');
  const matched = tape.of([`UPDATE SET ${assignment(context, table)}`, `DELETE`, `DO NOTHING`]);
  return [
    `MERGE INTO ${name(table)} AS x USING (VALUES (${rows.join('), (')})) AS v (id) ON x.id = v.id`,
    `WHEN MATCHED${tape.oneIn(3) ? ` AND ${condition(context, table, 'x')}` : ''} THEN ${matched}`,
    ...(adds
      ? [
          `WHEN NOT MATCHED THEN INSERT (id, ${columnsOf(values)}) VALUES (v.id, ${valuesOf(values)})`,
        ]
      : []),
    ...(tape.oneIn(4)
      ? [`WHEN NOT MATCHED BY SOURCE THEN ${tape.of(['UPDATE SET n = 8', 'DELETE'])}`]
      : []),
    ...(tape.oneIn(2) ? ['RETURNING merge_action(), x.*'] : []),
  ].join(' ');
}

/** A statement that reads one table. */
function simple(context: Context, table: TableShape): string {
  return `SELECT x.* FROM ${name(table)} AS x${where(context, table)}${first(context)}`;
}

/** Tables whose rows are joined: the one leads to the other, or they have nothing to do with each other. */
function joined(context: Context, table: TableShape): string {
  const { tape } = context;
  const second = table.parent !== undefined && tape.oneIn(2) ? table.parent : anyTable(context);
  const on = second === table.parent ? 'y.id = x.parent_id' : 'y.n = x.n';
  const kind = tape.of(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
  return `${name(table)} AS x ${kind} ${name(second)} AS y ON ${on}`;
}

export const KINDS: Readonly<Record<string, Kind>> = {
  simple,
  join: (context, table) =>
    `SELECT x.*, y.* FROM ${joined(context, table)}${where(context, table)}`,
  lateral: (context, table) => {
    const second = anyTable(context);
    return `SELECT x.id, z.* FROM ${name(table)} AS x CROSS JOIN LATERAL (SELECT y.* FROM ${name(second)} AS y WHERE y.n <= x.n${context.tape.oneIn(2) ? ` AND ${condition(context, second, 'y')}` : ''} ORDER BY y::text LIMIT 2) AS z${where(context, table)}`;
  },
  aggregate: (context, table) =>
    `SELECT count(*), sum(x.n), min(x.id::text), max(x.s), array_agg(x.n ORDER BY x.n), bool_or(x.n > 7), count(DISTINCT y.n) FROM ${joined(context, table)}${where(context, table)}`,
  groups: (context, table) => {
    const by = context.tape.of(['x.n', 'GROUPING SETS ((x.n), (x.s), ())', 'ROLLUP (x.n, x.s)']);
    const columns = by === 'x.n' ? 'x.n' : 'x.n, x.s';
    return `SELECT ${columns}, count(*), string_agg(x.s, ',' ORDER BY x.s) FROM ${name(table)} AS x${where(context, table)} GROUP BY ${by} HAVING count(*) > ${context.tape.below(2)}`;
  },
  set: (context, table) => {
    const second = anyTable(context);
    const operation = context.tape.of(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'EXCEPT ALL']);
    return `SELECT x.n, x.s FROM ${name(table)} AS x${where(context, table)} ${operation} SELECT y.n, y.s FROM ${name(second)} AS y${where(context, second, 'y')}`;
  },
  window: (context, table) =>
    `SELECT x.id, row_number() OVER w, sum(x.n) OVER (ORDER BY x::text), lag(x.n) OVER w, ntile(2) OVER w FROM ${name(table)} AS x${where(context, table)} WINDOW w AS (PARTITION BY x.n % 2 ORDER BY x::text)`,
  scalar: (context, table) => {
    const second = anyTable(context);
    return `SELECT x.*, (SELECT count(*) FROM ${name(second)} AS y${where(context, second, 'y')}), x.n > ALL (SELECT y.n FROM ${name(second)} AS y) FROM ${name(table)} AS x${where(context, table)}`;
  },
  cte: (context, table) =>
    `WITH w AS ${context.tape.of(['', 'MATERIALIZED '])}(${simple(context, table)}) SELECT x.n, v.n FROM w AS x, w AS v WHERE x.n <= v.n`,
  recursive: (context, table) =>
    `WITH RECURSIVE w (id, n, far) AS (SELECT x.id, x.n, 0 FROM ${name(table)} AS x${where(context, table)} UNION SELECT y.id, y.n, far + 1 FROM ${name(table)} AS y JOIN w ON y.n = w.n + 1 WHERE far < 3) SELECT * FROM w`,
  distinct: (context, table) =>
    `SELECT DISTINCT ON (x.n) x.* FROM ${name(table)} AS x${where(context, table)} ORDER BY x.n, x::text`,
  sample: (context, table) =>
    `SELECT x.* FROM ${name(table)} AS x TABLESAMPLE ${context.tape.of(['SYSTEM', 'BERNOULLI'])} (100)${where(context, table)}`,
  lock: (context, table) =>
    `SELECT x.* FROM ${name(table)} AS x${where(context, table)} FOR ${context.tape.of(['UPDATE', 'SHARE', 'NO KEY UPDATE'])}`,
  cursor: (context, table) =>
    `DECLARE c SCROLL CURSOR FOR ${simple(context, table)
      .replace(/ LIMIT \d+$/, '')
      .replace(
        /( ORDER BY x::text)?$/,
        ' ORDER BY x::text',
      )}; FETCH 2 FROM c; FETCH LAST FROM c; FETCH ABSOLUTE 3 FROM c; CLOSE c`,
  prepared: (context, table) =>
    `SET LOCAL plan_cache_mode = ${context.tape.of(['force_generic_plan', 'force_custom_plan'])}; PREPARE p AS ${simple(context, table)}; EXECUTE p; DEALLOCATE p`,
  view: (context, table) =>
    table.viewed
      ? `SELECT x.* FROM ${viewName(table)} AS x${where(context, table)}${first(context)}`
      : simple(context, table),
  viewChange: (context, table) =>
    table.viewed
      ? change(context, table).replace(name(table), () => viewName(table))
      : change(context, table),
  viewRemove: (context, table) =>
    `DELETE FROM ${table.viewed ? viewName(table) : name(table)} AS x${where(context, table)}`,
  part: (context, table) =>
    table.form === 'plain'
      ? simple(context, table)
      : `${context.tape.of(['SELECT * FROM', 'DELETE FROM', 'SELECT count(*) FROM ONLY'])} ${identifier(`${table.name} 0`)}`,
  insert: (context, table) => `${insert(context, table)}${returning(context)}`,
  insertTwo: (context, table) => {
    const values = row(context, table);
    const second = values.map(([column, value]) =>
      column === 'id' ? ownKey(context, table) : value,
    );
    return `INSERT INTO ${name(table)} AS x (${columnsOf(values)}) VALUES (${valuesOf(values)}), (${second.join(', ')})${context.tape.oneIn(2) ? conflict(context, table) : ''}${returning(context)}`;
  },
  upsert: (context, table) =>
    `${insert(context, table)}${conflict(context, table)}${returning(context)}`,
  insertSelect: (context, table) => {
    const from = anyTable(context);
    return insertFrom(
      ...([context, table, from] as const),
      `${name(from)} AS x${where(context, from)} ORDER BY x::text LIMIT 3`,
    );
  },
  change: (context, table) => `${change(context, table)}${returning(context)}`,
  changeFrom: (context, table) => {
    const second = table.parent ?? anyTable(context);
    const set = second === table.parent ? 'n = y.n + 1' : assignment(context, table);
    const on = second === table.parent ? 'y.id = x.parent_id' : 'y.n = x.n';
    return `UPDATE ${name(table)} AS x SET ${set} FROM ${name(second)} AS y WHERE ${on} AND ${condition(context, second, 'y')}${returning(context)}`;
  },
  remove: (context, table) =>
    `DELETE FROM ${name(table)} AS x WHERE ${condition(context, table, 'x')}${returning(context)}`,
  removeUsing: (context, table) => {
    const second = anyTable(context);
    return `DELETE FROM ${name(table)} AS x USING ${name(second)} AS y WHERE y.n = x.n + 1 AND ${condition(context, second, 'y')}${returning(context)}`;
  },
  merge,
  writeThenRead: (context, table) => {
    const second = anyTable(context);
    const write = context.tape.of([insert, change, remove])(context, table);
    return `WITH w AS (${write} RETURNING x.id, x.n) SELECT count(*), sum(w.n), (SELECT count(*) FROM ${name(second)}) FROM w`;
  },
  move: (context, table) => {
    const into = context.shape.tables.find((other) => other !== table) ?? table;
    if (into === table) return remove(context, table);
    const taken = `DELETE FROM ${name(table)} AS x WHERE ${condition(context, table, 'x')} RETURNING x.*`;
    return `WITH w AS (${taken}) ${insertFrom(context, into, table, 'w AS x ORDER BY x::text LIMIT 3')}`;
  },
  everyRowChanged: (context, table) =>
    `UPDATE ${name(table)} AS x SET ${assignment(context, table)}`,
  everyRowChangedBlindly: (context, table) =>
    `UPDATE ${name(table)} SET ${context.tape.of(['n = 5', 's = NULL'])}`,
  everyRowRemoved: (_, table) => `DELETE FROM ${name(table)}`,
  everyRowTruncated: (_, table) => `TRUNCATE ${name(table)} CASCADE`,
};

function remove(context: Context, table: TableShape): string {
  return `DELETE FROM ${name(table)} AS x WHERE ${condition(context, table, 'x')}`;
}
