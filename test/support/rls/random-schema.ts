/**
 * A schema of one to four tables, the declaration for it, and rows of three tenants. It is made twice: once as it is, for
 * row security, and once as the reference, in which no tenant but the first has ever been.
 */
import {
  READ,
  WRITE,
  belongsVia,
  belongsTo,
  type Command,
  type CustomPolicy,
  type TableRule,
  type Tenancy,
  type TenantType,
} from '../../../rls/model/tenancy.ts';
import { identifier, literal, qualified } from '../../../lib/sql.ts';
import type { ChoiceSequence } from './choice-sequence.ts';

export interface Shape {
  readonly type: TenantType;
  readonly tables: readonly [TableShape, ...TableShape[]];
}

export interface TableShape {
  readonly at: number;
  readonly name: string;
  /** Type of its key; `tenant` is the table of the tenants themselves, `serial` a bigint out of a sequence. */
  readonly key: 'tenant' | 'uuid' | 'bigint' | 'serial';
  /** Column with the tenant, unless that is the key. */
  readonly tenant: string | undefined;
  /** The table that it belongs through. */
  readonly parent: TableShape | undefined;
  /** Another table that a row may point to, for reasons of its own. */
  readonly other: TableShape | undefined;
  readonly form: 'plain' | 'partitioned' | 'inherited';
  readonly onDelete: 'CASCADE' | 'NO ACTION';
  readonly indexed: boolean;
  readonly app: readonly Command[];
  /** Whether a policy by hand allows everything, so that only the tenant's binds. */
  readonly shared: boolean;
  readonly viewed: boolean;
}

export const SETTING = 'app.tenant';
/** Of the tenant that statements are run as, and of the two whose rows must stay as they are. */
export const ROWS = 4;

const NAMES = ['account', 'order', 'Mixed Case', 'quo"te', 'user', 'ünï', 'x_y'] as const;

export function randomSchema(tape: ChoiceSequence): Shape {
  const type = tape.of<TenantType>(['uuid', 'bigint', 'text', 'integer']);
  const count = 1 + tape.below(4);
  const first = tape.below(NAMES.length);
  const tables: TableShape[] = [];
  for (let at = 0; at < count; at += 1) {
    const name = NAMES[(first + at) % NAMES.length] ?? '';
    tables.push(randomTable(tape, at, name, tables));
  }
  // Whoever uses a table must be able to read the ones it belongs through.
  for (const { parent } of tables) {
    if (parent?.app.includes('SELECT') === false) Object.assign(parent, { app: WRITE });
  }
  return { type, tables: tables as [TableShape, ...TableShape[]] };
}

function randomTable(
  tape: ChoiceSequence,
  at: number,
  name: string,
  earlier: readonly TableShape[],
): TableShape {
  const tenants = at === 0 && tape.below(2) === 1;
  const whole = earlier.filter(({ form }) => form === 'plain');
  const among = (): TableShape | undefined => whole[tape.below(whole.length)];
  const parent = whole.length > 0 && tape.below(4) < 3 ? among() : undefined;
  const mayBe = tape.below(16);
  return {
    at,
    name,
    key: tenants ? 'tenant' : tape.of(['uuid', 'bigint', 'serial']),
    tenant: tenants || parent !== undefined ? undefined : tape.of(['tenant_id', 'user', 'Te"nant']),
    parent,
    other: tape.oneIn(3) ? among() : undefined,
    form: tenants ? 'plain' : tape.of(['plain', 'plain', 'plain', 'partitioned', 'inherited']),
    onDelete: tape.of(['CASCADE', 'NO ACTION']),
    indexed: tape.oneIn(2),
    app: tape.oneIn(4) ? WRITE.filter((_, bit) => (mayBe >> bit) % 2 === 1) : WRITE,
    shared: tape.oneIn(4),
    viewed: tape.oneIn(2),
  };
}

export function declarationOf({ type, tables }: Shape): Tenancy {
  return {
    schema: 'tried',
    tenant: { is: 'tenant', setting: SETTING, type },
    tables: Object.fromEntries(tables.map((table) => [table.name, ruleOf(table)])),
    bypass: {},
  };
}

function ruleOf({ name, tenant, parent, app, shared }: TableShape): TableRule {
  const open: CustomPolicy = {
    name: `${name} for all`,
    kind: 'permissive',
    command: 'ALL',
    roles: ['app', 'readonly'],
    using: 'true',
    check: 'true',
    says: 'everybody may do everything',
  };
  const more = { may: { app, readonly: READ }, policies: shared ? [open] : [] };
  return parent === undefined ? belongsTo(tenant ?? 'id', more) : belongsVia('parent_id', more);
}

/** Type of a table's key. */
export function keyType({ type }: Shape, { key }: TableShape): string {
  if (key === 'tenant') return type;
  return key === 'uuid' ? 'uuid' : 'bigint';
}

/** The tenants, the one that statements are run as first; the fourth has never been. */
export function tenant({ type }: Shape, who: number): string {
  if (type === 'uuid') return `${'abcd'[who]?.repeat(8) ?? ''}-0000-4000-8000-000000000000`;
  return type === 'text' ? (['a\'\\"', 'b', 'c', 'd'][who] ?? '') : String(11 * (who + 1));
}

