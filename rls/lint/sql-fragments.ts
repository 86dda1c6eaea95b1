/**
 * `policy`: the policies of the schema. `command` is one of r, a, w, d, or * for all.
 */
export const POLICY = `policy as (
  select c.oid as relation, format('%I.%I', n.nspname, c.relname) as object, c.relname::text as "table",
    p.polname::text as policy, p.polcmd::text as command, p.polpermissive as permissive,
    (select array_agg(case r when 0 then 'public' else pg_catalog.pg_get_userbyid(r)::text end order by r)
       from unnest(p.polroles) r) as roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) as "using",
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as "check"
  from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = {schema})`;

/** `keyed`: the tables that lead to the tenant, with the column that does. */
export const KEYED = `keyed as (
  select c.oid, c.relname::text as "table", format('%I.%I', n.nspname, c.relname) as object, a.attnum, a.attname::text as "column",
    a.attnotnull as filled, pg_catalog.format_type(a.atttypid, a.atttypmod) as type, k.name = any({tenants}) as direct
  from unnest({keyed}, {keys}) k(name, "column")
  join pg_catalog.pg_class c on c.relname = k.name join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = k."column" and not a.attisdropped
  where n.nspname = {schema})`;
