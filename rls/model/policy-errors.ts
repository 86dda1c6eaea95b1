import type { CustomPolicy, TableRule } from './tenancy.ts';
import { listWithSuggestion } from '../../lib/did-you-mean.ts';
import { bindingName, commandsOn, tenantPolicies } from '../compile/tenant-policies.ts';
import type { RoleContext } from './plan.ts';

/** Roles that are none of the environment's. */
export function roleProblems(
  at: string,
  names: readonly string[],
  { roles }: RoleContext,
): string[] {
  const known = [...new Set([...roles.map(({ name }) => name), 'app', 'readonly'])];
  return names
    .filter((name) => !known.includes(name))
    .map(
      (name) =>
        `${at} names role ${name}, but the environment's are ${listWithSuggestion(known, name)}`,
    );
}

/** Mistakes of the policies written by hand for one table. */
export function policyProblems(
  at: string,
  table: string,
  rule: TableRule,
  around: RoleContext,
): string[] {
  const policies = rule.policies ?? [];
  const derived = derivedNames(table, rule, around);
  return [
    ...derived
      .filter((name, place) => derived.indexOf(name) < place)
      .map((name) => `${at}: two roles come to a policy ${name}: rename one of them`),
    ...policies.flatMap((policy, place) => [
      ...nameProblems(at, policy.name),
      ...(derived.includes(policy.name)
        ? [`${at}.policies.${policy.name} has the name of a derived policy: give it another`]
        : []),
      ...(policies.findIndex(({ name }) => name === policy.name) < place
        ? [`${at}.policies.${policy.name} is there twice: give one another name`]
        : []),
      ...ofPolicy(`${at}.policies.${policy.name}`, policy, around),
    ]),
  ];
}

function derivedNames(table: string, rule: TableRule, { roles }: RoleContext): string[] {
  if (rule.by === 'hand') return [];
  const own = roles.flatMap((role) => tenantPolicies(table, role, commandsOn(rule, role)));
  const binds = rule.policies?.some(({ kind }) => kind === 'permissive') === true;
  return [...own.map(({ name }) => name), ...(binds ? [bindingName(table)] : [])];
}

function nameProblems(at: string, name: string): string[] {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) return [`${at}.policies has one without a name: give it one`];
  return bytes > 63
    ? [`${at}.policies.${name} has a name of ${bytes} bytes, and Postgres keeps 63: shorten it`]
    : [];
}

function ofPolicy(at: string, policy: CustomPolicy, around: RoleContext): string[] {
  const { command, roles, using, check, says } = policy;
  return [
    ...roleProblems(
      `${at}.roles`,
      roles.filter((role) => role !== 'public'),
      around,
    ),
    ...(roles.length === 0 ? [`${at} is for no role: name one, or public`] : []),
    ...(says.trim() === '' ? [`${at} says nothing: write what it means as a sentence`] : []),
    ...(using === undefined && check === undefined
      ? [`${at} has neither using nor check: give it a condition`]
      : []),
    ...(using?.trim() === '' ? [`${at}.using is empty: write a condition, or leave it out`] : []),
    ...(check?.trim() === '' ? [`${at}.check is empty: write a condition, or leave it out`] : []),
    ...(command === 'INSERT' && using !== undefined
      ? [`${at} is for INSERT, which sees no old row: say check instead of using`]
      : []),
    ...((command === 'SELECT' || command === 'DELETE') && check !== undefined
      ? [`${at} is for ${command}, which writes no row: say using instead of check`]
      : []),
  ];
}
