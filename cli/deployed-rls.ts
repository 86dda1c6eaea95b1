// What was declared when a stack was last brought up: who may see what, and how to get in and look.

import type { AccessPlan, SchemaPlan } from '../rls/model/plan.ts';
import type { Login, ProofTarget } from '../rls/verify/target.ts';
import type { Connection } from '../provider/connection.ts';
import {
  tablePlanOf,
  type RowSecurityInputs,
} from '../provider/resources/row-security/serialize.ts';
import { UserError } from '../lib/errors.ts';
import { endpointsFrom, loginFrom, urlsFrom } from './connections.ts';
import { stateOf, type StateResource } from './stack-state.ts';

/** A running environment; whether it has tenants is in its plan. */
export type DeployedAccess = ProofTarget<AccessPlan>;

/** The plan and the logins of a state; undefined when it has no tables. */
export function targetFrom(resources: readonly StateResource[]): DeployedAccess | undefined {
  const schema = resources.find(({ type }) => type === 'plinth:index:SchemaAccess');
  const stack = resources.find(({ type }) => type === 'pulumi:pulumi:Stack');
  if (schema === undefined || stack === undefined) return undefined;
  const { plan, connection } = schema.inputs as {
    readonly plan: SchemaPlan;
    readonly connection: Connection;
  };
  const access: AccessPlan = {
    schema: plan,
    tables: resources
      .filter(({ type }) => type === 'plinth:index:RowSecurity')
      .map(({ inputs }) => tablePlanOf(inputs as unknown as RowSecurityInputs))
      .sort((a, b) => (a.table < b.table ? -1 : 1)),
  };
  const { pooled } = endpointsFrom(stack.outputs);
  const { key } = stack.outputs['tenant'] as { readonly key?: { id: string; secret: string } };
  return {
    plan: access,
    database: connection.database,
    direct: { host: connection.host, port: connection.port },
    pooled: pooled ?? { host: connection.host, port: connection.port },
    superuser: { user: connection.user, password: connection.password },
    logins: loginsOf(access, stack),
    ...(key === undefined ? {} : { signingKey: key }),
  };
}

function loginsOf(plan: AccessPlan, stack: StateResource): Record<string, Login> {
  const urls = urlsFrom(stack.outputs);
  return Object.fromEntries(
    plan.schema.roles.flatMap(({ name }) => {
      const url = urls[name]?.['psql'];
      if (url === undefined) return [];
      const { user, password } = loginFrom(url);
      return [[name, { user, password }]];
    }),
  );
}

/** The same of a stack. */
export async function deployedAccess(stack: string): Promise<DeployedAccess> {
  const target = targetFrom(await stateOf(stack));
  if (target !== undefined) return target;
  throw new UserError(
    `${stack} has no tables`,
    `run 'npx plinth up --stack ${stack}', with application.migrations true`,
  );
}
