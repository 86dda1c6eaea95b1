import * as pulumi from '@pulumi/pulumi';
import { address, exporterContainer, type ExporterArgs } from '../container/exporter.ts';
import type { Credential, Endpoint, MetricsTarget } from '../types.ts';
import { WAITING } from './conf.ts';

export interface RedisExporterArgs extends ExporterArgs {
  /** Which Redis: `redis-cache` or `redis-queue`. */
  readonly job: string;
  readonly redis: Endpoint;
  readonly monitor: Credential;
  /** Whether it is a queue, whose waiting jobs are counted. */
  readonly countsWaiting: boolean;
}

/** Reads one Redis as `monitor` and hands it to Prometheus. */
export class RedisExporter extends pulumi.ComponentResource {
  readonly metrics: MetricsTarget;

  constructor(name: string, args: RedisExporterArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:redis:Exporter', name, {}, opts);
    const { user, password } = args.monitor;
    this.metrics = exporterContainer(
      args,
      {
        job: args.job,
        command: ['prometheus-redis-exporter'],
        env: {
          REDIS_ADDR: `redis://${address(args.redis)}`,
          REDIS_USER: user,
          REDIS_PASSWORD_FILE: '/run/secrets/passwords.json',
          REDIS_EXPORTER_LOG_FORMAT: 'json',
          // It may not, and would say so each time.
          REDIS_EXPORTER_SET_CLIENT_NAME: 'false',
          ...(args.countsWaiting
            ? {
                REDIS_EXPORTER_CHECK_KEYS: `db0=${WAITING}`,
                REDIS_EXPORTER_DISABLE_EXPORTING_KEY_VALUES: 'true',
              }
            : {}),
        },
        secretFiles: {
          'passwords.json': password.apply((text) =>
            JSON.stringify({ [`redis://${user}@${address(args.redis)}`]: text }),
          ),
        },
        port: 9121,
      },
      this,
    );
    this.registerOutputs();
  }
}
