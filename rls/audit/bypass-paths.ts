import { identifier, role } from '../../lib/sql.ts';
import { formatRoles, type Check } from './finding.ts';
import { ACTOR, COVERED, grantee, ofUsers } from './sql-fragments.ts';

const reaching = `('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'pageinspect', 'amcheck')`;

/** Roads on which rows leave the tables, or rights come about, without anybody asking a policy. */
export const BYPASS_PATHS: readonly Check[] = [
  {
    kind: 'publication',
    sql: `with recursive ${COVERED}
      select format('publication %I', p.pubname) as object,
        string_agg(distinct format('%I.%I', t.schemaname, t.tablename), ', ') as detail
      from pg_catalog.pg_publication p cross join lateral (
        select x.schemaname, x.tablename from pg_catalog.pg_publication_tables x where x.pubname = p.pubname) t
      join pg_catalog.pg_namespace n on n.nspname = t.schemaname
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = t.tablename
      where c.oid in (select oid from covered) group by p.pubname order by 1`,
    says: ({ object, detail }) => `${object} sends out ${detail} with the rows of all tenants`,
    remedy: ({ object }) => `DROP ${object.replace('publication', 'PUBLICATION')};`,
  },
  {
    kind: 'replication-slot',
    sql: `select 'replication slot ' || s.slot_name as object from pg_catalog.pg_replication_slots s
      where s.slot_type = 'logical' and s.database = pg_catalog.current_database() order by 1`,
    says: ({ object }) => `${object} keeps the changes of all tenants for whoever reads it`,
    remedy: ({ object }) =>
      `select pg_drop_replication_slot('${object.replace('replication slot ', '')}');`,
  },
  {
    kind: 'extension-reaches-out',
    sql: `select format('extension %I', e.extname) as object from pg_catalog.pg_extension e
      where e.extname in ${reaching} order by 1`,
    says: ({ object }) =>
      `${object} reads or reaches what is outside of row security: other servers, files, or raw pages`,
    remedy: ({ object }) => `DROP ${object.replace('extension', 'EXTENSION')};`,
  },
  {
    kind: 'foreign-server',
    sql: `with ${ACTOR}
      select * from (select format('server %I', s.srvname) as object, array_remove(
          (select array_agg(actor.name order by actor.name) from actor
            where pg_catalog.has_server_privilege(actor.oid, s.oid, 'USAGE'))
          || (select array_agg(${grantee('m.umuser')}) from pg_catalog.pg_user_mappings m
            where m.srvid = s.oid and (m.umuser = 0 or m.umuser in (select oid from actor))), null) as who
        from pg_catalog.pg_foreign_server s) f
      where cardinality(who) > 0 order by object`,
    says: ({ object, who: names }) =>
      `${formatRoles(names)} may reach foreign ${object}, or is mapped to a user of it`,
    remedy: ({ object }) => `DROP ${object.replace('server', 'SERVER')} CASCADE;`,
  },
  {
    kind: 'large-objects',
    sql: `select 'large objects' as object, count(*)::text as detail
      from pg_catalog.pg_largeobject_metadata having count(*) > 0`,
    says: ({ detail }) =>
      `there are ${detail} large objects, which have no row security and number themselves in one row for all`,
    remedy: () =>
      'keep them as bytea in a covered table, then: select lo_unlink(oid) from pg_largeobject_metadata;',
  },
  {
    kind: 'default-privileges',
    sql: `select format('default privileges of %I', pg_catalog.pg_get_userbyid(d.defaclrole))
          || coalesce(' in schema ' || quote_ident(n.nspname), '') as object,
        array_agg(distinct ${grantee('a.grantee')}) as who,
        case d.defaclobjtype when 'r' then 'table' when 'S' then 'sequence' else 'schema' end as detail
      from pg_catalog.pg_default_acl d
      left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
      cross join lateral pg_catalog.aclexplode(d.defaclacl) a
      where d.defaclobjtype in ('r', 'S', 'n') and a.grantee not in (d.defaclrole, 10)
        and (d.defaclnamespace = 0 or n.nspname = {schema})
      group by d.defaclrole, n.nspname, d.defaclobjtype order by 1, 3`,
    says: ({ object, who: names, detail }) =>
      `${object} give ${formatRoles(names)} rights to every ${detail} made from now on, before anybody has declared it`,
    remedy: ({ object, who: names, detail }) => {
      const [, owner = '', schema = ''] =
        /^default privileges of (.*?)(?: in schema (.*))?$/.exec(object) ?? [];
      const where = schema === '' ? '' : ` IN SCHEMA ${schema}`;
      return `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner}${where} REVOKE ALL ON ${detail.toUpperCase()}S FROM ${names.map(role).join(', ')};`;
    },
  },
  {
    kind: 'setting-stored',
    sql: `select coalesce('role ' || quote_ident(r.rolname), 'database ' || quote_ident(d.datname)) as object,
        split_part(c.line, '=', 1) as detail
      from pg_catalog.pg_db_role_setting s
      left join pg_catalog.pg_roles r on r.oid = s.setrole
      left join pg_catalog.pg_database d on d.oid = s.setdatabase
      cross join lateral unnest(s.setconfig) c(line)
      where (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
        and (split_part(c.line, '=', 1) in ({setting}, 'session_replication_role')
          or split_part(c.line, '=', 1) in ('role', 'search_path') and (r.rolname = any({actors}) or s.setrole = 0))
      order by 1, 2`,
    says: ({ object, detail }, { tenancy: { tenant } }) =>
      tenant !== undefined && detail === tenant.setting
        ? `${object} has ${detail} stored, so whoever says no ${tenant.is} works for that one`
        : `${object} has ${detail} stored, which changes whose rights or which objects its sessions have`,
    remedy: ({ object, detail }) =>
      `ALTER ${object.replace(/^[a-z]+/, (word) => word.toUpperCase())} RESET ${detail.split('.').map(identifier).join('.')};`,
  },
  {
    kind: 'parameter-granted',
    sql: `with ${ACTOR}
      select * from (select 'parameter ' || p.parname as object, string_agg(distinct a.privilege_type, ', ') as detail,
          array_agg(distinct ${grantee('a.grantee')}) as who
        from pg_catalog.pg_parameter_acl p cross join lateral pg_catalog.aclexplode(p.paracl) a
        where a.grantee = 0 or a.grantee in (select oid from actor) group by p.parname) f order by object`,
    says: ({ object, who: names, detail }) =>
      `${formatRoles(names)} may change ${object} (${detail}), which only a superuser should`,
    remedy: ({ object, who: names }) =>
      `REVOKE ALL ON PARAMETER ${object.replace('parameter ', '')} FROM ${names.map(role).join(', ')};`,
  },
  {
    kind: 'system-granted',
    // What initdb or an extension granted is in pg_init_privs; what is there beyond it, somebody gave.
    sql: `with ${ACTOR}, system as (
        select c.oid, 'pg_catalog.pg_class'::regclass as class, 'pg_catalog.' || c.relname as name, 'TABLE' as word,
          c.relacl as acl, pg_catalog.acldefault('r', c.relowner) as preset
        from pg_catalog.pg_class c where c.relnamespace = 'pg_catalog'::regnamespace and c.relacl is not null
        union all
        select p.oid, 'pg_catalog.pg_proc'::regclass, format('%I.%I(%s)', 'pg_catalog', p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)), 'ROUTINE',
          p.proacl, pg_catalog.acldefault('f', p.proowner)
        from pg_catalog.pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.proacl is not null)
      select s.name as object, array_agg(distinct ${grantee('a.grantee')}) as who, s.word as detail
      from system s cross join lateral pg_catalog.aclexplode(s.acl) a
      where (a.grantee = 0 or a.grantee in (select oid from actor))
        and not exists (select from pg_catalog.aclexplode(coalesce((select i.initprivs from pg_catalog.pg_init_privs i
            where i.classoid = s.class and i.objoid = s.oid and i.objsubid = 0), s.preset)) b
          where b.grantee = a.grantee and b.privilege_type = a.privilege_type)
      group by s.name, s.word order by 1`,
    says: ({ object, who: names }) =>
      `${formatRoles(names)} may use ${object}, which Postgres keeps to itself unless somebody grants it`,
    remedy: ({ object, who: names, detail }) =>
      `REVOKE ALL ON ${detail} ${object} FROM ${names.map(role).join(', ')};`,
  },
  {
    kind: 'owned-by-application',
    sql: `select x.object, array[r.rolname::text] as who from (
        select format('%I.%I', n.nspname, c.relname) as object, c.relowner as owner
          from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${ofUsers('n.nspname')}
        union all select format('schema %I', n.nspname), n.nspowner from pg_catalog.pg_namespace n
        union all select format('database %I', d.datname), d.datdba from pg_catalog.pg_database d) x
      join pg_catalog.pg_roles r on r.oid = x.owner where r.rolname = any({actors}) order by 1`,
    says: ({ object, who: names }) =>
      `${formatRoles(names)} owns ${object}, and an owner may change its policies, grants and columns`,
    remedy: ({ object }, { owner }) =>
      `ALTER ${/^(schema|database) /.test(object) ? object.replace(/^[a-z]+/, (word) => word.toUpperCase()) : `TABLE ${object}`} OWNER TO ${identifier(owner)};`,
  },
];
