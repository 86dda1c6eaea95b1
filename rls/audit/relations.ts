import { role } from '../../lib/sql.ts';
import { formatRoles, type Check } from './finding.ts';
import { ACTOR, COVERED, grantee, ofExtension, ofUsers, reaches, who } from './sql-fragments.ts';

/** Tables, partitions, sequences and views through which rows can be reached and which no table's plan speaks of. */
export const RELATIONS: readonly Check[] = [
  {
    kind: 'table-undeclared',
    sql: `with recursive ${ACTOR}, ${COVERED}
      select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who,
        case when c.relrowsecurity then 'on' else 'off' end as detail
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = {schema} and c.relkind in ('r', 'p', 'f')
        and c.relname <> all({tables} || {exempt})
        and c.oid not in (select oid from covered)
        and not exists (select from pg_catalog.pg_inherits i join pg_catalog.pg_class t on t.oid = i.inhparent
          where i.inhrelid = c.oid and t.relnamespace = n.oid and t.relname = any({exempt}))
        and not ${ofExtension('pg_class', 'c.oid')}
      order by object`,
    says: ({ object, who: names, detail }) =>
      `${object} is in no declaration; its row security is ${detail} and ${formatRoles(names)} of the application may reach it`,
    remedy: ({ object }) =>
      `add ${object} to the declaration in access/, or: DROP TABLE ${object};`,
  },
  {
    kind: 'child-readable',
    sql: `with recursive ${ACTOR}, ${COVERED}
      select * from (select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who,
          format('%I.%I', pn.nspname, p.relname) as detail
        from pg_catalog.pg_inherits i join covered on covered.oid = i.inhparent
        join pg_catalog.pg_class c on c.oid = i.inhrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_class p on p.oid = i.inhparent
        join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace) f
      where who is not null order by object`,
    says: ({ object, who: names, detail }) =>
      `${formatRoles(names)} may reach ${object} directly, past the policies of ${detail} whose rows it holds`,
    remedy: ({ object, who: names }) =>
      `REVOKE ALL ON ${object} FROM PUBLIC, ${names.map(role).join(', ')};`,
  },
  {
    kind: 'sequence-undeclared',
    // Those that feed a declared table are in its plan.
    sql: `with declared as (select t.oid from pg_catalog.pg_class t join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
        where tn.nspname = {schema} and t.relname = any({tables} || {exempt}))
      select format('%I.%I', n.nspname, c.relname) as object,
        array_agg(distinct ${grantee('a.grantee')}) as who,
        string_agg(distinct a.privilege_type, ', ') as detail
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral pg_catalog.aclexplode(c.relacl) a
      where n.nspname = {schema} and c.relkind = 'S' and a.grantee <> c.relowner
        and not exists (select from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
            and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid in (select oid from declared))
        and not exists (select from pg_catalog.pg_depend d join pg_catalog.pg_attrdef f on f.oid = d.objid
          where d.classid = 'pg_catalog.pg_attrdef'::regclass and d.refobjid = c.oid
            and f.adrelid in (select oid from declared))
        and not ${ofExtension('pg_class', 'c.oid')}
      group by 1 order by 1`,
    says: ({ object, who: names, detail }) =>
      `${formatRoles(names)} has ${detail} on sequence ${object}, which tells how much all tenants write, and nobody declared that`,
    remedy: ({ object, who: names }) =>
      `REVOKE ALL ON SEQUENCE ${object} FROM ${names.map(role).join(', ')};`,
  },
  {
    kind: 'view-owner-rights',
    sql: `with recursive ${ACTOR}, ${COVERED}, above as (
        select r.ev_class as oid from pg_catalog.pg_depend d
          join pg_catalog.pg_rewrite r on r.oid = d.objid
         where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
           and d.refobjid in (select oid from covered) and r.rulename = '_RETURN'
        union select r.ev_class from above join pg_catalog.pg_depend d on d.refobjid = above.oid
          join pg_catalog.pg_rewrite r on r.oid = d.objid
         where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
           and r.rulename = '_RETURN')
      select * from (select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who,
          c.relkind::text || pg_catalog.pg_get_userbyid(c.relowner)::text as detail
        from above join pg_catalog.pg_class c on c.oid = above.oid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'm' or c.relkind = 'v' and not exists (
          select from pg_catalog.pg_options_to_table(c.reloptions) o
           where o.option_name = 'security_invoker' and o.option_value::boolean)) f
      where who is not null order by object`,
    says: ({ object, who: names, detail }) =>
      detail.startsWith('m')
        ? `${formatRoles(names)} may read materialized view ${object}, which keeps rows of all tenants and has no policies`
        : `${formatRoles(names)} may use view ${object}, which reads covered tables with the rights of ${detail.slice(1)} instead of theirs`,
    remedy: ({ object, who: names, detail }) =>
      detail.startsWith('m')
        ? `REVOKE ALL ON ${object} FROM PUBLIC, ${names.map(role).join(', ')};`
        : `ALTER VIEW ${object} SET (security_invoker = true);`,
  },
  {
    kind: 'foreign-table',
    sql: `with ${ACTOR}
      select * from (select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who,
          s.srvname::text as detail
        from pg_catalog.pg_foreign_table t join pg_catalog.pg_class c on c.oid = t.ftrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_foreign_server s on s.oid = t.ftserver where ${ofUsers('n.nspname')}) f
      where who is not null order by object`,
    says: ({ object, who: names, detail }) =>
      `${formatRoles(names)} may reach foreign table ${object} on server ${detail}, where row security does not hold`,
    remedy: ({ object, who: names }) =>
      `REVOKE ALL ON ${object} FROM PUBLIC, ${names.map(role).join(', ')};`,
  },
];
