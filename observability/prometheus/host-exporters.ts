import * as pulumi from '@pulumi/pulumi';
import {
  exporterContainer,
  EXPORTER_LOG_FLAGS,
  type ExporterArgs,
} from '../../components/container/exporter.ts';
import type { MetricsTarget } from '../../components/types.ts';
import { blackboxYml } from './scrape.ts';

/**
 * Collectors of the node exporter. They read the same values inside a container as on the host, so no host folder is mounted.
 * The Plinth exporter (container watch) measures file systems; the host network is not measured.
 */
const COLLECTORS = [
  'cpu',
  'diskstats',
  'filefd',
  'loadavg',
  'meminfo',
  'pressure',
  'stat',
  'time',
  'uname',
  'vmstat',
];

export interface HostExportersArgs extends ExporterArgs {
  /** Port of the node exporter on 127.0.0.1. */
  readonly nodePort: number;
}

/** Exporters without a service of their own: the node exporter, and the blackbox exporter for probes. */
export class HostExporters extends pulumi.ComponentResource {
  /** The target of the node exporter. The blackbox exporter has one scrape job per probe. */
  readonly metrics: MetricsTarget;

  constructor(
    name: string,
    { nodePort, ...args }: HostExportersArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:observability:HostExporters', name, {}, opts);
    this.metrics = exporterContainer(
      args,
      {
        job: 'node',
        command: [
          'prometheus-node-exporter',
          ...EXPORTER_LOG_FLAGS,
          '--collector.disable-defaults',
          ...COLLECTORS.map((collector) => `--collector.${collector}`),
          '--web.disable-exporter-metrics',
        ],
        port: 9100,
        publishedPort: nodePort,
      },
      this,
    );
    exporterContainer(
      args,
      {
        job: 'blackbox',
        command: [
          'prometheus-blackbox-exporter',
          ...EXPORTER_LOG_FLAGS,
          '--config.file=/etc/plinth/blackbox.yml',
        ],
        publicFiles: { 'blackbox.yml': blackboxYml() },
        port: 9115,
        hostGateway: true,
      },
      this,
    );
    this.registerOutputs();
  }
}
