import type { PolicyState, TableState } from '../../../rls/catalog/table-state.ts';
import type { PolicyPlan, TablePlan } from '../../../rls/model/plan.ts';
import { identifier, qualified, role } from '../../../lib/sql.ts';

/** A policy's expressions in the server's own words, by its name. What is not known is taken to be different. */
export type CanonicalExpressions = Readonly<
  Record<string, Pick<PolicyState, 'using' | 'check'> | undefined>
>;

/** Statements after which a table has exactly the declared policies. Policies keep their identity where they can. */
export function policyStatements(
  live: TableState,
  plan: TablePlan,
  meanings: CanonicalExpressions,
): string[] {
  const on = qualified(plan.schema, plan.table);
  const there = new Map(live.policies.map((policy) => [policy.name, policy]));
  const wanted = new Map(plan.policies.map((policy) => [policy.name, policy]));
  const drops = live.policies
    .filter((policy) => {
      const is = wanted.get(policy.name);
      return is === undefined || !alterable(policy, is);
    })
    .map(({ name }) => `DROP POLICY ${identifier(name)} ON ${on}`);
  const rest = plan.policies.flatMap((policy) => {
    const was = there.get(policy.name);
    if (was === undefined || !alterable(was, policy)) return [createPolicy(policy, on)];
    return unchanged(was, policy, meanings[policy.name]) ? [] : [alterPolicy(policy, on)];
  });
  return [...drops, ...rest];
}

/** Whether ALTER POLICY can lead from one to the other: it changes no kind and takes no expression away. */
function alterable(was: PolicyState, is: PolicyPlan): boolean {
  return (
    was.restrictive === is.restrictive &&
    was.command === is.command &&
    (was.using === null || is.using !== null) &&
    (was.check === null || is.check !== null)
  );
}

function unchanged(
  was: PolicyState,
  is: PolicyPlan,
  meaning: CanonicalExpressions[string],
): boolean {
  return (
    meaning !== undefined &&
    was.using === meaning.using &&
    was.check === meaning.check &&
    bound(was.roles).join('\0') === bound(is.roles).join('\0')
  );
}

/** Whom a policy with these roles is for, as Postgres keeps it: everybody is everybody, whoever else is named. */
export function bound(roles: readonly string[]): readonly string[] {
  return roles.includes('public') ? ['public'] : [...new Set(roles)].sort();
}

export function createPolicy(policy: PolicyPlan, on: string): string {
  const kind = policy.restrictive ? 'RESTRICTIVE' : 'PERMISSIVE';
  return `CREATE POLICY ${identifier(policy.name)} ON ${on} AS ${kind} FOR ${policy.command} ${terms(policy)}`;
}

function alterPolicy(policy: PolicyPlan, on: string): string {
  return `ALTER POLICY ${identifier(policy.name)} ON ${on} ${terms(policy)}`;
}

function terms({ roles, using, check }: PolicyPlan): string {
  return [
    `TO ${bound(roles).map(role).join(', ')}`,
    ...(using === null ? [] : [`USING (${using})`]),
    ...(check === null ? [] : [`WITH CHECK (${check})`]),
  ].join(' ');
}
