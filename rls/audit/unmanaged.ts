import type { SchemaPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { findingsOf, type Check, type Finding } from './finding.ts';
import { FUNCTIONS } from './functions.ts';
import { undeclaredMemberships } from './memberships.ts';
import { BYPASS_PATHS } from './bypass-paths.ts';
import { RELATIONS } from './relations.ts';
import { undeclaredRoles } from './roles.ts';
import { PLACES, undeclaredSchema } from './schemas.ts';

/** What is looked for by one query each. */
export const CHECKS: readonly Check[] = [...PLACES, ...RELATIONS, ...FUNCTIONS, ...BYPASS_PATHS];

/**
 * What walks around the policies of a schema and nobody declared: roles, memberships, views, functions, settings, roads
 * out. Only reads. The connection must be a superuser's, who alone sees all of it.
 */
export async function undeclared(query: Query, plan: SchemaPlan): Promise<Finding[]> {
  const found = [
    ...(await undeclaredRoles(query, plan)),
    ...(await undeclaredMemberships(query, plan)),
    ...(await undeclaredSchema(query, plan)),
  ];
  for (const check of CHECKS) found.push(...(await findingsOf(check, query, plan)));
  return found;
}
