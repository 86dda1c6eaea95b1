import type { Membership, SchemaPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { identifier } from '../../lib/sql.ts';
import type { Finding } from './finding.ts';

/** Every membership but those among predefined roles. Several grantors count as one. */
const MEMBERSHIPS = `
select g.rolname::text as role, m.rolname::text as member, m.rolsuper as super,
       bool_or(a.inherit_option) as inherit, bool_or(a.set_option) as set, bool_or(a.admin_option) as admin
  from pg_catalog.pg_auth_members a
  join pg_catalog.pg_roles g on g.oid = a.roleid
  join pg_catalog.pg_roles m on m.oid = a.member
 where m.oid >= 16384 and not m.rolsuper
 group by 1, 2, 3 order by 1, 2`;

/** What a predefined role gives away, as the end of a sentence. */
export const POWERS: Readonly<Record<string, string>> = {
  pg_read_all_data: 'may read every table',
  pg_write_all_data: 'may write every table',
  pg_maintain: 'may rebuild, and so run the expressions of, every table',
  pg_execute_server_program: "may run programs as the server's user",
  pg_read_server_files: 'may read every file of the server',
  pg_write_server_files: 'may write every file of the server',
  pg_signal_backend: "may end other users' statements",
  pg_monitor: 'may read the texts of all statements',
  pg_read_all_stats: 'may read the texts of all statements',
  pg_read_all_settings: 'may read every setting',
  pg_stat_scan_tables: 'may lock tables while it looks at them',
  pg_checkpoint: 'may force checkpoints',
  pg_create_subscription: 'may copy tables to and from other servers',
  pg_use_reserved_connections: 'may take the connections kept for a superuser',
  pg_database_owner: 'may do what the owner of the database may',
  pg_signal_autovacuum_worker: 'may end the cleaning of tables',
};

interface LiveMembership extends Membership {
  readonly admin: boolean;
}

/** Memberships that nobody declared, that are missing, or that say more or less than declared. */
export async function undeclaredMemberships(query: Query, plan: SchemaPlan): Promise<Finding[]> {
  const live = (await query(MEMBERSHIPS)) as unknown as readonly LiveMembership[];
  const is =
    ({ role, member }: Membership) =>
    (other: Membership) =>
      other.role === role && other.member === member;
  return [
    ...live.flatMap((found) => {
      const declared = plan.memberships.find(is(found));
      if (declared !== undefined) return options(found, declared);
      return ofPlatform(found, plan) && !found.admin ? [] : [undeclaredOne(found, plan)];
    }),
    ...plan.memberships
      .filter((wanted) => !live.some(is(wanted)))
      .map((wanted) => ({
        kind: 'membership-missing',
        object: wanted.member,
        says: `${wanted.member} is not a member of ${wanted.role}, as it is declared`,
        remedy: granting(wanted),
      })),
  ];
}

/**
 * Memberships that the platform makes beside the plan: a role outside the application that reads statistics, and the role
 * of logins that see every row anyway.
 */
function ofPlatform({ role, member }: Membership, plan: SchemaPlan): boolean {
  const application = plan.roles.some(({ name, logins }) => [name, ...logins].includes(member));
  if (application) return false;
  if (role === 'pg_monitor') return plan.usage.includes(member);
  const seesAll = plan.memberships.some(
    (one) => one.role === member && Object.hasOwn(plan.bypass, one.member),
  );
  return role === 'pg_read_all_data' && seesAll;
}

function undeclaredOne({ role, member }: LiveMembership, plan: SchemaPlan): Finding {
  const owner = role === plan.owner ? 'may do to the tables what their owner may' : undefined;
  const power = owner ?? POWERS[role] ?? `has what ${role} has`;
  return {
    kind:
      role === plan.owner || POWERS[role] !== undefined
        ? 'membership-powerful'
        : 'membership-undeclared',
    object: member,
    says: `${member} is a member of ${role} and so ${power}, and nobody declared that`,
    remedy: `REVOKE ${identifier(role)} FROM ${identifier(member)};`,
  };
}

function options(found: LiveMembership, declared: Membership): Finding[] {
  const { role, member } = declared;
  const says = [
    ...(found.admin ? [`may make others members of ${role}`] : []),
    ...(found.set === declared.set
      ? []
      : [found.set ? `may become ${role} with SET ROLE` : `may not become ${role} with SET ROLE`]),
    ...(found.inherit === declared.inherit
      ? []
      : [found.inherit ? `has what ${role} has at all times` : `does not inherit from ${role}`]),
  ];
  if (says.length === 0) return [];
  return [
    {
      kind: 'membership-options',
      object: member,
      says: `${member} ${says.join(' and ')}, which is not what is declared`,
      remedy: granting(declared),
    },
  ];
}

function granting({ role, member, inherit, set }: Membership): string {
  const word = (on: boolean): string => (on ? 'TRUE' : 'FALSE');
  return `GRANT ${identifier(role)} TO ${identifier(member)} WITH INHERIT ${word(inherit)}, SET ${word(set)}, ADMIN FALSE;`;
}
