import type * as pulumi from '@pulumi/pulumi';
import type { ContainerLimits } from '../config/container-limits.ts';
import type { Credential, EnvironmentContext, MetricsTarget } from './types.ts';
import { PgBouncerExporter } from './pgbouncer/exporter.ts';
import type { PgBouncer } from './pgbouncer/pooler.ts';
import { PostgresExporter } from './postgres/exporter.ts';
import type { PostgresServer } from './postgres/server.ts';
import { RedisExporter } from './redis/exporter.ts';
import type { Redis } from './redis/redis.ts';

export interface ExportersArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  /** Of each exporter. */
  readonly limits: ContainerLimits;
  readonly postgres: PostgresServer;
  readonly pgbouncer: PgBouncer;
  readonly redis: readonly Redis[];
  readonly database: string;
  /** Login that is a member of pg_monitor. */
  readonly monitor: Credential;
}

/** An exporter beside each server of an environment. */
export function exporters(
  { postgres, pgbouncer, redis: servers, database, monitor, ...args }: ExportersArgs,
  inDocker: pulumi.ComponentResourceOptions,
): MetricsTarget[] {
  const waitFor = (...needed: pulumi.Resource[]) => ({ ...inDocker, dependsOn: needed });
  return [
    new PostgresExporter(
      'postgres-exporter',
      { ...args, server: postgres.internal, database, monitor },
      waitFor(pgbouncer),
    ).metrics,
    new PgBouncerExporter(
      'pgbouncer-exporter',
      { ...args, pooler: pgbouncer.internal, monitor },
      waitFor(pgbouncer),
    ).metrics,
    ...servers.map(
      (redis) =>
        new RedisExporter(
          `${redis.internal.host}-exporter`,
          {
            ...args,
            job: redis.internal.host,
            redis: redis.internal,
            monitor: redis.monitor,
            countsWaiting: redis.internal.host === 'redis-queue',
          },
          waitFor(redis),
        ).metrics,
    ),
  ];
}
