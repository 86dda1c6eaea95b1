import * as pulumi from '@pulumi/pulumi';
import {
  address,
  exporterContainer,
  EXPORTER_LOG_FLAGS,
  type ExporterArgs,
} from '../container/exporter.ts';
import type { Credential, Endpoint, MetricsTarget } from '../types.ts';

export interface PostgresExporterArgs extends ExporterArgs {
  /** Direct endpoint on the stack's network. */
  readonly server: Endpoint;
  readonly database: string;
  readonly monitor: Credential;
}

/**
 * What is measured here: a third of what the exporter would by itself. Its figures of sessions, locks and tables grow with
 * both; the watcher has those, bounded.
 */
const COLLECTORS = [
  '--collector.postmaster',
  '--collector.stat_checkpointer',
  '--no-collector.locks',
  '--no-collector.roles',
  '--no-collector.stat_user_tables',
  '--no-collector.statio_user_tables',
];

/** Reads the server's statistics as `monitor` and hands them to Prometheus. */
export class PostgresExporter extends pulumi.ComponentResource {
  readonly metrics: MetricsTarget;

  constructor(
    name: string,
    args: PostgresExporterArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:postgres:Exporter', name, {}, opts);
    this.metrics = exporterContainer(
      args,
      {
        job: 'postgres',
        command: [
          'prometheus-postgres-exporter',
          ...EXPORTER_LOG_FLAGS,
          ...COLLECTORS,
          '--disable-default-metrics',
          '--disable-settings-metrics',
        ],
        env: {
          DATA_SOURCE_URI: `${address(args.server)}/${args.database}?sslmode=disable`,
          DATA_SOURCE_USER: args.monitor.user,
          DATA_SOURCE_PASS_FILE: '/run/secrets/password',
        },
        secretFiles: { password: args.monitor.password },
        port: 9187,
      },
      this,
    );
    this.registerOutputs();
  }
}
