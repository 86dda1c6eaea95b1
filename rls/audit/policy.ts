import type { PolicyState, TableState } from '../catalog/table-state.ts';
import type { PolicyPlan, TablePlan } from '../model/plan.ts';
import { identifier, qualified, role } from '../../lib/sql.ts';
import type { Canonical } from '../catalog/canonical-expressions.ts';
import { remediation, formatRoles, type Finding } from './finding.ts';

/** Policies that are missing, that nobody declared, or that say something else than declared. */
export function policyDrift(
  plan: TablePlan,
  live: TableState,
  forms: ReadonlyMap<string, Canonical>,
): Finding[] {
  const object = qualified(plan.schema, plan.table);
  return [
    ...live.policies
      .filter(({ name }) => !plan.policies.some((policy) => policy.name === name))
      .map((policy) => added(object, policy)),
    ...plan.policies.flatMap((policy) => {
      const there = live.policies.find(({ name }) => name === policy.name);
      if (there === undefined) return [missing(object, policy)];
      return altered(object, policy, there, forms.get(policy.name));
    }),
  ];
}

function added(object: string, policy: PolicyState): Finding {
  const { name, restrictive, command, roles, using, check } = policy;
  const effect = restrictive ? 'narrows' : 'opens';
  const condition = [using, check].filter((text) => text !== null).join(' and ');
  return {
    kind: 'policy-added',
    object,
    says: `policy ${name} of ${object} is nobody's declaration: it ${effect} ${command === 'ALL' ? 'everything' : command} for ${formatRoles(roles)} by ${condition}`,
    remedy: remediation(`DROP POLICY ${identifier(name)} ON ${object};`),
  };
}

function missing(object: string, policy: PolicyPlan): Finding {
  return {
    kind: 'policy-missing',
    object,
    says: `policy ${policy.name} of ${object} is missing, by which ${policy.says}`,
    remedy: remediation(statement(object, policy)),
  };
}

/** The policy as one statement. */
export function statement(object: string, policy: PolicyPlan): string {
  const { name, restrictive, command, roles, using, check } = policy;
  return (
    `CREATE POLICY ${identifier(name)} ON ${object}${restrictive ? ' AS RESTRICTIVE' : ''} FOR ${command} TO ${roles.map(role).join(', ')}` +
    `${using === null ? '' : ` USING (${using})`}${check === null ? '' : ` WITH CHECK (${check})`};`
  );
}

function altered(
  object: string,
  policy: PolicyPlan,
  live: PolicyState,
  form: Canonical | undefined,
): Finding[] {
  const { name, restrictive, command, roles } = policy;
  if (form !== undefined && 'refused' in form) {
    return [
      {
        kind: 'policy-refused',
        object,
        says: `policy ${name} of ${object} is there, but what is declared can no longer be made: ${form.refused}`,
        remedy: 'mend the declaration in access/, or bring back what it names',
      },
    ];
  }
  const shown = (text: string | null): string => text?.replace(/\s+/g, ' ') ?? 'nothing';
  const differences = [
    ...(live.restrictive === restrictive
      ? []
      : [live.restrictive ? 'it narrows instead of allowing' : 'it allows instead of narrowing']),
    ...(live.command === command ? [] : [`it is for ${live.command} instead of ${command}`]),
    ...(live.roles.join() === roles.join()
      ? []
      : [`it is for ${formatRoles(live.roles)} instead of ${formatRoles(roles)}`]),
    ...(form === undefined || live.using === form.using
      ? []
      : [`rows are found by ${shown(live.using)} instead of ${shown(form.using)}`]),
    ...(form === undefined || live.check === form.check
      ? []
      : [`rows are written by ${shown(live.check)} instead of ${shown(form.check)}`]),
  ];
  if (differences.length === 0) return [];
  return [
    {
      kind: 'policy-altered',
      object,
      says: `policy ${name} of ${object} is not as declared: ${differences.join('; ')}`,
      remedy: remediation(
        `DROP POLICY ${identifier(name)} ON ${object}; ${statement(object, policy)}`,
      ),
    },
  ];
}
