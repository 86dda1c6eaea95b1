import type { EnvironmentConfig } from '../../config/environment.ts';
import { slotsOf } from '../../config/names.ts';
import type { RoleContext } from './plan.ts';

/** What of an environment a plan depends on: its roles, who owns the tables, how the tenant is known. */
export function roleContextOf({ users, access }: EnvironmentConfig): RoleContext {
  const { migrator, monitor, backup, health } = users;
  const everybody = [migrator, monitor, backup, health, ...users.applications];
  return {
    owner: migrator.name,
    roles: users.applications.map(({ name, kind, logins }) => ({ name, kind, logins })),
    mode: access.context,
    // The exporter reads the views of pg_stat_statements, which are in the schema.
    usage: [monitor.name],
    // Only the migrator's logins become their role, so that what they make belongs to it. The others inherit its
    // privileges and have no reason to become it.
    memberships: everybody.flatMap(({ name }) =>
      slotsOf(name).map((member) => ({
        role: name,
        member,
        inherit: true,
        set: name === migrator.name,
      })),
    ),
    logins: Object.fromEntries(everybody.map(({ name }) => [name, slotsOf(name)])),
  };
}
