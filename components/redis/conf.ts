import type { RedisCacheConfig, RedisQueueConfig } from '../../config/environment.ts';

/** A Redis is either a cache, which may forget, or a queue, which must not. */
export type RedisProfile =
  | { readonly kind: 'cache'; readonly config: RedisCacheConfig }
  | { readonly kind: 'queue'; readonly config: RedisQueueConfig };

/** Lists of jobs that wait, as BullMQ names them. */
export const WAITING = 'bull:*:wait';

/** The server's redis.conf. */
export function redisConf(profile: RedisProfile): string {
  const settings: [string, string][] = [
    ['bind', '* -::*'],
    ['port', '6379'],
    // Every connection has to log in: the default user is off in the ACL file.
    ['protected-mode', 'no'],
    ['aclfile', '/run/secrets/users.acl'],
    ['dir', '/var/lib/redis'],
    ['logfile', '""'],
    ['daemonize', 'no'],
    ['supervised', 'no'],
    ['pidfile', '""'],
    ['maxmemory', String(profile.config.maxmemoryBytes)],
    ['enable-protected-configs', 'no'],
    ['enable-debug-command', 'no'],
    ['enable-module-command', 'no'],
    ['tcp-keepalive', '60'],
    ['latency-tracking-info-percentiles', '50 95 99'],
    ['timeout', '0'],
    ['hz', String(profile.config.hz)],
    ...persistence(profile),
  ];
  return settings.map(([name, value]) => `${name} ${value}\n`).join('');
}

function persistence(profile: RedisProfile): [string, string][] {
  switch (profile.kind) {
    case 'cache':
      return [
        ['maxmemory-policy', profile.config.evictionPolicy],
        ['save', '""'],
        ['appendonly', 'no'],
      ];
    case 'queue':
      return [
        // A queue that is full says so; it never drops a job to make room.
        ['maxmemory-policy', 'noeviction'],
        ['save', '""'],
        ['appendonly', 'yes'],
        ['appendfsync', profile.config.appendfsync],
        // A tail cut off by a crash is dropped; damage in the middle stops the start.
        ['aof-load-truncated', 'yes'],
      ];
  }
}
