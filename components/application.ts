import * as pulumi from '@pulumi/pulumi';
import type { Application as Declared } from '../rls/application.ts';
import { hasTenants, type AccessPlan } from '../rls/model/plan.ts';
import { Migrations, Seed, type ConnectionArgs } from '../provider/resources.ts';
import { Context } from './row-level-security/tenant-context.ts';
import { TenantIsolation } from './row-level-security/tenant-isolation.ts';
import { checksum, inProject, sqlFiles } from './project-files.ts';

export interface ApplicationArgs {
  readonly application: Declared;
  readonly database: string;
  /** Who sees which rows of its tables; undefined where no tables are made. */
  readonly access: AccessPlan | undefined;
  readonly tokenKeyRotation: number;
  /** What logins are made of, by user. */
  readonly logins: Readonly<Record<string, string>>;
  /** Whether its tables are filled, where the application has data for them. */
  readonly seed: boolean;
  /** Role that owns the tables. */
  readonly owner: string;
  /** Role that may read which migrations have been applied. */
  readonly reader: string;
  /** Login that applies migrations, over the direct endpoint. */
  readonly migrator: pulumi.Input<ConnectionArgs>;
  /** The bootstrap superuser over the direct endpoint. */
  readonly superuser: pulumi.Input<ConnectionArgs>;
}

/** SHA-256 of each migration by its name. */
export function migrationFiles({ migrations }: Declared): Record<string, string> {
  return sqlFiles(inProject(migrations));
}

/** What the component was called before: the state of an older environment has its children below that. */
const FORMER = { type: 'plinth:index:ExampleApplication', name: 'example' };

/** The application's tables and indexes, who sees which of their rows, and data to try it with. */
export class Application extends pulumi.ComponentResource {
  /** How the database knows the tenant; undefined where no tables are made, and where there are no tenants. */
  readonly context: Context | undefined;

  constructor(name: string, args: ApplicationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:index:Application', name, {}, pulumi.mergeOptions(opts, { aliases: [FORMER] }));
    const { access } = args;
    if (access !== undefined) {
      this.context = tenantContext(args, access, this);
      const migrations = migrated(args, this.context, this);
      const isolation = new TenantIsolation(
        'isolation',
        { plan: access, superuser: args.superuser, logins: args.logins },
        { parent: this, dependsOn: [migrations] },
      );
      if (args.seed) seeded(args, isolation, this);
    }
    this.registerOutputs();
  }
}

function tenantContext(
  { database, superuser, tokenKeyRotation }: ApplicationArgs,
  access: AccessPlan,
  parent: pulumi.Resource,
): Context | undefined {
  if (!hasTenants(access)) return undefined;
  return new Context(
    'tenant',
    { plan: access.schema, database, superuser, tokenKeyRotation },
    { parent },
  );
}

function migrated(
  { application, migrator, owner, reader }: ApplicationArgs,
  context: Context | undefined,
  parent: pulumi.Resource,
): Migrations {
  return new Migrations(
    'migrations',
    {
      connection: migrator,
      owner,
      directory: inProject(application.migrations),
      files: migrationFiles(application),
      reader,
    },
    { parent, dependsOn: context === undefined ? [] : [context] },
  );
}

function seeded(
  { application, superuser }: ApplicationArgs,
  isolation: TenantIsolation,
  parent: pulumi.Resource,
): void {
  if (application.seed === undefined) return;
  const { role } = application.seed;
  const file = inProject(application.seed.file);
  new Seed(
    'seed',
    { connection: superuser, role, file, checksum: checksum(file) },
    { parent, dependsOn: [isolation] },
  );
}
