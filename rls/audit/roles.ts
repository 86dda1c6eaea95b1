import type { SchemaPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { identifier } from '../../lib/sql.ts';
import type { Finding } from './finding.ts';

/** Every role but the bootstrap superuser and the ones that come with Postgres. */
const ROLES = `
select r.rolname::text as name, r.rolsuper as super, r.rolbypassrls as bypass, r.rolcreaterole as creates,
       r.rolreplication as replicates, r.rolcanlogin as login,
       pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CONNECT') as connects
  from pg_catalog.pg_roles r where r.oid >= 16384 order by r.rolname`;

interface LiveRole {
  readonly name: string;
  readonly super: boolean;
  readonly bypass: boolean;
  readonly creates: boolean;
  readonly replicates: boolean;
  readonly login: boolean;
  readonly connects: boolean;
}

/** Roles that stand above the policies, or that nobody declared, or that are not there. */
export async function undeclaredRoles(query: Query, plan: SchemaPlan): Promise<Finding[]> {
  const live = (await query(ROLES)) as unknown as readonly LiveRole[];
  return [...live.flatMap((role) => attributes(role, plan)), ...missing(live, plan)];
}

/** Every role that the plan speaks of, and the pooler's. */
export function declaredRoles(plan: SchemaPlan): ReadonlySet<string> {
  return new Set([
    plan.owner,
    'pgbouncer',
    ...plan.roles.flatMap(({ name, logins }) => [name, ...logins]),
    ...plan.usage,
    ...plan.memberships.flatMap(({ role, member }) => [role, member]),
    ...Object.keys(plan.bypass),
  ]);
}

function attributes(role: LiveRole, plan: SchemaPlan): Finding[] {
  const { name } = role;
  const alter = (word: string): string => `ALTER ROLE ${identifier(name)} ${word};`;
  const found = (kind: string, says: string, remedy: string): Finding[] => [
    { kind, object: name, says, remedy },
  ];
  return [
    ...(role.super
      ? found(
          'superuser',
          `${name} is a superuser, whom no policy binds, and only the bootstrap superuser shall be one`,
          alter('NOSUPERUSER'),
        )
      : []),
    ...(role.bypass && !Object.hasOwn(plan.bypass, name)
      ? found(
          'bypass',
          `${name} sees every row (BYPASSRLS), and nobody declared that it may`,
          alter('NOBYPASSRLS'),
        )
      : []),
    ...(role.creates
      ? found(
          'createrole',
          `${name} may make roles and hand out those it made (CREATEROLE)`,
          alter('NOCREATEROLE'),
        )
      : []),
    ...(role.replicates
      ? found(
          'replication',
          `${name} may stream the whole server past every policy (REPLICATION)`,
          alter('NOREPLICATION'),
        )
      : []),
    ...(role.login && role.connects && !declaredRoles(plan).has(name)
      ? found(
          'role-undeclared',
          `${name} may log in to this database, and nobody declared it`,
          `declare it as a user, or: ${alter('NOLOGIN')}`,
        )
      : []),
    ...(role.login && [plan.owner, ...plan.roles.map((one) => one.name)].includes(name)
      ? found(
          'role-login',
          `${name} can log in itself, but only its logins shall`,
          alter('NOLOGIN PASSWORD NULL'),
        )
      : []),
  ];
}

function missing(live: readonly LiveRole[], plan: SchemaPlan): Finding[] {
  const there = new Map(live.map((role) => [role.name, role]));
  return [...declaredRoles(plan)].sort().flatMap((name) => {
    const role = there.get(name);
    // The pooler is the platform's and no matter of this plan; what is predefined is always there.
    if (role === undefined) {
      return name === 'pgbouncer' || name.startsWith('pg_')
        ? []
        : [
            {
              kind: 'role-missing',
              object: name,
              says: `${name} is declared, but there is no such role`,
              remedy: 'pulumi up --refresh',
            },
          ];
    }
    return Object.hasOwn(plan.bypass, name) && !role.bypass && !role.super
      ? [
          {
            kind: 'bypass-missing',
            object: name,
            says: `${name} shall see every row (${String(plan.bypass[name])}), but policies bind it: it sees none or fails`,
            remedy: `ALTER ROLE ${identifier(name)} BYPASSRLS;`,
          },
        ]
      : [];
  });
}
