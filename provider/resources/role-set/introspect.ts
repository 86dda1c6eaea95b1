import type { Query } from '../../../lib/query.ts';
import type { RoleArgs } from './role.ts';

/** What a server says about a role: the other side of a `RoleArgs`. */
export interface RoleState extends RoleArgs {
  /** In alphabetical order. A membership that is not merely inherited says so: `app WITH SET`. */
  readonly memberOf: readonly string[];
  /** What a role of a set never has: SUPERUSER, BYPASSRLS and the like. Left out when there is nothing. */
  readonly powers?: readonly string[];
}

export type RoleStates = Readonly<Record<string, RoleState>>;

/** What ALTER ROLE calls the powers that no role of a set has, by their column. */
const POWERS = {
  rolsuper: 'SUPERUSER',
  rolbypassrls: 'BYPASSRLS',
  rolcreaterole: 'CREATEROLE',
  rolcreatedb: 'CREATEDB',
  rolreplication: 'REPLICATION',
};

const SQL = `
select a.rolname as name, jsonb_strip_nulls(jsonb_build_object(
  'login', a.rolcanlogin,
  'verifier', a.rolpassword,
  'connectionLimit', a.rolconnlimit,
  'memberOf', coalesce((select jsonb_agg(g.role order by g.role) from (
      select pg_catalog.pg_get_userbyid(m.roleid) || case when m.admin_option then ' WITH ADMIN' else '' end
          || case when m.inherit_option then '' else ' WITHOUT INHERIT' end
          || case when m.set_option then ' WITH SET' else '' end
          || case when m.grantor = 10 then '' else ' BY ' || pg_catalog.pg_get_userbyid(m.grantor) end as role
        from pg_catalog.pg_auth_members m where m.member = a.oid) g), '[]'),
  'settings', stored.settings,
  'powers', (select jsonb_agg(p.power order by p.power) from (values
      ${Object.entries(POWERS)
        .map(([column, power]) => `(a.${column}, '${power}')`)
        .join(', ')}, (not a.rolinherit, 'NOINHERIT'),
      (a.rolvaliduntil <> 'infinity', 'VALID UNTIL')) p(has, power) where p.has)
)) as live
from pg_catalog.pg_authid a left join (
  select s.setrole, jsonb_object_agg(split_part(c.setting, '=', 1) || case s.setdatabase when 0 then ''
      else ' IN DATABASE ' || (select d.datname from pg_catalog.pg_database d where d.oid = s.setdatabase) end,
    substr(c.setting, strpos(c.setting, '=') + 1)) as settings
  from pg_catalog.pg_db_role_setting s cross join lateral unnest(s.setconfig) c(setting)
  where s.setrole <> 0 group by s.setrole) stored on stored.setrole = a.oid
where a.rolname = any ($1::text[]) order by a.rolname`;

/** The named roles, as far as there are any. One query, however many they are. */
export async function readRoleStates(query: Query, names: readonly string[]): Promise<RoleStates> {
  const rows = await query(SQL, [names]);
  return Object.fromEntries(rows.map(({ name, live }) => [String(name), live as RoleState]));
}
