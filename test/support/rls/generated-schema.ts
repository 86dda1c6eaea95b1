/** A catalog and surroundings as short as a test can say them. */
import type { Catalog, Column, ForeignKey, Index, Table } from '../../../rls/catalog/catalog.ts';
import type { RoleContext } from '../../../rls/model/plan.ts';

/** `id uuid`, or `id bigint filled`. */
function column(text: string): Column {
  const [name = '', type = 'uuid', filled] = text.split(' ');
  return { name, type, nullable: false, filled: filled === 'filled', generated: false };
}

/** `classroom_id -> classrooms`, `(a, b) -> other.pairs`. */
function foreignKey(text: string): ForeignKey {
  const [from = '', to = ''] = text.split(' -> ');
  const columns = from.replaceAll(/[()]/g, '').split(', ');
  const [schema, table] = to.includes('.') ? to.split('.') : ['public', to];
  return {
    name: `${columns.join('_')}_fkey`,
    columns,
    schema: schema ?? '',
    table: table ?? '',
    references: columns.map((_, place) => (place === 0 ? 'id' : `id${place}`)),
  };
}

interface Short extends Partial<Omit<Table, 'name' | 'columns' | 'foreignKeys' | 'indexes'>> {
  readonly columns?: readonly string[];
  readonly foreignKeys?: readonly string[];
  readonly indexes?: readonly (Partial<Index> & Pick<Index, 'name'>)[];
}

/** A table with a column `id uuid`, which is its key, unless it is said otherwise. */
export function table(name: string, more: Short = {}): Table {
  const { columns = ['id'], foreignKeys = [], indexes = [], ...rest } = more;
  return {
    name,
    kind: 'table',
    parent: null,
    owner: 'migrator',
    primaryKey: ['id'],
    checks: [],
    sequences: [],
    ...rest,
    columns: columns.map(column),
    foreignKeys: foreignKeys.map(foreignKey),
    indexes: [
      key(name),
      ...indexes.map((index) => ({
        columns: [],
        unique: false,
        primary: false,
        partial: false,
        constraint: null,
        ...index,
      })),
    ],
  };
}

function key(name: string): Index {
  const called = `${name}_pkey`;
  return {
    name: called,
    columns: ['id'],
    unique: true,
    primary: true,
    partial: false,
    constraint: called,
  };
}

export function catalog(...tables: readonly Table[]): Catalog {
  return { schema: 'public', tables };
}

/** Roles `app` and `readonly`, of a database that knows its tenant by a setting. */
export function around(...further: RoleContext['roles']): RoleContext {
  const roles = [
    { name: 'app', kind: 'app', logins: ['app_a', 'app_b'] } as const,
    { name: 'readonly', kind: 'readonly', logins: ['readonly_a', 'readonly_b'] } as const,
    ...further,
  ];
  return {
    owner: 'migrator',
    roles,
    mode: 'setting',
    usage: ['monitor'],
    memberships: [],
    logins: {
      ...Object.fromEntries(roles.map(({ name, logins }) => [name, logins])),
      migrator: ['migrator_a', 'migrator_b'],
      monitor: ['monitor_a', 'monitor_b'],
      backup: ['backup_a', 'backup_b'],
    },
  };
}
