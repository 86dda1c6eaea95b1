import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { Application } from '../rls/application.ts';
import type { AccessPlan } from '../rls/model/plan.ts';
import type { EnvironmentConfig } from '../config/environment.ts';
import { slotsOf } from '../config/names.ts';
import type { ImageBuild, StackImage } from '../bootstrap/image-list.ts';
import type { Context } from './row-level-security/tenant-context.ts';
import { Backups } from './backup/backups.ts';
import { Repository } from './backup/repository.ts';
import { RollbackPoints } from './backup/rollback-points.ts';
import { migrationFiles } from './application.ts';
import type { Credential, MetricsTarget, EnvironmentContext } from './types.ts';
import { exporters } from './exporters.ts';
import { Images } from './images.ts';
import { databaseObjects } from './database-objects.ts';
import { PrivateNetwork } from './network.ts';
import { PgBouncer } from './pgbouncer/pooler.ts';
import { PostgresServer } from './postgres/server.ts';
import { Redis } from './redis/redis.ts';

export interface EnvironmentArgs {
  readonly config: EnvironmentConfig;
  readonly application: Application;
  /** Who sees which rows; undefined where no tables are made. */
  readonly access: AccessPlan | undefined;
  readonly images: Readonly<Record<StackImage, ImageBuild>>;
  /** Ids of images that the engine has already, by reference. @default - none is known */
  readonly imagesHere?: ReadonlyMap<string, string>;
  /** The image that all others stand on. */
  readonly baseImage: string;
  /** Whether a data volume that outlived its stack's state is taken over. @default false */
  readonly adopt?: boolean;
}

/** Where the stack's containers run, and what from. */
export interface Engine {
  readonly surroundings: EnvironmentContext;
  /** Image ids. */
  readonly images: Readonly<Record<StackImage, pulumi.Output<string>>>;
  readonly provider: docker.Provider;
}

/** Everything under one application: the parts in the order in which they need each other. */
export class Environment extends pulumi.ComponentResource {
  readonly postgres: PostgresServer;
  readonly pgbouncer: PgBouncer;
  /** `redis-cache` and `redis-queue`, as far as they are enabled. */
  readonly redis: readonly Redis[];
  /** The active login of each Postgres user. */
  readonly credentials: Readonly<Record<string, Credential>>;
  readonly application: Application;
  /** How the database knows the tenant; undefined where no tables are made, and where there are no tenants. */
  readonly tenantContext: Context | undefined;
  /** What can be scraped on the stack's network. */
  readonly metrics: readonly MetricsTarget[];
  /** Volumes with data in them, by what they hold. */
  readonly volumes: Readonly<Record<string, pulumi.Output<string>>>;
  /** What further containers of the stack are made with. */
  readonly engine: Engine;

  constructor(name: string, args: EnvironmentArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:index:Environment', name, {}, opts);
    const { config, application, access } = args;
    const provider = dockerProvider(config, this);
    const inDocker = { parent: this, providers: [provider] };

    const images = new Images(
      'image',
      { sources: args.images, here: args.imagesHere, dockerHost: config.docker.host },
      { parent: this },
    ).ids;
    const surroundings: EnvironmentContext = {
      stack: config.stack,
      baseImage: args.baseImage,
      network: new PrivateNetwork('network', { stack: config.stack }, inDocker).network,
      dockerHost: config.docker.host,
      shipLogsTo: config.logs.shipTo,
    };

    this.engine = { surroundings, images, provider };
    this.application = application;

    const archive = repository(config, inDocker);
    const points = new RollbackPoints(
      'rollback-points',
      {
        config,
        image: images.postgres,
        migrations: access === undefined ? {} : migrationFiles(application),
      },
      inDocker,
    );
    this.postgres = postgresServer(config, surroundings, images.postgres, archive, {
      ...inDocker,
      dependsOn: points.beforeServer,
    });
    const { roles, schema } = databaseObjects(
      config,
      application,
      access,
      this.postgres,
      args.adopt ?? false,
      points.beforeMigrations,
      this,
    );
    this.credentials = roles.credentials;
    this.tenantContext = schema.context;
    this.pgbouncer = pooler(config, access, surroundings, images.pgbouncer, this.postgres, {
      ...inDocker,
      dependsOn: [schema],
    });
    this.redis = redisServers(config, surroundings, images.redis, inDocker);
    const backups = createBackups(config, access, surroundings, images.backup, archive, this, {
      ...inDocker,
      dependsOn: [schema],
    });
    this.volumes = {
      'postgres-data': this.postgres.dataVolume.name,
      ...(backups === undefined ? {} : { backups: backups.volume }),
      ...(archive?.volume === undefined ? {} : { repository: archive.volume }),
    };
    this.metrics = [
      ...(config.exporters.enabled
        ? exporters(
            {
              ...surroundings,
              image: images.exporters,
              limits: config.exporters,
              postgres: this.postgres,
              pgbouncer: this.pgbouncer,
              redis: this.redis,
              database: config.postgres.database,
              monitor: loginOf(config.users.monitor.name, this.credentials),
            },
            inDocker,
          )
        : []),
      ...(backups?.metrics ?? []),
    ];
    this.registerOutputs();
  }
}

