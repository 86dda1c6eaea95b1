import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { stringify } from 'yaml';
import { address } from '../../components/container/exporter.ts';
import { ServiceContainer } from '../../components/container/service.ts';
import type {
  Credential,
  Endpoint,
  MetricsTarget,
  EnvironmentContext,
} from '../../components/types.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import { registryImages } from '../../config/versions.ts';

export interface PgwatchArgs extends EnvironmentContext {
  readonly config: EnvironmentConfig;
  /** Direct endpoint of the server on the stack's network. */
  readonly server: Endpoint;
  readonly monitor: Credential;
}

const UID = 10010;
const PORT = 8080;
const SINK = 9187;

/** pgwatch, a second exporter for the server. It uses an upstream image, and an update never waits for it. */
export class Pgwatch extends pulumi.ComponentResource {
  readonly endpoint: Endpoint;
  readonly metrics: MetricsTarget;

  constructor(name: string, args: PgwatchArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:observability:Pgwatch', name, {}, opts);
    const { port, memoryBytes, cpus } = args.config.monitoring.pgwatch;
    this.endpoint = { host: '127.0.0.1', port };
    this.metrics = { job: 'pgwatch', host: 'pgwatch', port: SINK, path: '/pgwatch' };
    const image = new docker.RemoteImage(
      `${name}-image`,
      { name: registryImages.pgwatch, keepLocally: true },
      { parent: this },
    );
    new ServiceContainer(
      name,
      {
        ...args,
        part: 'pgwatch',
        image: image.imageId,
        uid: UID,
        command: [
          '--sources=/run/secrets/sources.yaml',
          `--sink=prometheus://:${String(SINK)}/pgwatch`,
          `--web-addr=:${String(PORT)}`,
        ],
        limits: { memoryBytes, cpus, pids: 64, graceSec: 10 },
        secretFiles: { 'sources.yaml': sources(args) },
        healthTest: ['sh', '-c', `wget -q -O /dev/null http://127.0.0.1:${String(PORT)}/liveness`],
        lowPriority: true,
        ports: [{ internal: PORT, external: port }],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** The source list of pgwatch. It contains the password, so it is a secret file. */
function sources({ config, server, monitor }: PgwatchArgs): pulumi.Output<string> {
  return pulumi.secret(
    monitor.password.apply((password) =>
      stringify([
        {
          name: config.stack,
          kind: 'postgres',
          conn_str: `postgresql://${monitor.user}:${password}@${address(server)}/${config.postgres.database}?sslmode=disable`,
          preset_metrics: 'basic',
          is_enabled: true,
        },
      ]),
    ),
  );
}
