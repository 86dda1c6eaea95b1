import { ACTOR, grantee } from '../audit/sql-fragments.ts';
import type { Lint } from './lint.ts';

/** Settings that undo what the policies say. */
export const SETTINGS: readonly Lint[] = [
  {
    id: 'tenant-setting-stored',
    level: 'error',
    title: 'The setting of the tenant is stored with a role or database',
    why: 'Whoever forgets to say who the tenant is works for that one instead of for nobody.',
    fix: ({ object, setting = '' }) =>
      `ALTER ${object.replace(/^[a-z]+/, (word) => word.toUpperCase())} RESET ${setting};`,
    sql: `select coalesce('role ' || quote_ident(r.rolname), 'database ' || quote_ident(d.datname)) as object,
        split_part(c.line, '=', 1) as setting, 'has ' || split_part(c.line, '=', 1) || ' stored' as detail
      from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_roles r on r.oid = s.setrole
      left join pg_catalog.pg_database d on d.oid = s.setdatabase cross join lateral unnest(s.setconfig) c(line)
      where split_part(c.line, '=', 1) = {setting} order by 1`,
  },
  {
    id: 'role-setting-stored',
    level: 'warning',
    title: 'A role of the application has a stored role or search path',
    why: 'Its sessions have other rights, or find other objects, than the declaration says.',
    fix: ({ object, setting = '' }) => `ALTER ${object.replace('role', 'ROLE')} RESET ${setting};`,
    sql: `select format('role %I', r.rolname) as object, split_part(c.line, '=', 1) as setting, 'has ' || c.line as detail
      from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole
      cross join lateral unnest(s.setconfig) c(line)
      where split_part(c.line, '=', 1) in ('role', 'search_path', 'row_security', 'session_replication_role')
        and r.rolname = any({actors}) order by 1, 2`,
  },
  {
    id: 'parameter-granted',
    level: 'error',
    title: 'The application may change a setting that is kept for superusers',
    why: 'session_replication_role, for one, switches foreign keys and triggers off.',
    fix: ({ parameter = '', who: names = '' }) =>
      `REVOKE ALL ON PARAMETER ${parameter} FROM ${names};`,
    sql: `with ${ACTOR} select 'parameter ' || p.parname as object, p.parname::text as parameter,
        array_agg(distinct ${grantee('a.grantee')}) as who,
        'may be changed by ' || string_agg(distinct ${grantee('a.grantee')}, ', ') as detail
      from pg_catalog.pg_parameter_acl p cross join lateral pg_catalog.aclexplode(p.paracl) a
      where a.grantee = 0 or a.grantee in (select oid from actor) group by p.parname order by 1`,
  },
  {
    id: 'large-objects-unguarded',
    level: 'error',
    title: 'Privileges on large objects are not asked',
    why: 'lo_compat_privileges lets everybody read and change every large object.',
    fix: 'ALTER SYSTEM RESET lo_compat_privileges; select pg_reload_conf();',
    sql: `select 'lo_compat_privileges' as object, 'is on' as detail
      where pg_catalog.current_setting('lo_compat_privileges')::boolean`,
  },
];
