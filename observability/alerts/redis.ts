/** Redis: the cache and the queue. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { Alert, RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

const REJECTED_WINDOW_SEC = 300;
const EVICTED_WINDOW_SEC = 600;
const LATENCY_WINDOW_SEC = 300;
const QUEUE = 'job="redis-queue"';
/** Blocking commands, which wait for data by design. */
const BLOCKING = 'b[lrz].*|xread.*|wait.*|.*subscribe.*';
const SLOW_PERCENT = 5;

/** The bucket bounds of Redis's latency histogram below one second, in microseconds: powers of two, as its HDR histogram rounds them. */
export const LATENCY_BOUNDS: readonly number[] = Array.from({ length: 20 }, (_, power) =>
  Math.floor((1032 * 2 ** power - 1) / 1000),
);

export function redisRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const { cache, queue } = config.redis;
  const jobs = [
    ...(cache.enabled ? ['redis-cache'] : []),
    ...(queue.enabled ? ['redis-queue'] : []),
  ];
  const of = `job=~"${jobs.join('|')}"`;
  return {
    name: 'redis',
    recordings: [
      {
        record: 'redis:memory_used:ratio',
        // Without maxmemory there is no ratio.
        expr: `max by (job) (redis_memory_used_bytes{${of}} / (redis_memory_max_bytes{${of}} > 0))`,
      },
      {
        record: 'redis:keyspace_hits:ratio',
        expr:
          `sum by (job) (rate(redis_keyspace_hits_total{${of}}[${range(t, 300)}])) / (` +
          `sum by (job) (rate(redis_keyspace_hits_total{${of}}[${range(t, 300)}])) + ` +
          `sum by (job) (rate(redis_keyspace_misses_total{${of}}[${range(t, 300)}])))`,
      },
      ...latency(t, of).recordings,
    ],
    alerts: [
      {
        name: 'RedisDown',
        subject: 'redis',
        severity: 'critical',
        expr: `max by (job) (redis_up{${of}}) == 0`,
        forSec: 30,
        why: 'Two failed scrapes in a row at the default interval. A restart of Redis takes less.',
        summary: '{{ $labels.job }} is down',
        description:
          'The exporter cannot connect to Redis: redis_up of {{ $labels.job }} is {{ $value }}; expected: 1.',
        explains: [
          'RedisRejectsConnections',
          'RedisPersistenceFailing',
          'RedisQueueEvicts',
          'RedisMemoryHigh',
          'RedisCacheFull',
          'RedisLatencyHigh',
        ],
      },
      {
        name: 'RedisRejectsConnections',
        subject: 'redis',
        severity: 'warning',
        expr: `round(sum by (job) (increase(redis_rejected_connections_total{${of}}[${range(t, REJECTED_WINDOW_SEC)}]))) > 0`,
        forSec: 0,
        why: 'Redis rejects a connection only when maxclients is reached. Each rejection is an error in an application.',
        summary: '{{ $labels.job }} rejects connections',
        description: `{{ $labels.job }} rejected {{ $value | humanize }} connections within ${rangeInWords(t, REJECTED_WINDOW_SEC)}; expected: 0.`,
      },
      latency(t, of).alert,
      ...(cache.enabled ? [cacheMemory(t)] : []),
      ...(queue.enabled ? queueAlerts(t) : []),
    ],
  };
}

/**
 * Redis's own percentiles cover all commands since its start, and count every command above one second as one second. This
 * rule instead uses, for the last minutes, the share of commands above the largest bucket bound within the limit, and their
 * mean duration.
 */
