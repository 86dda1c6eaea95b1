import * as pulumi from '@pulumi/pulumi';
import type { AccessPlan } from '../access/plan.ts';
import { Migrations, Seed, type ConnectionArgs } from '../provider/resources.ts';
import { Context } from './access/context.ts';
import { TenantIsolation } from './access/tenant-isolation.ts';
import { checksum, sqlFiles } from './files-of-project.ts';

export interface ExampleApplicationArgs {
  readonly database: string;
  /** Who sees which rows of its tables; undefined where no tables are made. */
  readonly access: AccessPlan | undefined;
  readonly tokenKeyRotation: number;
  /** What logins are made of, by user. */
  readonly logins: Readonly<Record<string, string>>;
  /** Whether its tables are filled. */
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

const MIGRATIONS = 'examples/classrooms/migrations';
const SEED = 'examples/classrooms/seed/dev.sql';

/** SHA-256 of each migration by its name. */
export function migrationFiles(): Record<string, string> {
  return sqlFiles(MIGRATIONS);
}

/** The role that the example data is written as, through the policies like the application itself. */
const SEEDS_AS = 'app';

/** The classrooms application's tables and indexes, who sees which of their rows, and data to try it with. */
export class ExampleApplication extends pulumi.ComponentResource {
  /** How the database knows the tenant; undefined where no tables are made. */
  readonly context: Context | undefined;

  constructor(
    name: string,
    args: ExampleApplicationArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:index:ExampleApplication', name, {}, opts);
    const { migrator, superuser, owner, access, database } = args;
    if (access !== undefined) {
      const context = new Context(
        'tenant',
        { plan: access.schema, database, superuser, tokenKeyRotation: args.tokenKeyRotation },
        { parent: this },
      );
      this.context = context;
      const migrations = new Migrations(
        'migrations',
        {
          connection: migrator,
          owner,
          directory: MIGRATIONS,
          files: migrationFiles(),
          reader: args.reader,
        },
        { parent: this, dependsOn: [context] },
      );
      const isolation = new TenantIsolation(
        'isolation',
        { plan: access, superuser, logins: args.logins },
        { parent: this, dependsOn: [migrations] },
      );
      if (args.seed) {
        new Seed(
          'seed',
          { connection: superuser, role: SEEDS_AS, file: SEED, checksum: checksum(SEED) },
          { parent: this, dependsOn: [isolation] },
        );
      }
    }
    this.registerOutputs();
  }
}
