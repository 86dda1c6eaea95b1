import * as pulumi from '@pulumi/pulumi';
import { ServiceContainer } from '../../components/container/service.ts';
import type { Environment } from '../../components/environment.ts';
import { migrationFiles } from '../../components/application.ts';
import type { Credential, MetricsTarget, EnvironmentContext } from '../../components/types.ts';
import { LOG_FOLDER } from '../../components/postgres/settings.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { RlsSettings, ExporterSettings } from '../../exporter/settings.ts';

export interface PlinthExporterArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  readonly config: EnvironmentConfig;
  /** The declared access; undefined if no tables are created. */
  readonly access: RlsSettings | undefined;
  readonly environment: Environment;
  /** Login for the statistics, directly on the server. */
  readonly monitor: Credential;
  /** Login for the probe through PgBouncer. */
  readonly health: Credential;
  /** Volumes of the monitoring itself, by content. */
  readonly volumes: Readonly<Record<string, pulumi.Input<string>>>;
}

const UID = 10007;
const PORT = 9189;
const MIB = 1024 * 1024;
/** Mount folder of the volumes, only for the usage of their file systems; their files are not readable. */
const VOLUMES = '/volumes';

/** The Plinth exporter (container watch): metrics that no other exporter provides. */
export class PlinthExporter extends pulumi.ComponentResource {
  readonly metrics: MetricsTarget = { job: 'watch', host: 'watch', port: PORT, path: '/metrics' };

  constructor(name: string, args: PlinthExporterArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:observability:Watch', name, {}, opts);
    const { config, access, environment, monitor, health } = args;
    const { memoryBytes, cpus } = config.monitoring.watch;
    const volumes = { ...environment.volumes, ...args.volumes };
    new ServiceContainer(
      name,
      {
        ...args,
        part: 'watch',
        lowPriority: true,
        uid: UID,
        // Without a limit, Node.js sizes its heap by the host's memory. The remaining half is for memory outside the heap.
        env: {
          NODE_OPTIONS: `--max-old-space-size=${String(Math.floor((memoryBytes / MIB) * 0.5))}`,
        },
        limits: { memoryBytes, cpus, pids: 32, graceSec: 10 },
        publicFiles: {
          'watch.json': json(settings(args, Object.keys(volumes))),
          ...(access === undefined ? {} : { 'access.json': json(access) }),
        },
        secretFiles: { monitor: monitor.password, health: health.password },
        volumes: [
          { volume: environment.postgres.logVolume, path: LOG_FOLDER, readOnly: true },
          ...Object.entries(volumes).map(([holds, volume]) => ({
            volume,
            path: `${VOLUMES}/${holds}`,
            readOnly: true,
          })),
        ],
        hostFolders: { '/host/cgroup': '/sys/fs/cgroup' },
      },
      { parent: this, dependsOn: [environment] },
    );
    this.registerOutputs();
  }
}

function settings(
  { stack, config, environment, monitor, health, access }: PlinthExporterArgs,
  volumes: readonly string[],
): ExporterSettings {
  return {
    stack,
    scrapeIntervalSec: config.monitoring.scrapeIntervalSec,
    probeIntervalSec: config.monitoring.probeIntervalSec,
    server: { ...environment.postgres.internal, database: config.postgres.database },
    monitorUser: monitor.user,
    pooler: environment.pgbouncer.internal,
    healthUser: health.user,
    slowQueryMs: config.postgres.slowQueryMs,
    latencyObjectiveMs: config.monitoring.thresholds.latencyMs,
    volumes: volumes.map((volume) => ({ volume, path: `${VOLUMES}/${volume}` })),
    logs: { folder: LOG_FOLDER },
    ...(access === undefined
      ? {}
      : {
          migrations: Object.entries(migrationFiles(environment.application)).map(
            ([name, checksum]) => ({
              name,
              checksum,
            }),
          ),
        }),
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
