/** What an application hands to the platform: its tables, who sees their rows, and what to try. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { databaseNameProblem } from '../config/names.ts';
import { ConfigError } from '../config/errors.ts';
import type { Tenancy } from './model/tenancy.ts';
import { tenantProblem } from './model/tenant-context.ts';

/** A statement that `plinth up` shows as something to try. */
export interface Sample {
  /** What it shows, in a few words. */
  readonly title: string;
  /** Key of the tenant that it is run as. @default none */
  readonly tenant?: string;
  readonly sql: string;
}

/** Sample data. */
export interface SeedFile {
  /** SQL file, relative to `directory`. It must be safe to run again. */
  readonly file: string;
  /** Role that the data is written as, so that it passes the policies. */
  readonly role: string;
}

export interface ApplicationArgs {
  /** What it is called in messages and outputs: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** Name of the database where the settings say none (`postgres.database`). */
  readonly database: string;
  /** The application's own folder: `import.meta.dirname`. */
  readonly directory: string;
  /** Folder with `NNNN_name.sql`, relative to `directory`. */
  readonly migrations: string;
  /**
   * Whose the rows are.
   * @default no tenants: the roles of kind `app` read and write every table, those of kind `readonly` read it
   */
  readonly tenancy?: Tenancy;
  /** @default no sample data */
  readonly seed?: SeedFile;
  /** What `plinth up` shows under "Try it". @default none */
  readonly samples?: readonly Sample[];
}

/** An application that has been checked; its paths are absolute. */
export interface Application {
  readonly name: string;
  readonly database: string;
  /** Folder with the migrations. */
  readonly migrations: string;
  readonly tenancy?: Tenancy;
  readonly seed?: SeedFile;
  readonly samples: readonly Sample[];
}

/**
 * An application for the platform. `app/app.ts` exports one as `application`.
 *
 * @throws {ConfigError} with every mistake: a name that cannot be one, a folder or file that is not there, a sample that names a
 *   tenant where there are none or that has a key of another type
 */
export function defineApplication(args: ApplicationArgs): Application {
  const { name, database, directory, tenancy, seed, samples = [] } = args;
  const migrations = resolve(directory, args.migrations);
  const file = seed && resolve(directory, seed.file);
  const badDatabase = databaseNameProblem(database);
  const problems = [
    ...(/^[a-z][a-z0-9-]*$/.test(name)
      ? []
      : [
          `name is ${JSON.stringify(name)} but must be lower-case letters, digits and hyphens: write for example "shop"`,
        ]),
    ...(badDatabase === undefined
      ? []
      : [`database is ${JSON.stringify(database)} ${badDatabase}`]),
    ...(isFolder(migrations)
      ? []
      : [
          `migrations is ${JSON.stringify(args.migrations)} but there is no folder ${migrations}: make it`,
        ]),
    ...(file === undefined || isFile(file)
      ? []
      : [
          `seed.file is ${JSON.stringify(seed?.file)} but there is no file ${file}: write it, or leave seed out`,
        ]),
    ...samples.flatMap((sample) => sampleProblems(sample, tenancy)),
  ];
  if (problems.length > 0)
    throw sentence(new ConfigError(`the application in ${directory}`, problems));
  return {
    name,
    database,
    migrations,
    ...(tenancy === undefined ? {} : { tenancy }),
    ...(seed === undefined || file === undefined ? {} : { seed: { ...seed, file } }),
    samples,
  };
}

/** It is thrown while modules load, where nobody catches it: what is printed then is the stack. */
function sentence(error: ConfigError): ConfigError {
  error.stack = error.message;
  return error;
}

function sampleProblems({ title, tenant }: Sample, tenancy: Tenancy | undefined): string[] {
  if (tenant === undefined) return [];
  const at = `sample ${JSON.stringify(title)}`;
  if (tenancy === undefined) {
    return [`${at} names a tenant but the application has no tenancy: leave tenant out`];
  }
  const problem = tenantProblem(tenancy.tenant, tenant);
  return problem === undefined
    ? []
    : [`${at}: tenant is ${JSON.stringify(tenant)}, but ${problem}`];
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
