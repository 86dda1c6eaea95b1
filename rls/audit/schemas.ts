import type { SchemaPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { identifier, role } from '../../lib/sql.ts';
import { formatRoles, type Check, type Finding } from './finding.ts';
import { ACTOR, grantee, ofUsers, who } from './sql-fragments.ts';

const SCHEMA = `
select pg_catalog.pg_get_userbyid(n.nspowner)::text as owner,
       pg_catalog.pg_get_userbyid(d.datdba)::text as "databaseOwner", d.datname::text as database,
       (select r.rolname::text from pg_catalog.pg_roles r where r.oid = 10) as superuser
  from pg_catalog.pg_namespace n, pg_catalog.pg_database d
 where n.nspname = $1 and d.datname = pg_catalog.current_database()`;

const PRIVILEGES = `
select ${grantee('a.grantee')} as grantee, a.privilege_type as privilege, a.is_grantable as grantable,
       a.grantee = n.nspowner as own
  from pg_catalog.pg_namespace n
 cross join lateral pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
 where n.nspname = $1 order by 1, 2`;

interface Live {
  readonly owner: string;
  readonly databaseOwner: string;
  readonly database: string;
  readonly superuser: string;
}

interface Privilege {
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
  readonly own: boolean;
}

/** The schema itself: whose it is, and who may use it or create in it. */
export async function undeclaredSchema(query: Query, plan: SchemaPlan): Promise<Finding[]> {
  const { schema, owner, usage } = plan;
  const name = `schema ${schema}`;
  const [live] = (await query(SCHEMA, [schema])) as unknown as readonly Live[];
  if (live === undefined) {
    return [
      {
        kind: 'schema-missing',
        object: name,
        says: `schema ${schema} is declared, but there is none`,
        remedy: 'pulumi up --refresh',
      },
    ];
  }
  const privileges = (await query(PRIVILEGES, [schema])) as unknown as readonly Privilege[];
  const may = (name: string): boolean =>
    privileges.some(({ grantee, privilege }) => grantee === name && privilege === 'USAGE');
  const exists = await query('select rolname::text as name from pg_catalog.pg_roles');
  // Missing grants come before what everybody has: taking that away first would lock the application out.
  return [
    ...owners(live, plan),
    ...usage
      .filter((one) => exists.some((found) => found['name'] === one) && !may(one))
      .map((one) => ({
        kind: 'schema-usage-missing',
        object: name,
        says: `${one} has no right of its own to use schema ${schema}`,
        remedy: `GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${identifier(one)};`,
      })),
    ...(may(owner) || ownedBy(live, owner)
      ? []
      : [
          {
            kind: 'schema-usage-missing',
            object: name,
            says: `${owner}, who owns the tables, may not use schema ${schema}`,
            remedy: `GRANT USAGE, CREATE ON SCHEMA ${identifier(schema)} TO ${identifier(owner)};`,
          },
        ]),
    ...privileges.flatMap((privilege) => privilegeOf(privilege, plan)),
  ];
}

/** Whether the schema is the owner's, directly or as the owner of the database. */
function ownedBy(live: Live, owner: string): boolean {
  return (
    live.owner === owner || (live.owner === 'pg_database_owner' && live.databaseOwner === owner)
  );
}

function owners(live: Live, { schema, owner }: SchemaPlan): Finding[] {
  const fine = [owner, live.superuser];
  return [
    ...(fine.includes(live.owner) || live.owner === 'pg_database_owner'
      ? []
      : [
          {
            kind: 'schema-owner',
            object: `schema ${schema}`,
            says: `schema ${schema} is owned by ${live.owner}, who may drop and plant tables in it, instead of by ${owner}`,
            remedy: `ALTER SCHEMA ${identifier(schema)} OWNER TO ${identifier(owner)};`,
          },
        ]),
    ...(fine.includes(live.databaseOwner)
      ? []
      : [
          {
            kind: 'database-owner',
            object: `database ${live.database}`,
            says: `database ${live.database} is owned by ${live.databaseOwner} instead of by ${owner}`,
            remedy: `ALTER DATABASE ${identifier(live.database)} OWNER TO ${identifier(owner)};`,
          },
        ]),
  ];
}

function privilegeOf(
  { grantee: to, privilege, grantable, own }: Privilege,
  { schema, owner, usage }: SchemaPlan,
): Finding[] {
  if (own || to === owner) return [];
  const may = privilege === 'USAGE' && usage.includes(to);
  if (may && !grantable) return [];
  const revoke = `REVOKE ${may ? 'GRANT OPTION FOR ' : ''}${privilege} ON SCHEMA ${identifier(schema)} FROM ${role(to)};`;
  const does = privilege === 'CREATE' ? `create in schema ${schema}` : `use schema ${schema}`;
  return [
    {
      kind: privilege === 'CREATE' ? 'schema-create' : 'schema-granted',
      object: `schema ${schema}`,
      says: may
        ? `${to} may let others use schema ${schema}, and nobody declared that`
        : `${formatRoles([to])} may ${does}, and nobody declared that`,
      remedy: revoke,
    },
  ];
}

/** Places where the application could leave something for others to trip over. */
export const PLACES: readonly Check[] = [
  {
    kind: 'schema-create',
    sql: `with ${ACTOR}
      select * from (select format('schema %I', n.nspname) as object,
        ${who(`pg_catalog.has_schema_privilege(actor.oid, n.oid, 'CREATE')`)} as who
        from pg_catalog.pg_namespace n where n.nspname <> {schema} and ${ofUsers('n.nspname')}) f
      where who is not null order by object`,
    says: ({ object, who: names }) =>
      `${formatRoles(names)} may create in ${object}: a function or table planted there can stand in for another`,
    remedy: ({ object, who: names }) =>
      `REVOKE CREATE ON ${object.replace('schema', 'SCHEMA')} FROM PUBLIC, ${names.map(role).join(', ')};`,
  },
  {
    kind: 'database-public',
    sql: `select format('database %I', d.datname) as object, array['public'] as who,
        string_agg(a.privilege_type, ', ' order by a.privilege_type) as detail
      from pg_catalog.pg_database d
      cross join lateral pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
      where d.datname = pg_catalog.current_database() and a.grantee = 0 group by d.datname`,
    says: ({ object, detail }) => `everybody has ${detail} on ${object}`,
    remedy: ({ object }) => `REVOKE ALL ON ${object.replace('database', 'DATABASE')} FROM PUBLIC;`,
  },
  {
    kind: 'database-temp',
    sql: `with ${ACTOR}, d as (select d.oid, d.datname from pg_catalog.pg_database d
        where d.datname = pg_catalog.current_database())
      select * from (select format('database %I', d.datname) as object, p.name as detail,
        (select array_agg(actor.name order by actor.name) from actor
          where pg_catalog.has_database_privilege(actor.oid, d.oid, p.name)) as who
        from d, (values ('TEMP'), ('CREATE')) p(name)) f
      where who is not null order by object, detail`,
    says: ({ object, who: names, detail }) =>
      detail === 'TEMP'
        ? `${formatRoles(names)} may make temporary tables in ${object}, which stand before every schema in the path`
        : `${formatRoles(names)} may make schemas in ${object}`,
    remedy: ({ object, who: names, detail }) =>
      `REVOKE ${detail} ON ${object.replace('database', 'DATABASE')} FROM PUBLIC, ${names.map(role).join(', ')};`,
  },
];
