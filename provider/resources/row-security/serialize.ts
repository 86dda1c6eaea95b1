import type { IndexPlan, PolicyPlan, TablePlan } from '../../../rls/model/plan.ts';
import type { Connection } from '../../connection.ts';

/** What is declared of one table, as the state keeps it. */
export interface TableInputs {
  readonly schema: string;
  readonly table: string;
  readonly owner: string;
  readonly rowSecurity: boolean;
  /** By name. */
  readonly policies: Readonly<Record<string, Omit<PolicyPlan, 'name'>>>;
  readonly grants: TablePlan['grants'];
  readonly sequences: TablePlan['sequences'];
  readonly indexes: readonly IndexPlan[];
}

export interface RowSecurityInputs extends TableInputs {
  readonly connection: Connection;
  /** What a tenant is called, for sentences; none where there are no tenants. */
  readonly tenant?: string;
}

/** A table's plan as inputs: policies by name, so that a difference names the policy. */
export function inputsOf({ policies, ...plan }: TablePlan): TableInputs {
  return {
    ...plan,
    policies: Object.fromEntries(policies.map(({ name, ...policy }) => [name, policy])),
  };
}

/** The plan out of inputs or of a state; the other way round of `inputsOf`. */
export function tablePlanOf(inputs: TableInputs): TablePlan {
  const { schema, table, owner, rowSecurity, grants, sequences, indexes } = inputs;
  const policies = Object.entries(inputs.policies).map(([name, policy]) => ({
    ...policy,
    name,
    // The engine may leave out what is null.
    using: policy.using ?? null,
    check: policy.check ?? null,
  }));
  return {
    schema,
    table,
    owner,
    rowSecurity,
    policies: policies.sort((a, b) => (a.name < b.name ? -1 : 1)),
    grants,
    sequences,
    indexes,
  };
}
