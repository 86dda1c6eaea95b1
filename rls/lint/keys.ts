import { COLUMN_TYPES } from '../model/tenant-context.ts';
import { identifier } from '../../lib/sql.ts';
import type { Lint } from './lint.ts';
import { KEYED } from './sql-fragments.ts';

/** The columns of an array of attribute numbers of table `oid`, with commas between. */
const columnsOf = (oid: string, numbers: string): string =>
  `(select string_agg(format('%I', a.attname), ', ' order by u.place)
     from unnest(${numbers}) with ordinality u(attnum, place)
     join pg_catalog.pg_attribute a on a.attrelid = ${oid} and a.attnum = u.attnum)`;

/** Keys that lead astray, or that tell one tenant of another. */
export const KEYS: readonly Lint[] = [
  {
    id: 'tenant-column-nullable',
    level: 'warning',
    title: 'The column that leads to the tenant may be empty',
    why: 'A row without it belongs to nobody: no policy ever shows it again, and nobody deletes it.',
    fix: ({ object, column = '' }) =>
      `ALTER TABLE ${object} ALTER COLUMN ${identifier(column)} SET NOT NULL;`,
    sql: `with ${KEYED} select object, "column", 'may have rows without ' || "column" as detail
      from keyed where not filled order by 1`,
  },
  {
    id: 'tenant-column-type',
    level: 'error',
    title: 'The column of the tenant has another type than the tenant',
    why: 'The policy then converts every row before it compares, which no index helps, or fails.',
    fix: ({ object, column = '' }) =>
      `ALTER TABLE ${object} ALTER COLUMN ${identifier(column)} TYPE …; or change tenant.type in the declaration`,
    sql: `with ${KEYED} select object, "column", type from keyed where direct order by 1`,
    judge: ({ column = '', type = '' }, { tenancy: { tenant } }) =>
      tenant === undefined || COLUMN_TYPES[tenant.type].test(type)
        ? undefined
        : `has ${column} as ${type}, but a ${tenant.is} is ${tenant.type}`,
  },
  {
    id: 'unique-reveals',
    level: 'warning',
    title: 'A unique constraint holds across tenants',
    why: "An insert that fails tells one tenant that the value is there, in somebody's rows.",
    fix: ({ object, index = '', column = '' }) =>
      `make ${index} of ${object} unique together with ${column}, or name it in the declaration's reveals with the reason`,
    // A random key cannot be guessed; a primary key of another type can.
    sql: `with ${KEYED} select k.object, ic.relname::text as index, k."column",
        'has ' || ic.relname || ' on ' || coalesce(${columnsOf('k.oid', 'x.indkey::int2[]')}, 'an expression') as detail
      from keyed k join pg_catalog.pg_index x on x.indrelid = k.oid and x.indisunique
      join pg_catalog.pg_class ic on ic.oid = x.indexrelid
      where k.attnum <> all(x.indkey::int2[]) and ic.relname <> all({revealed})
        and not (x.indisprimary and x.indnkeyatts = 1 and exists (select from pg_catalog.pg_attribute a
          where a.attrelid = k.oid and a.attnum = x.indkey[0]
            and (a.atttypid = 'uuid'::regtype or a.attidentity = 'a')))
      order by 1, 2`,
  },
  {
    id: 'foreign-key-reveals',
    level: 'warning',
    title: 'A foreign key may point to a row of another tenant',
    why: 'Foreign keys are checked past the policies: an insert that succeeds tells that the row is there, and keeps it.',
    fix: ({ object, key = '', column = '' }) =>
      `let ${key} of ${object} carry ${column} on both sides, or name it in the declaration's reveals`,
    sql: `with ${KEYED} select k.object, f.conname::text as key, k."column",
        'has ' || f.conname || ' on ' || ${columnsOf('k.oid', 'f.conkey')} || ' to ' || f.confrelid::regclass::text as detail
      from keyed k join pg_catalog.pg_constraint f on f.conrelid = k.oid and f.contype = 'f'
      where k.attnum <> all(f.conkey) and f.confrelid in (select oid from keyed) and f.conname <> all({revealed})
      order by 1, 2`,
  },
  {
    id: 'primary-key-missing',
    level: 'warning',
    title: 'A table has no primary key',
    why: 'Its rows cannot be told apart, replicated or corrected one by one.',
    fix: ({ object }) => `ALTER TABLE ${object} ADD PRIMARY KEY (…);`,
    sql: `select format('%I.%I', n.nspname, c.relname) as object, 'has no primary key' as detail
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = {schema} and c.relkind in ('r', 'p') and not c.relispartition
        and not exists (select from pg_catalog.pg_index x where x.indrelid = c.oid and x.indisprimary)
        and not exists (select from pg_catalog.pg_depend e where e.objid = c.oid and e.deptype = 'e') order by 1`,
  },
  {
    id: 'constraint-not-valid',
    level: 'warning',
    title: 'A constraint was never checked for the rows that are there',
    why: 'Rows that break it stay, and with a foreign key some may lead to no tenant.',
    fix: ({ object, name = '' }) => `ALTER TABLE ${object} VALIDATE CONSTRAINT ${name};`,
    sql: `select format('%I.%I', n.nspname, c.relname) as object, format('%I', k.conname) as name,
        'has ' || k.conname || ', which may not hold' as detail
      from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = {schema} and not k.convalidated and k.contype in ('c', 'f') order by 1, 2`,
  },
  {
    id: 'reg-type-column',
    level: 'info',
    title: 'A column has a type that names an object of the catalog',
    why: 'Such numbers change in a dump, and pg_upgrade refuses to take them along.',
    fix: ({ object, column = '' }) => `ALTER TABLE ${object} ALTER COLUMN ${column} TYPE text;`,
    sql: `select format('%I.%I', n.nspname, c.relname) as object, format('%I', a.attname) as "column",
        'has ' || a.attname || ' as ' || pg_catalog.format_type(a.atttypid, null) as detail
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = {schema} and a.attnum > 0 and not a.attisdropped and a.atttypid in (
        'regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype, 'regoperator'::regtype,
        'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype, 'regcollation'::regtype)
      order by 1, 2`,
  },
];