/** The key of a row: ids of different tenants never meet, so what they tell of one another does not count. */
export function key(shape: Shape, table: TableShape, who: number, row: number): string {
  const type = keyType(shape, table);
  if (table.key === 'tenant') return `${literal(tenant(shape, who))}::${type}`;
  if (type === 'bigint') return `${who * 1_000_000_000 + row + 1}::bigint`;
  const start = 'abcd'[who]?.repeat(8) ?? '';
  return `'${start}-0000-4000-8000-${String(row).padStart(12, '0')}'::uuid`;
}

/** Whether a row is another tenant's, by its key alone. */
export function foreign(shape: Shape, table: TableShape): string {
  if (table.key === 'tenant') return `id <> ${key(shape, table, 0, 0)}`;
  return table.key === 'uuid' ? `left(id::text, 1) <> 'a'` : `id > 1000000000`;
}

/** What only rows of other tenants have in `n`, plus the number of the row. */
export const FOREIGN_N = 7000;

/** Statements that make the tables in a schema and fill them; the reference knows one tenant, and refuses others. */
export function tablesSql(shape: Shape, schema: 'tried' | 'reference'): string[] {
  const whose = schema === 'reference' ? [0] : [0, 1, 2];
  return [
    `CREATE SCHEMA ${schema} AUTHORIZATION migrator`,
    `SET search_path = ${schema}; SET ROLE migrator`,
    ...shape.tables.flatMap((table) => tableSql(shape, table, schema)),
    `RESET ROLE`,
    ...shape.tables.flatMap((table) =>
      whose.flatMap((who) =>
        Array.from({ length: table.key === 'tenant' ? 1 : ROWS }, (_, row) =>
          rowSql(shape, table, who, row),
        ),
      ),
    ),
    ...shape.tables
      .filter((table) => table.key === 'serial')
      .map((table) => `SELECT setval(${sequence(schema, table)}, 500000)`),
  ];
}

/** The sequence of a table's ids, as a constant. */
export function sequence(schema: string, { name }: TableShape): string {
  return literal(qualified(schema, `${name}_id_seq`));
}

function tableSql(shape: Shape, table: TableShape, schema: string): string[] {
  const { key: kind, tenant: column, parent, other, form } = table;
  const name = identifier(table.name);
  const id = kind === 'serial' ? 'bigserial' : `${keyType(shape, table)} NOT NULL`;
  const own = identifier(column ?? 'id');
  const mine = `CHECK (${own} IS NOT DISTINCT FROM ${literal(tenant(shape, 0))}::${shape.type})`;
  const keys = [
    ...(parent === undefined ? [] : [foreignKey('parent_id', parent, table.onDelete)]),
    ...(other === undefined ? [] : [foreignKey('other_id', other, 'SET NULL')]),
  ];
  const columns = [
    `id ${id}`,
    ...(column === undefined ? [] : [`${own} ${shape.type} NOT NULL`]),
    ...(parent === undefined ? [] : [`parent_id ${keyType(shape, parent)} NOT NULL`]),
    ...(other === undefined ? [] : [`other_id ${keyType(shape, other)}`]),
    'n integer NOT NULL DEFAULT 0',
    's text',
    'kind integer NOT NULL DEFAULT 0 CHECK (kind IN (0, 1))',
    ...(schema === 'reference' && parent === undefined ? [mine] : []),
    form === 'partitioned' ? 'PRIMARY KEY (id, kind)' : 'PRIMARY KEY (id)',
    ...keys,
  ];
  const part = (n: number) => identifier(`${table.name} ${n}`);
  return [
    `CREATE TABLE ${name} (${columns.join(', ')})${form === 'partitioned' ? ' PARTITION BY LIST (kind)' : ''}`,
    ...(form === 'partitioned'
      ? [0, 1].map((n) => `CREATE TABLE ${part(n)} PARTITION OF ${name} FOR VALUES IN (${n})`)
      : []),
    ...(form === 'inherited'
      ? [`CREATE TABLE ${part(0)} (${['PRIMARY KEY (id)', ...keys].join(', ')}) INHERITS (${name})`]
      : []),
    ...(table.indexed && column !== undefined ? [`CREATE INDEX ON ${name} (${own})`] : []),
    ...(table.viewed
      ? [
          `CREATE VIEW ${viewName(table)} WITH (security_invoker) AS SELECT * FROM ${name} WHERE n IS NOT NULL`,
          `GRANT SELECT, INSERT, UPDATE, DELETE ON ${viewName(table)} TO app`,
        ]
      : []),
  ];
}

export function viewName({ name }: TableShape): string {
  return identifier(`${name} seen`);
}

function foreignKey(column: string, to: TableShape, onDelete: string): string {
  return `FOREIGN KEY (${column}) REFERENCES ${identifier(to.name)} ON DELETE ${onDelete}`;
}

function rowSql(shape: Shape, table: TableShape, who: number, row: number): string {
  const columns: [string, string][] = [
    ['id', key(shape, table, who, row)],
    ['n', String(who === 0 ? row : FOREIGN_N + row)],
    ['s', row === 0 ? 'NULL' : literal(`row ${row % 2}`)],
    ['kind', String(row % 2)],
  ];
  const { tenant: column, parent, other } = table;
  if (column !== undefined) columns.push([identifier(column), literal(tenant(shape, who))]);
  if (parent !== undefined) columns.push(['parent_id', key(shape, parent, who, (row * 3) % ROWS)]);
  if (other !== undefined && row > 1) columns.push(['other_id', key(shape, other, who, row)]);
  const into = table.form === 'inherited' && row > 1 ? `${table.name} 0` : table.name;
  return `INSERT INTO ${identifier(into)} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map(([, value]) => value).join(', ')})`;
}
