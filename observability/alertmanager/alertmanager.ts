import * as pulumi from '@pulumi/pulumi';
import { persistentVolume } from '../../components/container/persistent-volume.ts';
import { projectText } from '../../components/project-files.ts';
import { ServiceContainer } from '../../components/container/service.ts';
import type { Endpoint, EnvironmentContext } from '../../components/types.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';

export interface AlertmanagerArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  readonly config: EnvironmentConfig;
  /** alertmanager.yml */
  readonly routing: string;
  /** Files of the machine that runs Pulumi, by the names of the secrets that they become. */
  readonly secrets: Readonly<Record<string, string>>;
}

const UID = 10008;
const PORT = 9093;
const DATA = '/var/lib/alertmanager';

/** Groups alerts, leaves out what follows from another, and tells. */
export class Alertmanager extends pulumi.ComponentResource {
  /** As seen from this machine. */
  readonly endpoint: Endpoint;

  constructor(name: string, args: AlertmanagerArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:observability:Alertmanager', name, {}, opts);
    const { stack, config, routing, secrets } = args;
    const { port, memoryBytes, cpus } = config.monitoring.alertmanager;
    // Silences, and what has been told already.
    const data = persistentVolume(
      `${name}-data`,
      { stack, part: 'alertmanager', holds: 'data', onDestroy: config.postgres.volume.onDestroy },
      this,
    );
    const secretFiles = Object.fromEntries(
      Object.entries(secrets).map(([name, file]) => [
        name,
        pulumi.secret(projectText(file).trim()),
      ]),
    );
    new ServiceContainer(
      name,
      {
        ...args,
        part: 'alertmanager',
        lowPriority: true,
        uid: UID,
        command: [
          'prometheus-alertmanager',
          '--config.file=/etc/plinth/alertmanager.yml',
          `--storage.path=${DATA}`,
          // There is one of it: nothing to agree upon, and no further port.
          '--cluster.listen-address=',
          // So that a test can say which receiver has heard of it.
          '--enable-feature=receiver-name-in-metrics',
          '--log.format=json',
          '--log.level=info',
        ],
        limits: { memoryBytes, cpus, pids: 64, graceSec: 10 },
        publicFiles: { 'alertmanager.yml': routing },
        ...(Object.keys(secretFiles).length === 0 ? {} : { secretFiles }),
        volumes: [{ volume: data.name, path: DATA }],
        hostGateway: true,
        ports: [{ internal: PORT, external: port }],
      },
      { parent: this },
    );
    this.endpoint = { host: '127.0.0.1', port };
    this.registerOutputs();
  }
}
