import * as pulumi from '@pulumi/pulumi';
import { Migrations, Seed, type ConnectionArgs } from '../provider/resources.ts';
import { checksum, sqlFiles } from './files-of-project.ts';

export interface ExampleApplicationArgs {
  /** Whether its tables are made. */
  readonly migrations: boolean;
  /** Whether its tables are filled. */
  readonly seed: boolean;
  /** Role that owns the tables. */
  readonly owner: string;
  /** Login that applies migrations, over the direct endpoint. */
  readonly migrator: pulumi.Input<ConnectionArgs>;
  /** Login that writes the example data, through the policies like the application itself. */
  readonly app: pulumi.Input<ConnectionArgs>;
}

const MIGRATIONS = 'migrations';
const SEED = 'migrations/seed/dev.sql';

/** The classrooms application's tables, indexes and policies, and data to try them with. */
export class ExampleApplication extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: ExampleApplicationArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:index:ExampleApplication', name, {}, opts);
    const { migrator, app, owner } = args;
    if (args.migrations) {
      const migrations = new Migrations(
        MIGRATIONS,
        { connection: migrator, owner, directory: MIGRATIONS, files: sqlFiles(MIGRATIONS) },
        { parent: this },
      );
      if (args.seed) {
        new Seed(
          'seed',
          { connection: app, file: SEED, checksum: checksum(SEED) },
          { parent: this, dependsOn: [migrations] },
        );
      }
    }
    this.registerOutputs();
  }
}
