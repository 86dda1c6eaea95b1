import type { TableState } from '../../rls/catalog/table-state.ts';
import type { TablePlan } from '../../rls/model/plan.ts';
import { qualified } from '../../lib/sql.ts';
import { describeChanges } from '../../rls/compile/describe.ts';
import { withClient } from '../connection.ts';
import { details } from '../engine/detailed-diff.ts';
import type { Difference, Handler } from '../engine/handler.ts';
import { apply, close, look } from './row-security/apply.ts';
import { indexChanges, indexStatements } from './row-security/indexes.ts';
import { canonicalExpressions } from './row-security/scratch-expressions.ts';
import { tablePlanOf, type RowSecurityInputs } from './row-security/serialize.ts';
import type { CanonicalExpressions } from './row-security/policies.ts';
import { canonicalOf, fromState, toState, type RowSecurityState } from './row-security/state.ts';
import { statements } from './row-security/statements.ts';

/** What of the inputs a state shows. */
const SHOWN = ['owner', 'rowSecurity', 'policies', 'grants', 'sequences', 'indexes'] as const;

/** Who may do what with one table. What it means is in the class of the same name. */
export const rowSecurity: Handler<RowSecurityInputs, RowSecurityState> = {
  describe: (inputs) => describeChanges(undefined, tablePlanOf(inputs), inputs.tenant),
  diff: async (state, inputs) => {
    const moved = (['schema', 'table'] as const).filter((name) => state[name] !== inputs[name]);
    return moved.length > 0 ? { changed: [], replace: moved } : difference(state, inputs);
  },
  create: async (inputs) => ({
    id: `${inputs.schema}.${inputs.table}`,
    state: await applied(inputs, []),
  }),
  // A server that cannot be asked is an error: a table that cannot be seen is not a table that is gone.
  read: (_id, state) =>
    withClient(state.connection, async (client) => {
      const live = await look(client, state);
      return live === undefined ? undefined : toState(state, live);
    }),
  update: (_id, state, inputs) =>
    applied(
      inputs,
      state.indexes.map(({ name }) => name),
    ),
  delete: (_id, state) => close(state.connection, state),
};

async function applied(
  inputs: RowSecurityInputs,
  ours: readonly string[],
): Promise<RowSecurityState> {
  const live = await apply(inputs.connection, tablePlanOf(inputs), ours);
  return { ...inputs, canonical: canonicalOf(live) };
}

/** A difference is what the server would be told. */
async function difference(state: RowSecurityState, inputs: RowSecurityInputs): Promise<Difference> {
  const plan = tablePlanOf(inputs);
  const live = fromState(state);
  const before = tablePlanOf({ ...state, rowSecurity: live.rowSecurity });
  const sql = [
    ...statements(live, plan, await meanings(live, before, inputs, plan)),
    ...indexStatements(
      plan,
      indexChanges(
        live,
        plan,
        state.indexes.map(({ name }) => name),
      ),
    ),
  ];
  if (sql.length === 0) return { changed: [] };
  const paths = Object.assign(
    {},
    ...SHOWN.map((name) => details(state[name], inputs[name], name)),
  ) as NonNullable<Difference['details']>;
  const said = describeChanges(before, plan, inputs.tenant);
  const changed = SHOWN.filter((name) => Object.keys(paths).some((path) => path.startsWith(name)));
  return {
    changed: changed.length > 0 ? changed : SHOWN,
    ...(changed.length > 0 ? { details: paths } : {}),
    words: [...said, ...otherWords(live, plan, said), ...sql.map((statement) => `  ${statement};`)],
  };
}

/**
 * What the declared policies mean. A text that is the state's means what the server made of it; only where there is another
 * one is the server asked, and when it does not answer, another text is another meaning.
 */
async function meanings(
  live: TableState,
  before: TablePlan,
  { connection }: RowSecurityInputs,
  plan: TablePlan,
): Promise<CanonicalExpressions> {
  const known = Object.fromEntries(
    plan.policies.flatMap(({ name, using, check }) => {
      const was = before.policies.find((policy) => policy.name === name);
      const is = live.policies.find((policy) => policy.name === name);
      return was?.using === using && was.check === check && is !== undefined ? [[name, is]] : [];
    }),
  );
  if (plan.policies.every(({ name }) => known[name] !== undefined)) return known;
  const asked = await withClient(connection, async (client) => {
    await client.query(`begin; set local lock_timeout = '1s'`);
    try {
      return await canonicalExpressions(client, plan);
    } finally {
      await client.query('rollback');
    }
  }).catch(() => undefined);
  return { ...asked, ...known };
}

/** What else there is to say: of privileges that reach no rows, and of who is bound. */
function otherWords(live: TableState, plan: TablePlan, said: readonly string[]): string[] {
  const name = qualified(plan.schema, plan.table);
  const lost = Object.entries(live.grants).flatMap(([role, privileges]) => {
    const declared: readonly string[] = plan.grants[role] ?? [];
    const gone = privileges.filter((privilege) => !declared.includes(privilege));
    return gone.length === 0 || said.some((line) => line.startsWith(`${role} `))
      ? []
      : [`${role} is no longer granted ${gone.join(', ')} on ${name}`];
  });
  return [
    ...(live.owner === plan.owner
      ? []
      : [`${name} belongs to ${plan.owner} and no longer to ${live.owner}`]),
    ...(plan.rowSecurity && live.rowSecurity && !live.forced
      ? [`row security of ${name} binds its owner, too`]
      : []),
    ...lost,
  ];
}