function latency(t: Thresholds, of: string) {
  const limitUsec = t.redisLatencySec * 1_000_000;
  const within = LATENCY_BOUNDS.filter((bound) => bound <= limitUsec);
  const window = range(t, LATENCY_WINDOW_SEC);
  const labels = `${of}, cmd!~"${BLOCKING}"`;
  const all = `sum by (job, cmd) (rate(redis_commands_latencies_usec_count{${labels}}[${window}]))`;
  // Buckets are cumulative, so the largest of these is the number of commands within the limit.
  const quick = `max by (job, cmd) (rate(redis_commands_latencies_usec_bucket{${labels}, le=~"${within.join('|')}"}[${window}]))`;
  const seconds = `sum by (job, cmd) (rate(redis_commands_duration_seconds_total{${labels}}[${window}]))`;
  return {
    recordings: [
      // If no command was within the limit, no such bucket exists.
      { record: 'redis:slow_commands:rate', expr: `${all} - (${quick} or 0 * ${all})` },
      { record: 'redis:commands:rate', expr: all },
    ],
    alert: {
      name: 'RedisLatencyHigh',
      subject: 'redis',
      severity: 'warning',
      expr:
        `${seconds} / redis:slow_commands:rate > ${number(t.redisLatencySec)}\n` +
        `and redis:slow_commands:rate / redis:commands:rate > ${share(SLOW_PERCENT)}`,
      forSec: 120,
      why: `monitoring.thresholds.redisLatency: the slowest ${number(SLOW_PERCENT)} % of the commands (above the 95th percentile) take longer than ${time(t.redisLatencySec)}. Blocking commands are excluded.`,
      summary: '{{ $labels.cmd }} is slow in {{ $labels.job }}',
      description: `The slowest ${number(SLOW_PERCENT)} % of the {{ $labels.cmd }} commands in {{ $labels.job }} take {{ $value | humanizeDuration }} on average; the alert fires above ${time(t.redisLatencySec)}.`,
    } satisfies Alert,
  };
}

/** A full cache is normal, so the severity is only info. */
function cacheMemory(t: Thresholds): Alert {
  return {
    name: 'RedisCacheFull',
    subject: 'redis',
    severity: 'info',
    expr: `redis:memory_used:ratio{job="redis-cache"} > ${share(t.redisMemoryPercent)}`,
    forSec: 900,
    why: `monitoring.thresholds.redisMemory: from ${number(t.redisMemoryPercent)} % of redis.cache.maxmemory on, the cache soon evicts keys. That is normal while the hit ratio stays high.`,
    summary: 'The cache is full',
    description: `The cache uses {{ $value | humanizePercentage }} of its maxmemory; the alert fires above ${number(t.redisMemoryPercent)} %.`,
  };
}

function queueAlerts(t: Thresholds): Alert[] {
  return [
    {
      name: 'RedisMemoryHigh',
      subject: 'redis',
      severity: 'warning',
      expr: `redis:memory_used:ratio{${QUEUE}} > ${share(t.redisMemoryPercent)}`,
      forSec: 300,
      why: `monitoring.thresholds.redisMemory: ${number(t.redisMemoryPercent)} % of redis.queue.maxmemory. At 100 % the queue rejects every write (noeviction).`,
      summary: 'The queue is nearly full',
      description: `{{ $labels.job }} uses {{ $value | humanizePercentage }} of its maxmemory; the alert fires above ${number(t.redisMemoryPercent)} %.`,
    },
    {
      name: 'RedisPersistenceFailing',
      subject: 'redis',
      severity: 'critical',
      expr:
        // All three statuses count; `or` would keep only the first.
        `min by (job) ({__name__=~"redis_(aof_last_write|aof_last_bgrewrite|rdb_last_bgsave)_status", ${QUEUE}}) == 0`,
      forSec: 60,
      why: 'The queue must not lose jobs, and a failed write to its append-only file breaks that guarantee. The alert waits 1 min because the next write may succeed.',
      summary: 'The queue cannot write to disk',
      description:
        'The last write, rewrite or save to disk of {{ $labels.job }} failed: the status is {{ $value }}; expected: 1. A restart now would lose jobs.',
    },
    {
      name: 'RedisQueueEvicts',
      subject: 'redis',
      severity: 'critical',
      expr: `round(sum by (job) (increase(redis_evicted_keys_total{${QUEUE}}[${range(t, EVICTED_WINDOW_SEC)}]))) > 0`,
      forSec: 0,
      why: 'The queue uses the policy noeviction. A single evicted key is a lost job and shows that another policy is in effect.',
      summary: 'The queue evicts keys',
      description: `{{ $labels.job }} evicted {{ $value | humanize }} keys within ${rangeInWords(t, EVICTED_WINDOW_SEC)}; expected: 0.`,
    },
    {
      name: 'QueueBacklog',
      subject: 'redis',
      severity: 'warning',
      expr: `max by (key) (redis_key_size{${QUEUE}, key=~"bull:.+:wait"}) > ${number(t.queueBacklog)}`,
      forSec: 300,
      why: `monitoring.thresholds.queueBacklog: ${number(t.queueBacklog)} jobs. The alert waits 5 min to ignore short bursts.`,
      summary: 'Jobs accumulate in {{ $labels.key }}',
      description: `{{ $value | humanize }} jobs wait in {{ $labels.key }}; the alert fires above ${number(t.queueBacklog)}.`,
    },
  ];
}
