import { READ, WRITE, type Command, type Permissions, type TableRule } from '../model/tenancy.ts';
import { getOwn } from '../../lib/own-property.ts';
import type { ApplicationRole, PolicyPlan } from '../model/plan.ts';
import { objectName } from '../../lib/sql.ts';
import { verbs } from './describe.ts';

const MAY: Permissions = { app: WRITE, readonly: READ };

/** What a role may do with a table that belongs to a tenant. */
export function commandsOn({ may = MAY }: TableRule, role: ApplicationRole): readonly Command[] {
  return allowed(may, role);
}

/** What a role may do: by its own name first, else by its kind. */
export function allowed(may: Permissions, role: ApplicationRole): readonly Command[] {
  const commands = getOwn(may, role.name) ?? may[role.kind] ?? [];
  return WRITE.filter((command) => commands.includes(command));
}

/** The policies a role needs for its tenant's rows: one for everything, or one a command. */
export function tenantPolicies(
  table: string,
  role: ApplicationRole,
  commands: readonly Command[],
): readonly { readonly name: string; readonly command: Command | 'ALL' }[] {
  if (commands.length === WRITE.length) {
    return [{ name: objectName(table, role.name), command: 'ALL' }];
  }
  return commands.map((command) => ({
    name:
      commands.length === 1
        ? objectName(table, role.name)
        : objectName(table, role.name, command.toLowerCase()),
    command,
  }));
}

/** What a role may do with the rows of its tenant. */
export function ownRows(
  table: string,
  role: ApplicationRole,
  commands: readonly Command[],
  condition: { readonly using: string; readonly check: string },
  tenant: string,
): PolicyPlan[] {
  return tenantPolicies(table, role, commands).map(({ name, command }) => ({
    name,
    restrictive: false,
    command,
    roles: [role.name],
    using: command === 'INSERT' ? null : condition.using,
    check: command === 'SELECT' || command === 'DELETE' ? null : condition.check,
    says: `${role.name} may ${verbs(command === 'ALL' ? WRITE : [command])} rows of its ${tenant}`,
    rows: 'own',
  }));
}

/** The policy that binds everybody, where a policy written by hand allows something. */
export function bindingName(table: string): string {
  return objectName(table, 'tenant');
}
