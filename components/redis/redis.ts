import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { labels, physicalName } from '../container/names.ts';
import { ServiceContainer, type Mount } from '../container/service.ts';
import type { Credential, Endpoint, EnvironmentContext } from '../types.ts';
import { Password } from '../roles/password.ts';
import { aclFile } from './acl.ts';
import { redisConf, type RedisProfile } from './conf.ts';

export interface RedisArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  readonly profile: RedisProfile;
  readonly appRotation: number;
  readonly monitorRotation: number;
  /** What `destroy` does with a queue's data. */
  readonly onDestroy: 'delete' | 'keep';
}

const UID = 10003;

/** One Redis, as a cache or as a queue: `redis-cache`, `redis-queue`. */
export class Redis extends pulumi.ComponentResource {
  /** Endpoint as seen from this machine. */
  readonly endpoint: Endpoint;
  /** Endpoint as seen from the stack's network. */
  readonly internal: Endpoint;
  readonly app: Credential;
  readonly monitor: Credential;

  constructor(name: string, args: RedisArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:redis:Redis', name, {}, opts);
    this.endpoint = { host: '127.0.0.1', port: args.profile.config.port };
    this.internal = { host: name, port: 6379 };
    const password = (user: string, generation: number) =>
      new Password(`${name}-${user}`, { generation }, { parent: this }).clear;
    this.app = { user: 'app', password: password('app', args.appRotation) };
    this.monitor = { user: 'monitor', password: password('monitor', args.monitorRotation) };
    const health = password('health', 1);

    new ServiceContainer(
      name,
      {
        ...args,
        part: name,
        uid: UID,
        limits: {
          memoryBytes: args.profile.config.memoryBytes,
          cpus: args.profile.config.cpus,
          pids: 32,
          graceSec: 30,
        },
        publicFiles: { 'redis.conf': redisConf(args.profile) },
        secretFiles: {
          'users.acl': pulumi
            .all([this.app.password, this.monitor.password, health])
            .apply(([app, monitor, healthCheck]) =>
              aclFile({ app, monitor, health: healthCheck }, args.profile.kind),
            ),
          'health.password': health,
        },
        volumes: dataMounts(name, args, this),
        ports: [{ internal: 6379, external: args.profile.config.port }],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** A queue's log needs a volume; a cache writes nothing. */
function dataMounts(name: string, args: RedisArgs, parent: pulumi.Resource): Mount[] {
  if (args.profile.kind === 'cache') return [];
  const data = new docker.Volume(
    `${name}-data`,
    {
      name: physicalName(args.stack, name, 'data'),
      labels: labels(args.stack, name, { 'plinth.holds': 'data' }),
    },
    { parent, retainOnDelete: args.onDestroy === 'keep' },
  );
  return [{ volume: data.name, path: '/var/lib/redis' }];
}
