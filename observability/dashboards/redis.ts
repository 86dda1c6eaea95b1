import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { share } from './expressions.ts';
import { graph, number, tile } from './panels.ts';
import { above, board, type Board, line, only, row } from './builders.ts';

const CACHE = '{job="redis-cache"}';
const QUEUE = '{job="redis-queue"}';
/** Jobs that nobody took yet. */
const WAITING = '{job="redis-queue",key=~"bull:.+:wait"}';
const rate = (metric: string) => `sum by (job) (rate(redis_${metric}[$__rate_interval]))`;
const cacheRate = (metric: string) => `sum(rate(redis_${metric}${CACHE}[$__rate_interval]))`;
// What a command without a call took is no number, and not above 0.
const quick =
  'histogram_quantile(0.95, sum by (job, cmd, le) (rate(redis_commands_latencies_usec_bucket[$__rate_interval])))';
const memory = 'redis_memory_used_bytes / (redis_memory_max_bytes > 0)';

/** Does Redis have room, and do jobs get done? */
export function redisBoard(t: Thresholds, { redis }: EnvironmentConfig): Board {
  const hits = share(
    cacheRate('keyspace_hits_total'),
    `${cacheRate('keyspace_hits_total')} + ${cacheRate('keyspace_misses_total')}`,
    1,
  );
  return board('redis', 'Does Redis have room, and do jobs get done?', [
    row(
      'Is it well?',
      line(
        4,
        ...only(
          redis.cache.enabled,
          tile('Cache', {
            shows: 'Whether the cache answers.',
            normal: 'Answers.',
            ifNot: 'the application must do without it, more slowly.',
            alert: 'RedisDown',
            expr: `1 - min(redis_up${CACHE})`,
            fine: 'Answers',
            wrong: 'DOWN',
          }),
          number('Does the cache help?', {
            shows: 'Reads that found something, of all reads of the cache.',
            normal: 'above 80 % for most applications; 100 % while nothing is read.',
            ifNot: 'keys are thrown away before they are used again, or never found.',
            unit: 'ratio',
            // Without reads nothing was missed.
            expr: hits,
          }),
        ),
        ...only(
          redis.queue.enabled,
          tile('Queue', {
            shows: 'Whether the queue answers.',
            normal: 'Answers.',
            ifNot: 'no job is taken or done. Nothing is lost: it is on disk.',
            alert: 'RedisDown',
            expr: `1 - min(redis_up${QUEUE})`,
            fine: 'Answers',
            wrong: 'DOWN',
          }),
          tile('Queue on disk', {
            shows: 'Whether the last write to the log of the queue succeeded.',
            normal: 'Kept.',
            ifNot: 'jobs would be lost in a restart: is its disk full?',
            alert: 'RedisPersistenceFailing',
            expr: `1 - min(redis_aof_last_write_status${QUEUE})`,
            fine: 'Kept',
            wrong: 'NOT KEPT',
          }),
          number('How many jobs wait?', {
            shows: 'The longest list of waiting jobs.',
            normal: `below ${String(t.queueBacklog)}.`,
            ifNot: 'workers are down or too few.',
            alert: 'QueueBacklog',
            unit: 'count',
            // No list, no jobs.
            expr: `max(redis_key_size${WAITING}) or vector(0)`,
            limit: above(t.queueBacklog),
          }),
        ),
        number('How full is the fuller one?', {
          shows: 'Memory of the data, of what it may take.',
          normal: `below ${String(t.redisMemoryPercent)} %; a cache may stay full.`,
          ifNot: 'a full queue refuses jobs; a full cache throws old keys away.',
          unit: 'ratio',
          expr: `max(${memory})`,
          limit: above(t.redisMemoryPercent / 100),
        }),
      ),
    ),
    row(
      'How is it going?',
      line(
        8,
        graph('How full is it?', {
          shows: 'Memory of the data, of what it may take.',
          normal: `below ${String(t.redisMemoryPercent)} %.`,
          ifNot: 'look for keys without an end, or for jobs that wait.',
          unit: 'ratio',
          lines: { '{{job}}': `max by (job) (${memory})` },
          limit: above(t.redisMemoryPercent / 100),
        }),
        graph('How long do commands take?', {
          shows: '95 of 100 are done in that time; the five slowest commands.',
          normal: 'far below a millisecond.',
          ifNot: 'a command reads a whole list or set: see the slow log.',
          alert: 'RedisLatencyHigh',
          unit: 'seconds',
          lines: {
            '{{job}} {{cmd}}': `topk(5, ${quick} > 0) / 1000000`,
          },
          limit: above(t.redisLatencySec),
        }),
        graph('How many commands?', {
          shows: 'Commands a second that were done.',
          normal: 'follows the day of the application.',
          ifNot: 'a loop without a pause looks like a wall.',
          unit: 'perSecond',
          lines: { '{{job}}': rate('commands_processed_total') },
        }),
      ),
      line(
        8,
        graph('How many clients?', {
          shows: 'Connections to each Redis.',
          normal: 'flat.',
          ifNot: 'a line that only rises is a leak.',
          unit: 'count',
          lines: { '{{job}}': 'sum by (job) (redis_connected_clients)' },
        }),
        graph('What is thrown away or refused?', {
          shows:
            'Keys that were evicted because memory was full, and connections and logins refused.',
          normal: 'evictions of a full cache only.',
          ifNot: 'the queue must never evict; refused logins have the wrong password or rights.',
          alert: 'RedisRejectsConnections',
          unit: 'perSecond',
          lines: {
            '{{job}} evicted': rate('evicted_keys_total'),
            '{{job}} connections refused': rate('rejected_connections_total'),
            '{{job}} logins refused': rate('acl_access_denied_auth_total'),
            '{{job}} commands refused': rate('acl_access_denied_cmd_total'),
          },
        }),
        graph('How many keys?', {
          shows: 'Keys of all databases.',
          normal: 'flat, or with the day.',
          ifNot: 'keys without an end add up: set one.',
          unit: 'count',
          lines: { '{{job}}': 'sum by (job) (redis_db_keys)' },
        }),
      ),
      ...only(
        redis.queue.enabled,
        line(
          8,
          graph('Which jobs wait?', {
            shows: 'Entries of each list of the queue.',
            normal: `below ${String(t.queueBacklog)}, and back to 0.`,
            ifNot: 'a line that only rises has no worker.',
            alert: 'QueueBacklog',
            unit: 'count',
            lines: {
              // No list, no jobs.
              '{{key}}': `max by (key) (redis_key_size${WAITING}) or on () vector(0)`,
            },
            limit: above(t.queueBacklog),
          }),
        ),
      ),
    ),
  ]);
}
