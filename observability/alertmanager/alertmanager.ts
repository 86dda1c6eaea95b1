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
  /** Files on the machine that runs Pulumi, by secret name. */
  readonly secrets: Readonly<Record<string, string>>;
}

const UID = 10008;
const PORT = 9093;
const DATA = '/var/lib/alertmanager';

/** Groups and inhibits alerts, and sends notifications to receivers. */
export class Alertmanager extends pulumi.ComponentResource {
  /** Address on this machine. */
  readonly endpoint: Endpoint;

  constructor(name: string, args: AlertmanagerArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:observability:Alertmanager', name, {}, opts);
    const { stack, config, routing, secrets } = args;
    const { port, memoryBytes, cpus } = config.monitoring.alertmanager;
    // Silences, and the log of sent notifications.
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
          // There is a single instance: no cluster, no additional port.
          '--cluster.listen-address=',
          // A test reads from the metrics which receiver got a notification.
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
