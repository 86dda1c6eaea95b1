/** Pieces that several queries are made of; each begins a query, or stands in its conditions. */

/** `actor`: the roles of the application and their logins, as far as they exist. */
export const ACTOR = `actor as (
  select a.oid, a.rolname::text as name from pg_catalog.pg_roles a where a.rolname = any({actors}))`;

/** `covered`: the tables that belong to a tenant, with their partitions and children. WITH RECURSIVE. */
export const COVERED = `covered as (
  select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = {schema} and c.relname = any({tables}) and c.relkind in ('r', 'p', 'f')
  union select i.inhrelid from pg_catalog.pg_inherits i join covered on covered.oid = i.inhparent)`;

/** Whether something in `catalog` came with an extension. */
export function ofExtension(catalog: string, oid: string): string {
  return `exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.${catalog}'::regclass
    and e.objid = ${oid} and e.deptype = 'e')`;
}

/** Whether a schema is neither the server's own nor a session's temporary one. */
export function ofUsers(schema: string): string {
  return `(${schema} !~ '^pg_' and ${schema} <> 'information_schema')`;
}

/** Who of the application, or `public`, has any of some privileges: an array, null when nobody. */
export function who(has: string): string {
  return `(select array_agg(actor.name order by actor.name) from actor where ${has})`;
}

/** Whether an actor may reach rows of relation `oid` by any statement, or columns of it. */
export function reaches(oid: string): string {
  return `(pg_catalog.has_table_privilege(actor.oid, ${oid}, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
    or pg_catalog.has_any_column_privilege(actor.oid, ${oid}, 'SELECT, INSERT, UPDATE'))`;
}

/** `schema.name(arguments)` of the function `p` in schema `n`. */
export const ROUTINE = `format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))`;

/** The name of a grantee; 0 is everybody. */
export function grantee(oid: string): string {
  return `case ${oid} when 0 then 'public' else pg_catalog.pg_get_userbyid(${oid})::text end`;
}
