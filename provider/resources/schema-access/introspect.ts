import type { GrantState } from '../../../rls/catalog/table-state.ts';
import type { SchemaPlan } from '../../../rls/model/plan.ts';
import type { Query } from '../../../lib/query.ts';

/** What a server says about a schema: the other side of a `SchemaPlan`. */
export interface SchemaState {
  readonly owner: string;
  /** Privileges on the schema of others than its owner; `public` is everybody. */
  readonly privileges: GrantState;
  /** What everybody may do with the database: CONNECT, TEMPORARY. */
  readonly database: readonly string[];
  /** Whether everybody may execute what functions the owner will make. */
  readonly functions: boolean;
  /** What the owner gives others of what it will make in the schema: `TABLES to app`. */
  readonly defaults: readonly DefaultPrivilegeState[];
  /** Of the declared pairs, by `role to member`; one that is missing is not there. */
  readonly memberships: Readonly<Record<string, MembershipState>>;
}

export interface DefaultPrivilegeState {
  readonly on: 'TABLES' | 'SEQUENCES' | 'FUNCTIONS' | 'TYPES';
  /** `public` is everybody. */
  readonly who: string;
}

export interface MembershipState {
  readonly inherit: boolean;
  readonly set: boolean;
  readonly admin: boolean;
  /** Who granted it besides the bootstrap superuser. */
  readonly grantors: readonly string[];
}

const SQL = `
select jsonb_build_object(
  'owner', pg_catalog.pg_get_userbyid(n.nspowner),
  'privileges', (select coalesce(jsonb_object_agg(g.who, g.privileges), '{}') from (
    select case a.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(a.grantee)::text end as who,
      jsonb_agg(distinct a.privilege_type || case when a.is_grantable then ' WITH GRANT OPTION' else '' end) as privileges
    from pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
    where a.grantee <> n.nspowner group by 1) g),
  'database', (select coalesce(jsonb_agg(a.privilege_type order by a.privilege_type), '[]')
    from pg_catalog.pg_database d
    cross join lateral pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
    where d.datname = current_database() and a.grantee = 0),
  'functions', not exists (select from pg_catalog.pg_default_acl f
    where f.defaclnamespace = 0 and f.defaclobjtype = 'f' and pg_catalog.pg_get_userbyid(f.defaclrole) = $2
      and not exists (select from pg_catalog.aclexplode(f.defaclacl) a where a.grantee = 0)),
  'defaults', (select coalesce(jsonb_agg(jsonb_build_object('on', d.kind, 'who', d.who) order by d.kind, d.who), '[]') from (
    select distinct case f.defaclobjtype when 'r' then 'TABLES' when 'S' then 'SEQUENCES' when 'f' then 'FUNCTIONS' else 'TYPES' end as kind,
      case a.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(a.grantee)::text end as who
    from pg_catalog.pg_default_acl f cross join lateral pg_catalog.aclexplode(f.defaclacl) a
    where f.defaclnamespace = n.oid and pg_catalog.pg_get_userbyid(f.defaclrole) = $2 and a.grantee <> f.defaclrole) d),
  'memberships', (select coalesce(jsonb_object_agg(m.pair, m.options), '{}') from (
    select p.role || ' to ' || p.member as pair, jsonb_build_object(
      'inherit', bool_or(a.inherit_option), 'set', bool_or(a.set_option), 'admin', bool_or(a.admin_option),
      'grantors', coalesce(jsonb_agg(pg_catalog.pg_get_userbyid(a.grantor) order by 1) filter (where a.grantor <> 10), '[]')
    ) as options
    from unnest($3::text[], $4::text[]) p(role, member)
    join pg_catalog.pg_auth_members a on pg_catalog.pg_get_userbyid(a.roleid) = p.role
      and pg_catalog.pg_get_userbyid(a.member) = p.member
    group by 1) m)
) as live from pg_catalog.pg_namespace n where n.nspname = $1`;

/** The schema as it is; undefined when there is none of that name. */
export async function readSchemaState(
  query: Query,
  { schema, owner, memberships }: SchemaPlan,
): Promise<SchemaState | undefined> {
  const roles = memberships.map(({ role }) => role);
  const members = memberships.map(({ member }) => member);
  const [row] = await query(SQL, [schema, owner, roles, members]);
  return row?.['live'] as SchemaState | undefined;
}
