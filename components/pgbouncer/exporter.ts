import * as pulumi from '@pulumi/pulumi';
import {
  address,
  exporterContainer,
  EXPORTER_LOG_FLAGS,
  type ExporterArgs,
} from '../container/exporter.ts';
import type { Credential, Endpoint, MetricsTarget } from '../types.ts';

export interface PgBouncerExporterArgs extends ExporterArgs {
  /** Pooled endpoint on the stack's network. */
  readonly pooler: Endpoint;
  readonly monitor: Credential;
}

/** Reads the pooler's admin console as `monitor` and hands it to Prometheus. */
export class PgBouncerExporter extends pulumi.ComponentResource {
  readonly metrics: MetricsTarget;

  constructor(
    name: string,
    args: PgBouncerExporterArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:pgbouncer:Exporter', name, {}, opts);
    const { user, password } = args.monitor;
    this.metrics = exporterContainer(
      args,
      {
        job: 'pgbouncer',
        // The connection string is an argument, for everyone to read, so the password is not in
        // it: the driver takes it from the file that PGPASSFILE names.
        command: [
          'prometheus-pgbouncer-exporter',
          ...EXPORTER_LOG_FLAGS,
          `--pgBouncer.connectionString=postgres://${user}@${address(args.pooler)}/pgbouncer?sslmode=disable`,
        ],
        env: { PGPASSFILE: '/run/secrets/pgpass' },
        secretFiles: { pgpass: pulumi.interpolate`*:*:*:${user}:${password}\n` },
        port: 9127,
      },
      this,
    );
    this.registerOutputs();
  }
}
