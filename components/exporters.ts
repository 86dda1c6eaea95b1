/** What measures the servers of an environment, one beside each. */
import type * as pulumi from '@pulumi/pulumi';
import type { EnvironmentConfig } from '../config/environment.ts';
import type { Environment } from './environment.ts';
import type { MetricsTarget, Surroundings } from './types.ts';
import { PgBouncerExporter } from './pgbouncer/exporter.ts';
import { PostgresExporter } from './postgres/exporter.ts';
import { RedisExporter } from './redis/exporter.ts';

export function exporters(
  config: EnvironmentConfig,
  shared: Surroundings & { readonly image: pulumi.Input<string> },
  environment: Environment,
  inDocker: pulumi.ComponentResourceOptions,
): MetricsTarget[] {
  const args = { ...shared, limits: config.exporters };
  const { postgres, pgbouncer, credentials } = environment;
  const monitor = credentials[config.users.monitor.name];
  if (monitor === undefined) throw new Error('the monitor user is missing');
  const waitFor = (...needed: pulumi.Resource[]) => ({ ...inDocker, dependsOn: needed });
  return [
    new PostgresExporter(
      'postgres-exporter',
      { ...args, server: postgres.internal, database: config.postgres.database, monitor },
      waitFor(pgbouncer),
    ).metrics,
    new PgBouncerExporter(
      'pgbouncer-exporter',
      { ...args, pooler: pgbouncer.internal, monitor },
      waitFor(pgbouncer),
    ).metrics,
    ...environment.redis.map(
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
