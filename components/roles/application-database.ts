import * as postgresql from '@pulumi/postgresql';
import * as pulumi from '@pulumi/pulumi';
import { LoginDefaultRole, type ConnectionArgs } from '../../provider/resources.ts';

export interface ApplicationDatabaseArgs {
  readonly database: string;
  /** Role that owns the database, and through that its schema `public`. */
  readonly owner: string;
  /** Login of that role over the direct endpoint. */
  readonly ownerLogin: pulumi.Input<ConnectionArgs>;
  /** The role of each user, by name, in the order in which they are granted what they need. */
  readonly groups: Readonly<Record<string, postgresql.Role>>;
  /** Whether the data outlived the state: the database is there already. */
  readonly adopt: boolean;
}

/**
 * The application's database: owned by the migrator, open to the declared roles only. What a migration makes is nobody
 * else's until its row security is in place.
 */
export class ApplicationDatabase extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: ApplicationDatabaseArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:roles:ApplicationDatabase', name, {}, opts);
    const { database, owner } = args;
    const db = new postgresql.Database(
      name,
      {
        name: database,
        owner,
        encoding: 'UTF8',
        template: 'template0',
        lcCollate: 'C',
        lcCtype: 'C',
      },
      // A new name is another resource. The old database stays: its rows must not go with an edit of a settings file.
      { parent: this, retainOnDelete: true, ...(args.adopt ? { import: database } : {}) },
    );
    const inDatabase = { parent: this, dependsOn: [db] };

    // Grants on one database touch one catalog row: two at once fail with "tuple concurrently
    // updated", so each waits for the one before. A grant to the owner would first revoke what it has.
    const users = Object.entries(args.groups).filter(([user]) => user !== owner);
    const roles = users.map(([user, { name }]) => [user, name] as const);
    [...roles, ['pgbouncer', 'pgbouncer'] as const].reduce<pulumi.Resource>(
      (before, [user, role]) =>
        new postgresql.Grant(
          `connect-${user}`,
          { database, role, objectType: 'database', privileges: ['CONNECT'] },
          { parent: this, dependsOn: [before] },
        ),
      db,
    );
    new LoginDefaultRole(
      `${owner}-acts-as`,
      { connection: args.ownerLogin, role: owner },
      inDatabase,
    );
    // What was asked, and how much of a table's file holds nothing: both for those who measure.
    for (const extension of ['pg_stat_statements', 'pgstattuple']) {
      new postgresql.Extension(extension, { name: extension, database }, inDatabase);
    }
    this.registerOutputs();
  }
}
