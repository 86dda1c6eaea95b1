import type { TableState } from '../../../rls/catalog/table-state.ts';
import type { TablePlan } from '../../../rls/model/plan.ts';
import { identifier, qualified } from '../../../lib/sql.ts';
import { grantStatements } from './grants.ts';
import { policyStatements, type CanonicalExpressions } from './policies.ts';

/**
 * Statements that lead from what is there to what is declared, in the order in which they are run, all in one transaction.
 * None when it is as declared.
 *
 * @throws when a foreign table shall have row security
 */
export function statements(
  live: TableState,
  plan: TablePlan,
  meanings: CanonicalExpressions,
): string[] {
  const table = qualified(plan.schema, plan.table);
  if (plan.rowSecurity && live.kind === 'foreign') {
    throw new Error(`${table} is a foreign table, which has no row security: declare it exempt`);
  }
  const alter = `ALTER TABLE ${table}`;
  return [
    ...(live.owner === plan.owner ? [] : [`${alter} OWNER TO ${identifier(plan.owner)}`]),
    ...(plan.rowSecurity && !live.rowSecurity ? [`${alter} ENABLE ROW LEVEL SECURITY`] : []),
    ...(plan.rowSecurity && !live.forced ? [`${alter} FORCE ROW LEVEL SECURITY`] : []),
    ...policyStatements(live, plan, meanings),
    ...(!plan.rowSecurity && live.rowSecurity ? [`${alter} DISABLE ROW LEVEL SECURITY`] : []),
    ...(!plan.rowSecurity && live.forced ? [`${alter} NO FORCE ROW LEVEL SECURITY`] : []),
    ...grantStatements(`TABLE ${table}`, live.grants, plan.grants),
    ...sequenceStatements(live, plan),
  ];
}

/** Sequences named in a default belong to nobody's column, and so have an owner of their own. */
function sequenceStatements(live: TableState, plan: TablePlan): string[] {
  const names = new Set([...Object.keys(live.sequences), ...Object.keys(plan.sequences)]);
  return [...names].sort().flatMap((name) => {
    const is = live.sequences[name];
    const sequence = qualified(plan.schema, name);
    const users = plan.sequences[name] ?? [];
    return [
      ...(is === undefined || is.owned || is.owner === plan.owner
        ? []
        : [`ALTER SEQUENCE ${sequence} OWNER TO ${identifier(plan.owner)}`]),
      ...grantStatements(
        `SEQUENCE ${sequence}`,
        is?.grants ?? {},
        Object.fromEntries(users.map((user) => [user, ['USAGE']])),
      ),
    ];
  });
}

/** Statements that close a table which is no longer declared: nobody but a superuser reaches its rows. */
export function closing(live: TableState): string[] {
  const { schema, table, owner, kind } = live;
  const plan = { schema, table, owner, policies: [], grants: {}, sequences: {}, indexes: [] };
  return statements(live, { ...plan, rowSecurity: kind !== 'foreign' }, {});
}