/** The active login of a user that every environment has. */
function loginOf(user: string, credentials: Readonly<Record<string, Credential>>): Credential {
  const login = credentials[user];
  if (login === undefined) throw new Error(`user ${user} is not declared`);
  return login;
}

function dockerProvider(config: EnvironmentConfig, parent: pulumi.Resource): docker.Provider {
  const { host, previewOnly } = config.docker;
  return new docker.Provider(
    'docker',
    { disableDockerDaemonCheck: previewOnly, ...(host === undefined ? {} : { host }) },
    { parent },
  );
}

function postgresServer(
  config: EnvironmentConfig,
  surroundings: EnvironmentContext,
  image: pulumi.Input<string>,
  archive: Repository | undefined,
  opts: pulumi.ComponentResourceOptions,
): PostgresServer {
  return new PostgresServer(
    'postgres',
    {
      ...surroundings,
      image,
      config: config.postgres,
      timezone: config.timezone,
      superuserRotation: config.users.postgres.rotation,
      archive,
    },
    opts,
  );
}

function pooler(
  config: EnvironmentConfig,
  access: AccessPlan | undefined,
  surroundings: EnvironmentContext,
  image: pulumi.Input<string>,
  server: PostgresServer,
  opts: pulumi.ComponentResourceOptions,
): PgBouncer {
  const { monitor } = config.users;
  return new PgBouncer(
    'pgbouncer',
    {
      ...surroundings,
      image,
      config: {
        ...config.pgbouncer,
        database: config.postgres.database,
        // Both logins, so that a rotation does not touch the pooler.
        statsUsers: slotsOf(monitor.name),
        tenantSetting:
          access?.schema.mode === 'setting' ? access.schema.tenancy.tenant?.setting : undefined,
      },
      serverSocketVolume: server.socketVolume,
      socketVolume: server.poolerSocketVolume,
    },
    opts,
  );
}

function redisServers(
  config: EnvironmentConfig,
  surroundings: EnvironmentContext,
  image: pulumi.Input<string>,
  opts: pulumi.ComponentResourceOptions,
): Redis[] {
  const { cache, queue } = config.redis;
  const profiles = [
    { kind: 'cache', config: cache },
    { kind: 'queue', config: queue },
  ] as const;
  return profiles
    .filter((profile) => profile.config.enabled)
    .map(
      (profile) =>
        new Redis(
          `redis-${profile.kind}`,
          {
            ...surroundings,
            image,
            profile,
            appRotation: config.users.redisApp.rotation,
            monitorRotation: config.users.redisMonitor.rotation,
            onDestroy: config.postgres.volume.onDestroy,
          },
          opts,
        ),
    );
}

function repository(
  config: EnvironmentConfig,
  opts: pulumi.ComponentResourceOptions,
): Repository | undefined {
  const { enabled, pointInTime } = config.backup;
  if (!enabled || !pointInTime.enabled) return undefined;
  const { onDestroy } = config.postgres.volume;
  return new Repository(
    'repository',
    { stack: config.stack, config: pointInTime, onDestroy },
    opts,
  );
}

function createBackups(
  config: EnvironmentConfig,
  access: AccessPlan | undefined,
  surroundings: EnvironmentContext,
  image: pulumi.Input<string>,
  repository: Repository | undefined,
  { postgres, credentials }: Environment,
  opts: pulumi.ComponentResourceOptions,
): Backups | undefined {
  if (!config.backup.enabled) return undefined;
  const login = credentials[config.users.backup.name];
  if (login === undefined) throw new Error('the backup user is missing');
  return new Backups(
    'backups',
    { ...surroundings, image, config, access, server: postgres, login, repository },
    opts,
  );
}
