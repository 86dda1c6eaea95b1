import { ACTOR, COVERED, ofExtension, ofUsers, reaches, who } from '../audit/sql-fragments.ts';
import type { Lint } from './lint.ts';

/** Views over the covered tables, however many views lie between. */
const ABOVE = `above as (
  select r.ev_class as oid from pg_catalog.pg_depend d
    join pg_catalog.pg_rewrite r on r.oid = d.objid and r.rulename = '_RETURN'
   where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
     and d.refobjid in (select oid from covered)
  union select r.ev_class from above join pg_catalog.pg_depend d on d.refobjid = above.oid
    join pg_catalog.pg_rewrite r on r.oid = d.objid and r.rulename = '_RETURN'
   where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass)`;

const invoker = `exists (select from pg_catalog.pg_options_to_table(c.reloptions) o
  where o.option_name = 'security_invoker' and o.option_value::boolean)`;

const reachable = (kinds: string): string => `select * from (
  select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who, c.relname, c.relowner
  from above join pg_catalog.pg_class c on c.oid = above.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace where ${kinds}) f where f.who is not null`;

/** Relations beside the covered tables. */
export const RELATIONS: readonly Lint[] = [
  {
    id: 'view-owner-rights',
    level: 'error',
    title: "A view reads covered tables with its owner's rights",
    why: 'The policies of the owner are asked, not those of the one who reads; of most owners there are none.',
    fix: ({ object }) => `ALTER VIEW ${object} SET (security_invoker = true);`,
    sql: `with recursive ${ACTOR}, ${COVERED}, ${ABOVE}
      select object, f.who, 'reads as ' || pg_catalog.pg_get_userbyid(relowner) || ' for <who>' as detail
      from (${reachable(`c.relkind = 'v' and not ${invoker}`)}) f order by 1`,
  },
  {
    id: 'view-ungranted-owner-rights',
    level: 'info',
    title:
      "A view over covered tables has its owner's rights, and nobody of the application may read it yet",
    why: 'The day somebody grants it, it shows all tenants.',
    fix: ({ object }) => `ALTER VIEW ${object} SET (security_invoker = true);`,
    sql: `with recursive ${ACTOR}, ${COVERED}, ${ABOVE}
      select * from (select format('%I.%I', n.nspname, c.relname) as object,
          'has the rights of ' || pg_catalog.pg_get_userbyid(c.relowner) as detail, ${who(reaches('c.oid'))} as who
        from above join pg_catalog.pg_class c on c.oid = above.oid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'v' and not ${invoker}) f
      where f.who is null order by 1`,
  },
  {
    id: 'materialized-view-readable',
    level: 'error',
    title: 'The application may read a materialized view of covered tables',
    why: 'It keeps rows of all tenants and cannot have policies.',
    fix: ({ object, who: names = '' }) => `REVOKE ALL ON ${object} FROM PUBLIC, ${names};`,
    sql: `with recursive ${ACTOR}, ${COVERED}, ${ABOVE}
      select object, f.who, 'is open to <who>' as detail
      from (${reachable(`c.relkind = 'm'`)}) f order by 1`,
  },
  {
    id: 'foreign-table',
    level: 'warning',
    title: 'The schema has a foreign table',
    why: 'Row security does not hold on it, and its server sees the conditions of statements.',
    fix: ({ object }) => `keep ${object} in a schema that the application may not use`,
    sql: `select format('%I.%I', n.nspname, c.relname) as object, 'lives on server ' || s.srvname as detail
      from pg_catalog.pg_foreign_table t join pg_catalog.pg_class c on c.oid = t.ftrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_foreign_server s on s.oid = t.ftserver where n.nspname = {schema} order by 1`,
  },
  {
    id: 'rule-on-table',
    level: 'warning',
    title: 'A covered table has a rule',
    why: "A rule rewrites statements and acts with the rights of the table's owner.",
    fix: ({ object, rule = '' }) => `DROP RULE ${rule} ON ${object};`,
    sql: `with recursive ${COVERED}
      select format('%I.%I', n.nspname, c.relname) as object, format('%I', r.rulename) as rule, 'has rule ' || r.rulename as detail
      from pg_catalog.pg_rewrite r join covered on covered.oid = r.ev_class
      join pg_catalog.pg_class c on c.oid = r.ev_class join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where r.rulename <> '_RETURN' order by 1, 2`,
  },
  {
    id: 'publication',
    level: 'warning',
    title: 'A publication carries a covered table',
    why: 'Row security does not hold on what is replicated: whoever subscribes has all tenants.',
    fix: ({ object }) => `DROP ${object.replace('publication', 'PUBLICATION')};`,
    sql: `with recursive ${COVERED}
      select format('publication %I', p.pubname) as object, 'sends ' || string_agg(distinct t.tablename, ', ') as detail
      from pg_catalog.pg_publication p join pg_catalog.pg_publication_tables t on t.pubname = p.pubname
      join pg_catalog.pg_namespace n on n.nspname = t.schemaname
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = t.tablename
      where c.oid in (select oid from covered) group by p.pubname order by 1`,
  },
  {
    id: 'large-objects',
    level: 'warning',
    title: 'There are large objects',
    why: 'They have no row security and no tenant, and everybody may make more of them.',
    fix: 'keep such data as bytea in a covered table',
    sql: `select 'large objects' as object, 'are ' || count(*)::text as detail
      from pg_catalog.pg_largeobject_metadata having count(*) > 0`,
  },
  {
    id: 'unlogged-table',
    level: 'warning',
    title: 'A table is not in the write-ahead log',
    why: 'A crash empties it, and no backup or replica has its rows.',
    fix: ({ object }) => `ALTER TABLE ${object} SET LOGGED;`,
    sql: `select format('%I.%I', n.nspname, c.relname) as object, 'is unlogged' as detail
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = {schema} and c.relkind in ('r', 'p') and c.relpersistence = 'u' order by 1`,
  },
  {
    id: 'extension-in-schema',
    level: 'info',
    title: "An extension is installed in the application's schema",
    why: 'Its functions and views are in the search path of the application, which did not ask for them.',
    fix: ({ extension = '' }) =>
      `CREATE SCHEMA extensions; ALTER EXTENSION ${extension} SET SCHEMA extensions;`,
    sql: `select format('extension %I', e.extname) as object, format('%I', e.extname) as extension, 'is in schema ' || n.nspname as detail
      from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
      where n.nspname in ({schema}, 'public') order by 1`,
  },
  {
    id: 'extension-outdated',
    level: 'warning',
    title: 'An extension is older than the server has it',
    why: 'Its functions lack what was mended since.',
    fix: ({ extension = '' }) => `ALTER EXTENSION ${extension} UPDATE;`,
    sql: `select format('extension %I', e.extname) as object, format('%I', e.extname) as extension,
        'is ' || e.extversion || ', and the server has ' || v.default_version as detail
      from pg_catalog.pg_extension e join pg_catalog.pg_available_extensions v on v.name = e.extname
      where v.default_version <> e.extversion order by 1`,
  },
  {
    id: 'owned-by-application',
    level: 'error',
    title: 'The application owns something',
    why: 'An owner may drop policies, switch row security off, and grant.',
    fix: ({ object }) => `give ${object} to the role that migrations run as: ALTER … OWNER TO`,
    sql: `select x.object, 'is owned by ' || r.rolname as detail from (
        select format('%I.%I', n.nspname, c.relname) as object, c.relowner as owner
          from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${ofUsers('n.nspname')} and not ${ofExtension('pg_class', 'c.oid')}
        union all select format('schema %I', n.nspname), n.nspowner from pg_catalog.pg_namespace n
        union all select format('%I.%I()', n.nspname, p.proname), p.proowner
          from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where ${ofUsers('n.nspname')}
        union all select format('database %I', d.datname), d.datdba from pg_catalog.pg_database d) x
      join pg_catalog.pg_roles r on r.oid = x.owner where r.rolname = any({actors}) order by 1`,
  },
];
