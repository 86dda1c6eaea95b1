import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { share } from './expressions.ts';
import { graph, number, tile } from './panels.ts';
import { above, board, type Board, line, only, row } from './builders.ts';

const CACHE = '{job="redis-cache"}';
const QUEUE = '{job="redis-queue"}';
/** Jobs that no worker has taken yet. */
const WAITING = '{job="redis-queue",key=~"bull:.+:wait"}';
const rate = (metric: string) => `sum by (job) (rate(redis_${metric}[$__rate_interval]))`;
const cacheRate = (metric: string) => `sum(rate(redis_${metric}${CACHE}[$__rate_interval]))`;
// For a command without calls the result is NaN, which `> 0` drops.
const quick =
  'histogram_quantile(0.95, sum by (job, cmd, le) (rate(redis_commands_latencies_usec_bucket[$__rate_interval])))';
const memory = 'redis_memory_used_bytes / (redis_memory_max_bytes > 0)';

/** Redis: the cache and the queue. */
export function redisBoard(t: Thresholds, { redis }: EnvironmentConfig): Board {
  const hits = share(
    cacheRate('keyspace_hits_total'),
    `${cacheRate('keyspace_hits_total')} + ${cacheRate('keyspace_misses_total')}`,
    1,
  );
  return board('redis', 'Does Redis have free memory, and are jobs processed?', [
    row(
      'Health',
      line(
        4,
        ...only(
          redis.cache.enabled,
          tile('Cache', {
            shows: 'Whether the cache responds.',
            normal: 'Answers.',
            ifNot: 'applications run without the cache and are slower.',
            alert: 'RedisDown',
            expr: `1 - min(redis_up${CACHE})`,
            fine: 'Answers',
            wrong: 'DOWN',
          }),
          number('Cache hit ratio', {
            shows: 'Reads that found a key, relative to all reads of the cache.',
            normal: 'above 80 % for most applications; 100 % without reads.',
            ifNot: 'keys are evicted before they are used again, or never stored.',
            unit: 'ratio',
            // Without reads there are no misses.
            expr: hits,
          }),
        ),
        ...only(
          redis.queue.enabled,
          tile('Queue', {
            shows: 'Whether the queue responds.',
            normal: 'Answers.',
            ifNot: 'no jobs are queued or processed. No job is lost: the queue is stored on disk.',
            alert: 'RedisDown',
            expr: `1 - min(redis_up${QUEUE})`,
            fine: 'Answers',
            wrong: 'DOWN',
          }),
          tile('Queue persistence', {
            shows: 'Whether the last write to the append-only file of the queue succeeded.',
            normal: 'Kept.',
            ifNot: 'a restart would lose jobs: is the disk full?',
            alert: 'RedisPersistenceFailing',
            expr: `1 - min(redis_aof_last_write_status${QUEUE})`,
            fine: 'Kept',
            wrong: 'NOT KEPT',
          }),
          number('Waiting jobs', {
            shows: 'Length of the longest list of waiting jobs.',
            normal: `below ${String(t.queueBacklog)}.`,
            ifNot: 'workers are down, or there are too few.',
            alert: 'QueueBacklog',
            unit: 'count',
            // Without a list there are no waiting jobs.
            expr: `max(redis_key_size${WAITING}) or vector(0)`,
            limit: above(t.queueBacklog),
          }),
        ),
        number('Highest memory usage', {
          shows: 'Used memory, relative to maxmemory.',
          normal: `below ${String(t.redisMemoryPercent)} %. A full cache is normal.`,
          ifNot: 'a full queue rejects jobs; a full cache evicts keys.',
          unit: 'ratio',
          expr: `max(${memory})`,
          limit: above(t.redisMemoryPercent / 100),
        }),
      ),
    ),
    row(
      'Activity',
      line(
        8,
        graph('Memory usage', {
          shows: 'Used memory, relative to maxmemory.',
          normal: `below ${String(t.redisMemoryPercent)} %.`,
          ifNot: 'look for keys without a TTL, or for waiting jobs.',
          unit: 'ratio',
          lines: { '{{job}}': `max by (job) (${memory})` },
          limit: above(t.redisMemoryPercent / 100),
        }),
        graph('Command duration', {
          shows: '95th percentile of the command duration, for the five slowest commands.',
          normal: 'far below one millisecond.',
          ifNot: 'a command reads a whole list or set: see SLOWLOG.',
          alert: 'RedisLatencyHigh',
          unit: 'seconds',
          lines: {
            '{{job}} {{cmd}}': `topk(5, ${quick} > 0) / 1000000`,
          },
          limit: above(t.redisLatencySec),
        }),
        graph('Commands', {
          shows: 'Processed commands per second.',
          normal: 'follows the daily load of the application.',
          ifNot: 'a sudden plateau points to a busy loop in an application.',
          unit: 'perSecond',
          lines: { '{{job}}': rate('commands_processed_total') },
        }),
      ),
      line(
        8,
        graph('Connected clients', {
          shows: 'Connections to each Redis server.',
          normal: 'flat.',
          ifNot: 'a line that only rises is a connection leak.',
          unit: 'count',
          lines: { '{{job}}': 'sum by (job) (redis_connected_clients)' },
        }),
        graph('Evictions and rejections', {
          shows:
            'Keys evicted because memory was full, and rejected connections, logins and commands.',
          normal: 'only evictions from a full cache.',
          ifNot:
            'the queue must never evict keys. Rejected logins have a wrong password or lack privileges.',
          alert: 'RedisRejectsConnections',
          unit: 'perSecond',
          lines: {
            '{{job}} evicted': rate('evicted_keys_total'),
            '{{job}} connections refused': rate('rejected_connections_total'),
            '{{job}} logins refused': rate('acl_access_denied_auth_total'),
            '{{job}} commands refused': rate('acl_access_denied_cmd_total'),
          },
        }),
        graph('Keys', {
          shows: 'Number of keys in all databases.',
          normal: 'flat, or follows the daily load.',
          ifNot: 'keys without a TTL accumulate: set one.',
          unit: 'count',
          lines: { '{{job}}': 'sum by (job) (redis_db_keys)' },
        }),
      ),
      ...only(
        redis.queue.enabled,
        line(
          8,
          graph('Waiting jobs by list', {
            shows: 'Number of entries in each list of waiting jobs.',
            normal: `below ${String(t.queueBacklog)}, and back to 0.`,
            ifNot: 'a line that only rises means that no worker processes the list.',
            alert: 'QueueBacklog',
            unit: 'count',
            lines: {
              // Without a list there are no waiting jobs.
              '{{key}}': `max by (key) (redis_key_size${WAITING}) or on () vector(0)`,
            },
            limit: above(t.queueBacklog),
          }),
        ),
      ),
    ),
  ]);
}
