import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { labels, physicalName } from '../../components/container/names.ts';
import { ServiceContainer } from '../../components/container/service.ts';
import type { Credential, Endpoint, EnvironmentContext } from '../../components/types.ts';
import { Password } from '../../components/roles/password.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import { registryImages } from '../../config/versions.ts';
import { dashboards } from '../dashboards/all.ts';
import { grafanaFiles, grafanaSettings } from './files.ts';

export interface GrafanaArgs extends EnvironmentContext {
  readonly config: EnvironmentConfig;
}

/** User of the image. */
const UID = 472;
const PORT = 3000;
const MIB = 1024 * 1024;
const DATA = '/var/lib/grafana';

/** Grafana with the dashboards. It uses an upstream image, and an update never waits for it. */
export class Grafana extends pulumi.ComponentResource {
  readonly endpoint: Endpoint;
  readonly admin: Credential;

  constructor(name: string, args: GrafanaArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:observability:Grafana', name, {}, opts);
    const { stack, config } = args;
    const { port, memoryBytes, cpus, rotation } = config.monitoring.grafana;
    this.endpoint = { host: '127.0.0.1', port };
    const password = new Password('grafana-admin', { generation: rotation }, { parent: this });
    this.admin = { user: 'admin', password: password.clear };
    const image = new docker.RemoteImage(
      `${name}-image`,
      { name: registryImages.grafana, keepLocally: true },
      { parent: this },
    );
    // All content is provisioned. Grafana reads the password only if the volume is empty, so each password has its own volume.
    const data = new docker.Volume(
      `${name}-data`,
      {
        name: physicalName(stack, 'grafana', 'data', String(rotation)),
        labels: labels(stack, 'grafana'),
      },
      { parent: this },
    );
    new ServiceContainer(
      name,
      {
        ...args,
        part: 'grafana',
        image: image.imageId,
        uid: UID,
        env: grafanaSettings(),
        limits: { memoryBytes, cpus, pids: 128, graceSec: 30, tmpBytes: 64 * MIB },
        publicFiles: grafanaFiles(dashboards(config), config.monitoring.scrapeIntervalSec),
        secretFiles: { admin: password.clear },
        volumes: [{ volume: data.name, path: DATA }],
        healthTest: [
          'sh',
          '-c',
          `wget -q -O /dev/null http://127.0.0.1:${String(PORT)}/api/health`,
        ],
        lowPriority: true,
        dockerHealthcheck: true,
        ports: [{ internal: PORT, external: port }],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
