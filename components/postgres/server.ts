import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { PostgresConfig } from '../../config/environment.ts';
import { labels, physicalName } from '../container/names.ts';
import { ServiceContainer, type Mount } from '../container/service.ts';
import type { Endpoint, EnvironmentContext } from '../types.ts';
import { Password } from '../roles/password.ts';
import { pgHba, pgIdent } from './hba.ts';
import { bootstrapSql } from './bootstrap.ts';
import { LOG_FOLDER, postgresqlConf } from './settings.ts';

export interface PostgresServerArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  readonly config: PostgresConfig;
  readonly timezone: string;
  /** Rotation number of the bootstrap superuser. */
  readonly superuserRotation: number;
  /** Where the WAL goes; undefined where there is no point-in-time recovery. */
  readonly archive: Archive | undefined;
}

/** Where the server archives its WAL. */
export interface Archive {
  /** Configuration of pgBackRest, and what else it reads. */
  readonly secretFiles: Readonly<Record<string, pulumi.Input<string>>>;
  readonly mounts: readonly Mount[];
  /** What was written is archived after this long at the latest. */
  readonly archiveTimeoutSec: number;
}

const UID = 10001;
/** The bootstrap superuser: for what only a superuser can do, never for an application. */
const SUPERUSER = 'postgres';

/** Postgres 17: its data volume, its container, its bootstrap superuser. */
export class PostgresServer extends pulumi.ComponentResource {
  /** Direct endpoint as seen from this machine: for migrations, backups and people, not for apps. */
  readonly direct: Endpoint;
  /** Endpoint as seen from the stack's network. */
  readonly internal: Endpoint = { host: 'postgres', port: 5432 };
  readonly superuser: { readonly user: string; readonly password: pulumi.Output<string> };
  /** Holds the data. What lives inside the server goes with it, never with the container. */
  readonly dataVolume: docker.Volume;
  /** Directory with the server's socket, for the pooler. */
  readonly socketVolume: pulumi.Output<string>;
  /** Directory with the pooler's admin socket, so that a stopping server can pause its clients. */
  readonly poolerSocketVolume: pulumi.Output<string>;
  /** The server's log, one JSON object a line. */
  readonly logVolume: pulumi.Output<string>;

  constructor(name: string, args: PostgresServerArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:postgres:Server', name, {}, opts);
    this.direct = { host: '127.0.0.1', port: args.config.port };
    const password = new Password(
      `${name}-superuser`,
      { generation: args.superuserRotation },
      { parent: this },
    );
    this.superuser = { user: SUPERUSER, password: password.clear };
    this.dataVolume = dataVolume(name, args, this);
    this.socketVolume = volume(name, args, 'socket', this).name;
    this.poolerSocketVolume = volume(name, args, 'pooler-socket', this).name;
    this.logVolume = volume(name, args, 'logs', this).name;

    new ServiceContainer(
      name,
      {
        ...args,
        part: 'postgres',
        uid: UID,
        limits: {
          memoryBytes: args.config.memoryBytes,
          cpus: args.config.cpus,
          // One process a connection, a dozen of the server's own, room for parallel workers.
          pids: args.config.maxConnections + 64,
          graceSec: 90,
          shmBytes: args.config.sharedBuffersBytes,
        },
        env: { PLINTH_ENVIRONMENT: args.stack },
        publicFiles: {
          'postgresql.conf': postgresqlConf(args.config, args.timezone, args.archive),
          'pg_hba.conf': pgHba(),
          'pg_ident.conf': pgIdent(),
          'bootstrap.sql': bootstrapSql(),
        },
        secretFiles: { 'superuser.verifier': password.verifier, ...args.archive?.secretFiles },
        volumes: [
          { volume: this.dataVolume.name, path: '/var/lib/postgresql' },
          { volume: this.socketVolume, path: '/run/postgresql' },
          { volume: this.poolerSocketVolume, path: '/run/pgbouncer' },
          { volume: this.logVolume, path: LOG_FOLDER },
          ...(args.archive?.mounts ?? []),
        ],
        ports: [{ internal: 5432, external: args.config.port }],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

function dataVolume(
  name: string,
  args: PostgresServerArgs,
  parent: pulumi.Resource,
): docker.Volume {
  return new docker.Volume(
    `${name}-data`,
    {
      name: args.config.volume.name ?? physicalName(args.stack, 'postgres', 'data'),
      labels: labels(args.stack, 'postgres', { 'plinth.holds': 'data' }),
    },
    { parent, retainOnDelete: args.config.volume.onDestroy === 'keep' },
  );
}

function volume(
  name: string,
  args: PostgresServerArgs,
  what: string,
  parent: pulumi.Resource,
): docker.Volume {
  return new docker.Volume(
    `${name}-${what}`,
    { name: physicalName(args.stack, 'postgres', what), labels: labels(args.stack, 'postgres') },
    { parent },
  );
}
