import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Catalog } from '../../../rls/catalog/catalog.ts';
import { tenancy as classrooms } from '../../../examples/classrooms/tenancy.ts';
import { compileTenancy } from '../../../rls/compile/compile.ts';
import type { TenantPlan } from '../../../rls/model/plan.ts';
import { roleContextOf } from '../../../rls/model/role-context.ts';
import type { EnvironmentConfig } from '../../../config/environment.ts';

const GOLDEN = path.resolve(import.meta.dirname, '../../golden/catalog/classrooms.json');

/** The example's schema as its migrations make it; `test/unit/access/load.test.ts` holds it to them. */
export function exampleCatalog(): Catalog {
  return JSON.parse(readFileSync(GOLDEN, 'utf8')) as Catalog;
}

/** What shall hold in the database of an environment with the example's tables. */
export function planOf(config: EnvironmentConfig): TenantPlan {
  return compileTenancy(classrooms, exampleCatalog(), roleContextOf(config));
}
