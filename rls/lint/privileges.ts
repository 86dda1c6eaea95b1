import { ACTOR, COVERED, grantee, ofUsers, reaches, who } from '../audit/sql-fragments.ts';
import type { Lint } from './lint.ts';

/** Every relation of the schema with who has what on it by name. */
const GRANTED = `granted as (
  select c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) as object, a.privilege_type as privilege, a.is_grantable as grantable,
    ${grantee('a.grantee')} as name, c.relowner
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral pg_catalog.aclexplode(c.relacl) a
  where n.nspname = {schema} and a.grantee <> c.relowner
    and not exists (select from pg_catalog.pg_depend e where e.objid = c.oid and e.deptype = 'e'))`;

/** What roles may do that no policy is asked about. */
export const PRIVILEGES: readonly Lint[] = [
  {
    id: 'privilege-past-policies',
    level: 'error',
    title: 'The application may do something with a table that no policy is asked about',
    why: 'TRUNCATE empties all tenants, REFERENCES and TRIGGER tell of and act on their rows, MAINTAIN locks them.',
    fix: ({ object, privilege = '', who: names = '' }) =>
      `REVOKE ${privilege} ON ${object} FROM PUBLIC, ${names};`,
    sql: `with recursive ${ACTOR}, ${COVERED}
      select f.object, f.who, f.privilege, 'lets <who> ' || f.privilege as detail from (
        select format('%I.%I', n.nspname, c.relname) as object, p.privilege,
          ${who(`pg_catalog.has_table_privilege(actor.oid, c.oid, p.privilege)`)} as who
        from covered join pg_catalog.pg_class c on c.oid = covered.oid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace,
        (values ('TRUNCATE'), ('REFERENCES'), ('TRIGGER'), ('MAINTAIN')) p(privilege)) f
      where f.who is not null order by 1, f.privilege`,
  },
  {
    id: 'granted-to-public',
    level: 'error',
    title: 'Everybody has rights on a table, view or sequence',
    why: 'Every login of the server has them, those that are made tomorrow too.',
    fix: ({ object, privileges = '' }) => `REVOKE ${privileges} ON ${object} FROM PUBLIC;`,
    sql: `with ${GRANTED} select object, string_agg(privilege, ', ' order by privilege) as privileges,
        'gives ' || string_agg(privilege, ', ' order by privilege) || ' to everybody' as detail
      from granted where name = 'public' group by object order by object`,
  },
  {
    id: 'column-privileges',
    level: 'warning',
    title: 'A role has rights on single columns',
    why: 'They stand beside the rights on the table, survive when those are revoked, and are easily overlooked.',
    fix: ({ object, column = '', privileges = '', who: names = '' }) =>
      `REVOKE ${privileges} (${column}) ON ${object} FROM ${names};`,
    sql: `select format('%I.%I', n.nspname, c.relname) as object, format('%I', t.attname) as "column",
        array_agg(distinct ${grantee('a.grantee')}) as who, string_agg(distinct a.privilege_type, ', ') as privileges,
        string_agg(distinct ${grantee('a.grantee')}, ', ') || ' has ' || string_agg(distinct a.privilege_type, ', ')
          || ' on column ' || t.attname as detail
      from pg_catalog.pg_attribute t join pg_catalog.pg_class c on c.oid = t.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral pg_catalog.aclexplode(t.attacl) a
      where n.nspname = {schema} and a.grantee <> c.relowner and not t.attisdropped
      group by n.nspname, c.relname, t.attname order by 1, 2`,
  },
  {
    id: 'grant-option',
    level: 'error',
    title: 'A role may hand its rights on',
    why: 'Who has what is then no longer decided by the declaration.',
    fix: ({ object, privileges = '', who: names = '' }) =>
      `REVOKE GRANT OPTION FOR ${privileges} ON ${object} FROM ${names} CASCADE;`,
    sql: `with ${GRANTED} select object, array[name] as who, string_agg(privilege, ', ' order by privilege) as privileges,
        'lets ' || name || ' give others ' || string_agg(privilege, ', ' order by privilege) as detail
      from granted where grantable group by object, name order by 1, name`,
  },
  {
    id: 'sequence-readable',
    level: 'warning',
    title: 'The application may read or set a sequence',
    why: 'Its last value tells each tenant how much all of them write; setting it makes their inserts fail. USAGE is enough.',
    fix: ({ object, who: names = '' }) =>
      `REVOKE SELECT, UPDATE ON SEQUENCE ${object} FROM PUBLIC, ${names};`,
    sql: `with ${ACTOR} select f.object, f.who, 'may be read or set by <who>' as detail from (
        select format('%I.%I', n.nspname, c.relname) as object,
          ${who(`pg_catalog.has_sequence_privilege(actor.oid, c.oid, 'SELECT, UPDATE')`)} as who
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = {schema} and c.relkind = 'S') f
      where f.who is not null order by 1`,
  },
  {
    id: 'schema-create',
    level: 'error',
    title: 'The application may create in a schema',
    why: 'A function or operator planted early in the search path runs in statements of others.',
    fix: ({ object, who: names = '' }) =>
      `REVOKE CREATE ON ${object.replace('schema', 'SCHEMA')} FROM PUBLIC, ${names};`,
    sql: `with ${ACTOR} select f.object, f.who, 'may be built in by <who>' as detail from (
        select format('schema %I', n.nspname) as object,
          ${who(`pg_catalog.has_schema_privilege(actor.oid, n.oid, 'CREATE')`)} as who
        from pg_catalog.pg_namespace n where ${ofUsers('n.nspname')}) f
      where f.who is not null order by 1`,
  },
  {
    id: 'database-temp',
    level: 'warning',
    title: 'The application may make temporary tables or schemas',
    why: 'Temporary tables come before every schema in the path, and outlive a transaction on a pooled connection.',
    fix: ({ object, privilege = '', who: names = '' }) =>
      `REVOKE ${privilege} ON ${object.replace('database', 'DATABASE')} FROM PUBLIC, ${names};`,
    sql: `with ${ACTOR} select f.object, f.who, f.privilege, 'gives ' || f.privilege || ' to <who>' as detail from (
        select format('database %I', d.datname) as object, p.privilege,
          ${who('pg_catalog.has_database_privilege(actor.oid, d.oid, p.privilege)')} as who
        from pg_catalog.pg_database d, (values ('TEMP'), ('CREATE')) p(privilege)
        where d.datname = pg_catalog.current_database()) f
      where f.who is not null order by 1, f.privilege`,
  },
  {
    id: 'default-privileges',
    level: 'warning',
    title: 'Tables that do not exist yet are granted already',
    why: 'A migration that forgets row security has then opened its table to the application.',
    fix: ({ owner = '', where = '', word = '', who: names = '' }) =>
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner}${where} REVOKE ALL ON ${word} FROM ${names};`,
    sql: `select format('default privileges of %I', o.rolname) as object, format('%I', o.rolname) as owner,
        coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') as where,
        case d.defaclobjtype when 'r' then 'TABLES' else 'SEQUENCES' end as word, array_agg(distinct ${grantee('a.grantee')}) as who,
        'give ' || string_agg(distinct ${grantee('a.grantee')}, ', ') || ' rights on every new '
          || case d.defaclobjtype when 'r' then 'table' else 'sequence' end as detail
      from pg_catalog.pg_default_acl d join pg_catalog.pg_roles o on o.oid = d.defaclrole
      left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
      cross join lateral pg_catalog.aclexplode(d.defaclacl) a
      where d.defaclobjtype in ('r', 'S') and (n.nspname = {schema} or d.defaclnamespace = 0)
        and (a.grantee = 0 or pg_catalog.pg_get_userbyid(a.grantee) = any({actors}))
      group by o.rolname, n.nspname, d.defaclobjtype order by 1, word`,
  },
  {
    id: 'statement-texts-readable',
    level: 'warning',
    title: 'The application may read the texts of statements',
    why: 'All tenants use the same login, so one sees what was asked for the others, with ids that stand in the text.',
    fix: ({ object }) =>
      `REVOKE ALL ON ${object} FROM PUBLIC; GRANT SELECT ON ${object} TO pg_monitor;`,
    sql: `with ${ACTOR} select f.object, f.who, 'may be read by <who>' as detail from (
        select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relname = 'pg_stat_statements' and c.relkind = 'v') f
      where f.who is not null order by 1`,
  },
  {
    id: 'activity-readable',
    level: 'info',
    title: 'Sessions of one login see what the others run',
    why: 'All tenants use the same login: values written into a statement, instead of parameters, can be read there.',
    fix: 'pass values as parameters, never in the text of a statement',
    sql: `with ${ACTOR} select f.object, f.who, 'shows the statements of one login to <who>' as detail from (
        select 'pg_catalog.pg_stat_activity' as object,
          ${who(`pg_catalog.has_table_privilege(actor.oid, 'pg_catalog.pg_stat_activity', 'SELECT')
            and actor.name = any({logins})`)} as who) f
      where f.who is not null`,
  },
];
