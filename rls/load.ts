/** From an application's files to a plan. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { EnvironmentConfig } from '../config/environment.ts';
import { ConfigError } from '../config/errors.ts';
import type { PrintedExpressions } from './catalog/printed-expressions.ts';
import type { Application } from './application.ts';
import { validateTenancy } from './model/validate.ts';
import { compileTenancy, withoutTenants } from './compile/compile.ts';
import { listWithSuggestion } from '../lib/did-you-mean.ts';
import type { AccessPlan, RoleContext } from './model/plan.ts';
import {
  printedPolicies,
  refusedPolicies,
  shadowCatalog,
  type ShadowArgs,
} from './catalog/shadow-database.ts';
import { roleContextOf } from './model/role-context.ts';

const PROJECT = join(import.meta.dirname, '..');

/** The schema of an application that declares none. */
const SCHEMA = 'public';

/**
 * What shall hold in the database of an environment: the application's tenancy worked out against the schema that its
 * migrations make. Without a tenancy: grants, and no row security. Undefined where `up` makes no tables.
 *
 * @throws {ConfigError} with every mistake of the declaration
 */
export async function loadAccess(
  config: EnvironmentConfig,
  application: Application,
): Promise<AccessPlan | undefined> {
  if (!config.application.migrations) return undefined;
  const around = roleContextOf(config);
  if (config.application.seed) refuseUnknownSeedRole(application, around);
  const trial = trialOf(around, application);
  const catalog = await kept(trial, () => shadowCatalog(trial));
  const { tenancy } = application;
  if (tenancy === undefined) return compileTenancy(withoutTenants(catalog), catalog, around);
  const declaration = `the tenancy of ${application.name}`;
  const problems = validateTenancy(tenancy, catalog, around);
  if (problems.length > 0) throw new ConfigError(declaration, problems);
  const plan = compileTenancy(tenancy, catalog, around);
  const custom = plan.tables.filter(({ policies }) => policies.some(({ rows }) => rows !== 'own'));
  const refused =
    custom.length === 0 ? [] : await kept({ trial, custom }, () => refusedPolicies(trial, custom));
  if (refused.length > 0) throw new ConfigError(declaration, refused);
  return plan;
}

/**
 * The conditions of a plan's policies in the words in which a server shows them, for whoever may only read there.
 *
 * @param plan what `loadAccess` gave of the same environment
 */
export function loadPrinted(
  config: EnvironmentConfig,
  application: Application,
  plan: AccessPlan,
): Promise<PrintedExpressions> {
  const trial = trialOf(roleContextOf(config), application);
  return kept({ trial, printed: plan.tables }, () => printedPolicies(trial, plan.tables));
}

function refuseUnknownSeedRole({ name, seed }: Application, { roles }: RoleContext): void {
  const names = roles.map((role) => role.name);
  if (seed === undefined || names.includes(seed.role)) return;
  throw new ConfigError(`the application ${name}`, [
    `seed.role is ${JSON.stringify(seed.role)} but the roles of the application are ${listWithSuggestion(names, seed.role)}`,
  ]);
}

function trialOf(around: RoleContext, { migrations, tenancy }: Application): ShadowArgs {
  const others = Object.keys(around.logins).filter((name) => name !== around.owner);
  return {
    migrations: migrationsIn(migrations),
    folder: relative(PROJECT, migrations),
    roles: [around.owner, ...others],
    schema: tenancy?.schema ?? SCHEMA,
    ...(tenancy === undefined ? {} : { tenant: tenancy.tenant }),
  };
}

/** The migrations of a folder in the order in which they are applied. */
export function migrationsIn(folder: string): ShadowArgs['migrations'] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }));
}

/** A trial takes a second or two, and what is the same always comes to the same. */
async function kept<T>(args: unknown, work: () => Promise<T>): Promise<T> {
  const code = [
    'catalog/catalog.ts',
    'catalog/shadow-database.ts',
    'catalog/canonical-expressions.ts',
  ].map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'));
  const key = createHash('sha256')
    .update(JSON.stringify([args, code]))
    .digest('hex');
  const folder = join(PROJECT, '.plinth', 'trials');
  const file = join(folder, `${key.slice(0, 16)}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    const result = await work();
    mkdirSync(folder, { recursive: true });
    // Under another name first: a killed run leaves no half a file, and two at once do not meet.
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(result));
    renameSync(`${file}.${process.pid}`, file);
    return result;
  }
}
