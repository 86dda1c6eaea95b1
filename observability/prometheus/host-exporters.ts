import * as pulumi from '@pulumi/pulumi';
import {
  exporterContainer,
  EXPORTER_LOG_FLAGS,
  type ExporterArgs,
} from '../../components/container/exporter.ts';
import type { MetricsTarget } from '../../components/types.ts';
import { blackboxYml } from './scrape.ts';

/**
 * The figures of the machine. What is read is the same inside a container as outside, so nothing of the machine is
 * mounted; file systems are measured by the watcher, and the network of the machine by nobody.
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

/** Exporters that stand beside no service: of the machine, and of what must answer from inside the network. */
export class HostExporters extends pulumi.ComponentResource {
  /** The machine's own figures. The prober is asked for each target apart. */
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
