import * as pulumi from '@pulumi/pulumi';
import { projectText } from '../../components/project-files.ts';
import { ServiceContainer } from '../../components/container/service.ts';
import type { Endpoint, MetricsTarget, EnvironmentContext } from '../../components/types.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import { keyName, prometheusYml } from './scrape.ts';

export interface PrometheusArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  readonly config: EnvironmentConfig;
  readonly targets: readonly MetricsTarget[];
  /** Endpoints for TCP probes, by name. */
  readonly connections: Readonly<Record<string, Endpoint>>;
  /** Volume of the TSDB. */
  readonly data: pulumi.Input<string>;
  /** rules.yml */
  readonly rules: string;
}

const UID = 10006;
const PORT = 9090;
const MIB = 1024 * 1024;
const DATA = '/var/lib/prometheus';

/** Prometheus: scrapes targets, stores samples, and evaluates rules. */
export class Prometheus extends pulumi.ComponentResource {
  /** Address on this machine. */
  readonly endpoint: Endpoint;

  constructor(name: string, args: PrometheusArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:observability:Prometheus', name, {}, opts);
    const { stack, config, targets, connections, rules } = args;
    const { monitoring } = config;
    const { port, memoryBytes, cpus } = monitoring.prometheus;
    const keys = monitoring.applications.flatMap(({ name, keyFile }) =>
      keyFile === undefined
        ? []
        : [[keyName(name), pulumi.secret(projectText(keyFile).trim())] as const],
    );
    new ServiceContainer(
      name,
      {
        ...args,
        part: 'prometheus',
        lowPriority: true,
        uid: UID,
        command: [
          'prometheus',
          '--config.file=/etc/plinth/prometheus.yml',
          `--storage.tsdb.path=${DATA}`,
          `--storage.tsdb.retention.time=${String(monitoring.retentionDays)}d`,
          `--storage.tsdb.retention.size=${String(Math.floor(monitoring.retentionSizeBytes / MIB))}MB`,
          // Browser pages of other origins must not query Prometheus.
          '--web.cors.origin=^$',
          '--query.max-concurrency=8',
          '--log.format=json',
          '--log.level=warn',
        ],
        // Without it, Go lets the heap grow to twice the live memory, regardless of the limit.
        env: { GOMEMLIMIT: `${String(Math.floor((memoryBytes / MIB) * 0.9))}MiB` },
        limits: { memoryBytes, cpus, pids: 64, graceSec: 30 },
        publicFiles: {
          'prometheus.yml': prometheusYml({ stack, config: monitoring, targets, connections }),
          'rules.yml': rules,
        },
        ...(keys.length === 0 ? {} : { secretFiles: Object.fromEntries(keys) }),
        volumes: [{ volume: args.data, path: DATA }],
        hostGateway: true,
        ports: [{ internal: PORT, external: port }],
      },
      { parent: this },
    );
    this.endpoint = { host: '127.0.0.1', port };
    this.registerOutputs();
  }
}
