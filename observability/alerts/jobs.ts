/** Prometheus's jobs: what must be measured in an environment. Pure. */
import type { EnvironmentConfig } from '../../config/environment.ts';

/** The jobs of the environment's own parts. */
export function ownJobs({ redis, backup }: EnvironmentConfig): readonly string[] {
  return [
    'alertmanager',
    ...(backup.enabled ? ['backup'] : []),
    'blackbox',
    'node',
    ...(backup.enabled && backup.pointInTime.enabled ? ['pgbackrest'] : []),
    'pgbouncer',
    'postgres',
    'prometheus',
    ...(redis.cache.enabled ? ['redis-cache'] : []),
    ...(redis.queue.enabled ? ['redis-queue'] : []),
    'watch',
  ];
}

/** With the applications. */
export function jobsOf(config: EnvironmentConfig): readonly string[] {
  return [...ownJobs(config), ...config.monitoring.applications.map(({ name }) => name)];
}
