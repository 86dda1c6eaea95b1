// What the command line knows of the application: the output `application` of a stack that is up, or the file in app/.

import { join } from 'node:path';
import type { Application, Sample } from '../rls/application.ts';
import type { TenantType } from '../rls/model/tenancy.ts';
import { tenantProblem } from '../rls/model/tenant-context.ts';
import { places } from '../lib/paths.ts';
import { UserError } from '../lib/errors.ts';
import { UsageError } from './command.ts';

/** The output `application` of a stack. */
export interface DeployedApplication {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** Undefined where the application has no tenants. */
  readonly tenant?: {
    /** What a tenant is called. */
    readonly name: string;
    readonly type: TenantType;
  };
}

/**
 * The application out of a stack's outputs.
 *
 * @throws {UserError} when an earlier version brought the environment up
 */
export function applicationFrom(
  outputs: Readonly<Record<string, unknown>>,
  stack: string,
): DeployedApplication {
  const application = outputs['application'] as DeployedApplication | undefined;
  if (application !== undefined) return application;
  throw new UserError(
    `the outputs of ${stack} do not say which application it has: an earlier version brought it up`,
    `run 'npx plinth up --stack ${stack}'`,
  );
}

/**
 * A tenant that somebody typed. What comes back fits the type of the tenants' keys.
 *
 * @param what for errors: `--tenant`
 * @throws {UsageError} when it does not fit, or there are no tenants
 */
export function tenantKey(
  typed: string | undefined,
  { name, tenant, samples }: DeployedApplication,
  what: string,
): string | undefined {
  if (typed === undefined) return undefined;
  if (tenant === undefined) {
    throw new UsageError(
      `${what} is ${JSON.stringify(typed)}, but the application ${name} declares no tenants: leave it out`,
    );
  }
  const problem = tenantProblem({ is: tenant.name, type: tenant.type }, typed);
  if (problem === undefined) return typed;
  const known = samples.find((sample) => sample.tenant !== undefined)?.tenant;
  const remedy = known === undefined ? '' : `; ${known} is one of the samples`;
  throw new UsageError(`${what} is ${JSON.stringify(typed)}, but ${problem}${remedy}`);
}

/**
 * The application of this checkout, before anything of it is brought up. The file is the user's: it is read like a
 * configuration file, when a command asks for it, and no part of the program depends on it.
 */
export async function applicationHere(): Promise<Application> {
  const file = join(places().root, 'app', 'app.ts');
  const { application } = (await import(file)) as { readonly application?: Application };
  if (application !== undefined) return application;
  throw new UserError(`${file} exports no application`, 'export one, made by defineApplication');
}
