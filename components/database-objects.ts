import * as postgresql from '@pulumi/postgresql';
import type * as pulumi from '@pulumi/pulumi';
import type { Application as Declared } from '../rls/application.ts';
import type { AccessPlan } from '../rls/model/plan.ts';
import type { EnvironmentConfig } from '../config/environment.ts';
import type { ConnectionArgs } from '../provider/resources.ts';
import { Application } from './application.ts';
import type { PostgresServer } from './postgres/server.ts';
import { ApplicationDatabase } from './roles/application-database.ts';
import { DatabaseRoles, type UserArgs } from './roles/database-roles.ts';

/** What lives inside the server, for those who need it to be there. */
export interface DatabaseObjects {
  readonly roles: DatabaseRoles;
  /** The tables; what a client of the pool finds. */
  readonly schema: Application;
}

/**
 * Roles, database, tables. The provider gets plain values and waits for the server: were it given an
 * output of the container, a new container could mean a new provider, and with it new everything.
 */
export function databaseObjects(
  config: EnvironmentConfig,
  application: Declared,
  access: AccessPlan | undefined,
  server: PostgresServer,
  adopt: boolean,
  beforeMigrations: readonly pulumi.Resource[],
  parent: pulumi.Resource,
): DatabaseObjects {
  const provider = new postgresql.Provider(
    'postgresql',
    {
      ...server.direct,
      username: server.superuser.user,
      password: server.superuser.password,
      sslmode: 'disable',
      maxConnections: 4,
    },
    { parent, dependsOn: [server] },
  );
  const inside = { parent, providers: [provider], dependsOn: [server] };
  // What lives inside the server goes with its data, instead of being dropped piece by piece.
  const withData = { ...inside, deletedWith: server.dataVolume };
  const { database } = config.postgres;
  const users = databaseUsers(config);
  const roles = new DatabaseRoles(
    'roles',
    {
      users,
      data: server.dataVolume,
      dataIsKept: config.postgres.volume.onDestroy === 'keep',
      adopt,
    },
    inside,
  );
  const login = (user: string): ConnectionArgs => {
    const credential = roles.credentials[user];
    if (credential === undefined) throw new Error(`user ${user} is not declared`);
    return { ...server.direct, database, ...credential };
  };
  const owner = config.users.migrator.name;
  const tables = new ApplicationDatabase(
    database,
    { database, owner, ownerLogin: login(owner), groups: roles.groups, adopt },
    { ...withData, dependsOn: [roles] },
  );
  const schema = new Application(
    'application',
    {
      application,
      database,
      access,
      tokenKeyRotation: config.access.tokenKeyRotation,
      logins: Object.fromEntries(
        users.map(({ name, rotation, connectionLimit }) => [
          name,
          `rotation ${rotation}, connections ${connectionLimit}`,
        ]),
      ),
      seed: config.application.seed,
      owner,
      reader: config.users.monitor.name,
      migrator: login(owner),
      superuser: { ...server.direct, database, ...server.superuser },
    },
    { ...withData, dependsOn: [tables, ...beforeMigrations] },
  );
  return { roles, schema };
}

function databaseUsers({ users }: EnvironmentConfig): UserArgs[] {
  const { migrator, monitor, backup, health } = users;
  return [
    { ...migrator, kind: 'migrator' },
    ...users.applications,
    { ...monitor, kind: 'monitor' },
    { ...backup, kind: 'backup' },
    { ...health, kind: 'health' },
  ];
}
