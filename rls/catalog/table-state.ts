import type { Command } from '../model/tenancy.ts';
import type { Query } from '../../lib/query.ts';

/**
 * What a server says about who may do what with one table: the other side of a `TablePlan`. Expressions are in the server's
 * own words, every name outside pg_catalog with its schema, so that two of them can be compared as texts.
 */
export interface TableState {
  readonly schema: string;
  readonly table: string;
  readonly kind: 'table' | 'partitioned' | 'foreign';
  readonly owner: string;
  /** ENABLE ROW LEVEL SECURITY. */
  readonly rowSecurity: boolean;
  /** FORCE ROW LEVEL SECURITY: the owner is no exception. */
  readonly forced: boolean;
  /** In the order of their names. */
  readonly policies: readonly PolicyState[];
  readonly grants: GrantState;
  /** The sequences that feed its columns and those asked for, without those of identity columns unless granted. */
  readonly sequences: Readonly<Record<string, SequenceState>>;
  /** Indexes that are behind no constraint, by name. */
  readonly indexes: Readonly<Record<string, IndexState>>;
}

export interface PolicyState {
  readonly name: string;
  readonly restrictive: boolean;
  readonly command: Command | 'ALL';
  /** In the order of their names; `public` is everybody. */
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}

/**
 * Privileges of everybody but the owner, in alphabetical order, by role; `public` is everybody. One of a column is
 * `SELECT (name)`; one that may be handed on ends with ` WITH GRANT OPTION`.
 */
export type GrantState = Readonly<Record<string, readonly string[]>>;

export interface SequenceState {
  readonly owner: string;
  /** Whether it belongs to a column, and so to the table's owner. */
  readonly owned: boolean;
  readonly grants: GrantState;
}

export interface IndexState {
  /** In order; an expression is ''. */
  readonly columns: readonly string[];
  /** False for what a CREATE INDEX CONCURRENTLY leaves behind when it is killed. */
  readonly valid: boolean;
  /** Whether it leaves no rows out and asks nothing of them. */
  readonly plain: boolean;
}

const grantee = `case a.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(a.grantee)::text end`;
const option = `case when a.is_grantable then ' WITH GRANT OPTION' else '' end`;

/** Rows (`who`, `what`) as an object of sorted lists. */
function byGrantee(rows: string): string {
  return `(select coalesce(jsonb_object_agg(g.who, g.privileges), '{}') from (
    select p.who, jsonb_agg(distinct p.what) as privileges from (${rows}) p group by p.who) g)`;
}

/** Privileges on the relation `oid` itself, of others than its owner. */
function aclOf(relation: string): string {
  return `select ${grantee} as who, a.privilege_type || ${option} as what
    from pg_catalog.aclexplode(${relation}.relacl) a where a.grantee <> ${relation}.relowner`;
}

/**
 * One row, one column `live`: the table $1.$2 with the sequences named in $3. The search_path is emptied before anything is
 * printed, and stays so until the end of the transaction.
 */
const SQL = `
select jsonb_build_object(
  'schema', n.nspname, 'table', c.relname,
  'kind', case c.relkind when 'p' then 'partitioned' when 'f' then 'foreign' else 'table' end,
  'owner', pg_catalog.pg_get_userbyid(c.relowner),
  'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity,
  'policies', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', p.polname,
      'restrictive', not p.polpermissive,
      'command', case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE'
                               when 'd' then 'DELETE' else 'ALL' end,
      'roles', (select jsonb_agg(case r.oid when 0 then 'public' else pg_catalog.pg_get_userbyid(r.oid)::text end
                  order by case r.oid when 0 then 'public' else pg_catalog.pg_get_userbyid(r.oid) end)
                from unnest(p.polroles) r(oid)),
      'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
      'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname), '[]')
    from pg_catalog.pg_policy p where p.polrelid = c.oid),
  'grants', ${byGrantee(`
    ${aclOf('c')}
    union all
    select ${grantee}, a.privilege_type || ' (' || t.attname || ')' || ${option}
    from pg_catalog.pg_attribute t cross join lateral pg_catalog.aclexplode(t.attacl) a
    where t.attrelid = c.oid and not t.attisdropped and a.grantee <> c.relowner`)},
  'sequences', (
    select coalesce(jsonb_object_agg(s.relname, jsonb_build_object(
      'owner', pg_catalog.pg_get_userbyid(s.relowner),
      'owned', exists (select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = s.oid and d.deptype in ('a', 'i')
          and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass),
      'grants', ${byGrantee(aclOf('s'))})), '{}')
    from pg_catalog.pg_class s
    where s.relkind = 'S' and s.relnamespace = n.oid and (s.relname = any ($3::text[])
      or exists (select from pg_catalog.pg_depend d  -- owned by a column; an identity only where somebody was let near it
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = s.oid
          and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = c.oid
          and (d.deptype = 'a' or d.deptype = 'i' and exists (
            select from pg_catalog.aclexplode(s.relacl) a where a.grantee <> s.relowner)))
      or exists (select from pg_catalog.pg_depend d  -- named in a default
        join pg_catalog.pg_attrdef f on f.oid = d.objid and f.adrelid = c.oid
        where d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
          and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = s.oid))),
  'indexes', (
    select coalesce(jsonb_object_agg(i.relname, jsonb_build_object(
      'columns', (select jsonb_agg(coalesce(a.attname, '') order by k.place)
        from unnest(x.indkey::pg_catalog.int2[]) with ordinality k(attnum, place)
        left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum and k.attnum > 0
        where k.place <= x.indnkeyatts),
      'valid', x.indisvalid and x.indisready,
      'plain', x.indpred is null and not x.indisunique)), '{}')
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
    where x.indrelid = c.oid
      and not exists (select from pg_catalog.pg_constraint o where o.conindid = x.indexrelid and o.contype in ('p', 'u', 'x')))
) as live
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where (select pg_catalog.set_config('search_path', '', true)) is not null
  and n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'f')`;

/**
 * The table as it is in the server; undefined when there is none of that name. Takes no lock on it. The connection should be
 * a superuser's, who alone sees everything.
 *
 * @param sequences those to read besides the ones that feed the table's columns
 */
export async function readTableState(
  query: Query,
  schema: string,
  table: string,
  sequences: readonly string[] = [],
): Promise<TableState | undefined> {
  const [row] = await query(SQL, [schema, table, sequences]);
  return row?.['live'] as TableState | undefined;
}
