/**
 * What a database says about one schema: what a declaration is checked against, and what policies, indexes and grants
 * are derived from. Read from a running server, or from a throw-away one that has just run the migrations.
 */

export interface Column {
  readonly name: string;
  /** As `format_type` prints it: `uuid`, `character varying(20)`. */
  readonly type: string;
  readonly nullable: boolean;
  /** Whether an INSERT may leave it out: a default, an identity or a generated column. */
  readonly filled: boolean;
  /** Whether it may not be written: generated, or `GENERATED ALWAYS AS IDENTITY`. */
  readonly generated: boolean;
}

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly schema: string;
  readonly table: string;
  readonly references: readonly string[];
}

export interface Index {
  readonly name: string;
  /** Its columns in order; an expression is ''. */
  readonly columns: readonly string[];
  readonly unique: boolean;
  readonly primary: boolean;
  /** Whether it leaves rows out. */
  readonly partial: boolean;
  /** Name of the constraint behind it. */
  readonly constraint: string | null;
}

export interface Check {
  readonly name: string;
  /** Its columns. */
  readonly columns: readonly string[];
  readonly expression: string;
}

export interface Table {
  readonly name: string;
  /** `partitioned` has partitions, `partition` is one of another table of the schema (or inherits from it). */
  readonly kind: 'table' | 'partitioned' | 'partition' | 'foreign';
  /** The table of the schema that it is a partition of, whatever its kind. */
  readonly parent: string | null;
  readonly owner: string;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly indexes: readonly Index[];
  readonly checks: readonly Check[];
  /** Sequences that feed its columns, without those of identity columns, which need no privilege. */
  readonly sequences: readonly string[];
}

export interface Catalog {
  readonly schema: string;
  readonly tables: readonly Table[];
}

/** One row, one column `catalog`: the schema named by $1. */
export const CATALOG_SQL = `
select jsonb_build_object('schema', n.nspname, 'tables', coalesce((
  select jsonb_agg(jsonb_build_object(
    'name', c.relname,
    'kind', case when c.relkind = 'f' then 'foreign' when parent.relname is not null then 'partition'
                 when c.relkind = 'p' then 'partitioned' else 'table' end,
    'parent', parent.relname,
    'owner', pg_catalog.pg_get_userbyid(c.relowner),
    'columns', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'nullable', not a.attnotnull,
        'filled', a.atthasdef or a.attidentity <> '' or a.attgenerated <> '',
        'generated', a.attgenerated <> '' or a.attidentity = 'a') order by a.attnum), '[]')
      from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
    'primaryKey', coalesce((
      select jsonb_agg(a.attname order by k.place)
      from pg_catalog.pg_index x
      cross join lateral unnest(x.indkey::int2[]) with ordinality k(attnum, place)
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
      where x.indrelid = c.oid and x.indisprimary and k.place <= x.indnkeyatts), '[]'),
    'foreignKeys', coalesce((
      select jsonb_agg(jsonb_build_object(
        'name', f.conname,
        'columns', (select jsonb_agg(a.attname order by k.place)
          from unnest(f.conkey) with ordinality k(attnum, place)
          join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
        'schema', (select ns.nspname from pg_catalog.pg_class p
          join pg_catalog.pg_namespace ns on ns.oid = p.relnamespace where p.oid = f.confrelid),
        'table', (select p.relname from pg_catalog.pg_class p where p.oid = f.confrelid),
        'references', (select jsonb_agg(a.attname order by k.place)
          from unnest(f.confkey) with ordinality k(attnum, place)
          join pg_catalog.pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum)) order by f.conname)
      from pg_catalog.pg_constraint f where f.conrelid = c.oid and f.contype = 'f' and f.conparentid = 0), '[]'),
    'indexes', coalesce((
      select jsonb_agg(jsonb_build_object(
        'name', ic.relname,
        'columns', (select jsonb_agg(coalesce(a.attname, '') order by k.place)
          from unnest(x.indkey::int2[]) with ordinality k(attnum, place)
          left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum and k.attnum > 0
          where k.place <= x.indnkeyatts),
        'unique', x.indisunique, 'primary', x.indisprimary, 'partial', x.indpred is not null,
        'constraint', (select o.conname from pg_catalog.pg_constraint o
          where o.conindid = x.indexrelid and o.contype in ('p', 'u', 'x'))) order by ic.relname)
      from pg_catalog.pg_index x join pg_catalog.pg_class ic on ic.oid = x.indexrelid
      where x.indrelid = c.oid and x.indisvalid), '[]'),
    'checks', coalesce((
      select jsonb_agg(jsonb_build_object(
        'name', k.conname,
        'columns', coalesce((select jsonb_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a
          where a.attrelid = c.oid and a.attnum = any (k.conkey)), '[]'),
        'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid)) order by k.conname)
      from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'c'), '[]'),
    'sequences', coalesce((
      select jsonb_agg(s.relname order by s.relname)
      from pg_catalog.pg_class s
      where s.relkind = 'S' and s.relnamespace = n.oid and (
        exists (select from pg_catalog.pg_depend d  -- owned by a column
          where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = s.oid and d.deptype = 'a'
            and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = c.oid)
        or exists (select from pg_catalog.pg_depend d  -- named in a default
          join pg_catalog.pg_attrdef f on f.oid = d.objid and f.adrelid = c.oid
          where d.classid = 'pg_catalog.pg_attrdef'::regclass
            and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = s.oid))), '[]')
  ) order by c.relname)
  from pg_catalog.pg_class c
  left join lateral (
    -- Of several parents the first. One in another schema does not count: nothing here speaks for it.
    select p.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class p on p.oid = i.inhparent
    where i.inhrelid = c.oid and p.relnamespace = n.oid order by i.inhseqno limit 1
  ) parent on true
  where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'f')
    and not exists (select from pg_catalog.pg_depend e
      where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
), '[]')) as catalog
from pg_catalog.pg_namespace n where n.nspname = $1`;

/** The table of that name. */
export function tableOf(catalog: Catalog, name: string): Table | undefined {
  return catalog.tables.find((table) => table.name === name);
}
