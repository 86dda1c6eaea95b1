/** The scrape jobs that an environment must have. Pure. */
import type { EnvironmentConfig } from '../../config/environment.ts';

/** The jobs of the environment's own containers. */
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

/** The same, plus the jobs of the applications. */
export function jobsOf(config: EnvironmentConfig): readonly string[] {
  return [...ownJobs(config), ...config.monitoring.applications.map(({ name }) => name)];
}
