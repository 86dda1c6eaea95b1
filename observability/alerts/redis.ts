/** Redis, the cache and the queue. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { Alert, RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

const REJECTED_WINDOW_SEC = 300;
const EVICTED_WINDOW_SEC = 600;
const LATENCY_WINDOW_SEC = 300;
const QUEUE = 'job="redis-queue"';
/** Commands that wait on purpose for something to come. */
const BLOCKING = 'b[lrz].*|xread.*|wait.*|.*subscribe.*';
const SLOW_PERCENT = 5;

/** The bounds of Redis's latency histogram below a second, in microseconds: powers of two, as its HDR histogram rounds them. */
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
        // Without a limit there is no share of it.
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
        why: 'Two measurements in a row at the default interval: a restart of Redis takes less.',
        summary: '{{ $labels.job }} does not answer',
        description:
          'Redis does not answer its exporter: {{ $labels.job }} is {{ $value }}, where 1 is up.',
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
        why: 'Redis turns a client away only when maxclients are there: each one is an error that somebody got.',
        summary: '{{ $labels.job }} turns clients away',
        description: `{{ $labels.job }} turned {{ $value | humanize }} connections away within ${rangeInWords(t, REJECTED_WINDOW_SEC)}; there should be 0.`,
      },
      latency(t, of).alert,
      ...(cache.enabled ? [cacheMemory(t)] : []),
      ...(queue.enabled ? queueAlerts(t) : []),
    ],
  };
}

/**
 * Redis's own percentiles are of all commands since it was started, and count whatever took longer than a second as a second. So: of
 * the last minutes, the share of the commands above the histogram's last bound within the limit, and how long those took on average.
 */
function latency(t: Thresholds, of: string) {
  const limitUsec = t.redisLatencySec * 1_000_000;
  const within = LATENCY_BOUNDS.filter((bound) => bound <= limitUsec);
  const window = range(t, LATENCY_WINDOW_SEC);
  const labels = `${of}, cmd!~"${BLOCKING}"`;
  const all = `sum by (job, cmd) (rate(redis_commands_latencies_usec_count{${labels}}[${window}]))`;
  // Bounds are cumulative, so the largest of these is the number of commands within the limit.
  const quick = `max by (job, cmd) (rate(redis_commands_latencies_usec_bucket{${labels}, le=~"${within.join('|')}"}[${window}]))`;
  const seconds = `sum by (job, cmd) (rate(redis_commands_duration_seconds_total{${labels}}[${window}]))`;
  return {
    recordings: [
      // Where no command was quick, there is no such bound.
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
      why: `monitoring.thresholds.redisLatency: the slowest ${number(SLOW_PERCENT)} of a hundred (so the 95th percentile) take longer than ${time(t.redisLatencySec)}. Commands that wait on purpose are not counted.`,
      summary: '{{ $labels.cmd }} is slow in {{ $labels.job }}',
      description: `The slowest ${number(SLOW_PERCENT)} of a hundred {{ $labels.cmd }} in {{ $labels.job }} take {{ $value | humanizeDuration }}; the alert begins at ${time(t.redisLatencySec)}.`,
    } satisfies Alert,
  };
}

/** A full cache is what a cache is for, so nobody is woken: whoever looks sees it. */
function cacheMemory(t: Thresholds): Alert {
  return {
    name: 'RedisCacheFull',
    subject: 'redis',
    severity: 'info',
    expr: `redis:memory_used:ratio{job="redis-cache"} > ${share(t.redisMemoryPercent)}`,
    forSec: 900,
    why: `monitoring.thresholds.redisMemory: from ${number(t.redisMemoryPercent)} % of redis.cache.maxmemory on it soon throws entries away, which is right as long as hits stay many.`,
    summary: 'The cache is full',
    description: `The cache holds {{ $value | humanizePercentage }} of what it may; the alert begins at ${number(t.redisMemoryPercent)} %.`,
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
      why: `monitoring.thresholds.redisMemory: ${number(t.redisMemoryPercent)} % of redis.queue.maxmemory; at 100 % it refuses every write, as it must.`,
      summary: 'The queue is nearly full',
      description: `{{ $labels.job }} holds {{ $value | humanizePercentage }} of what it may; the alert begins at ${number(t.redisMemoryPercent)} %.`,
    },
    {
      name: 'RedisPersistenceFailing',
      subject: 'redis',
      severity: 'critical',
      expr:
        // All three are to count; `or` would keep the first.
        `min by (job) ({__name__=~"redis_(aof_last_write|aof_last_bgrewrite|rdb_last_bgsave)_status", ${QUEUE}}) == 0`,
      forSec: 60,
      why: 'The queue promises to keep its jobs: one failed write to its log breaks that. A minute, because the next write may succeed.',
      summary: 'The queue cannot write to its disk',
      description:
        'The last write or rewrite of the log of {{ $labels.job }} failed: its state is {{ $value }}, where 1 is good. A restart now would lose jobs.',
    },
    {
      name: 'RedisQueueEvicts',
      subject: 'redis',
      severity: 'critical',
      expr: `round(sum by (job) (increase(redis_evicted_keys_total{${QUEUE}}[${range(t, EVICTED_WINDOW_SEC)}]))) > 0`,
      forSec: 0,
      why: 'The queue is made with noeviction: a single entry thrown away is a lost job, and shows that it runs with another policy.',
      summary: 'The queue throws jobs away',
      description: `{{ $labels.job }} threw {{ $value | humanize }} entries away within ${rangeInWords(t, EVICTED_WINDOW_SEC)}; there should be 0.`,
    },
    {
      name: 'QueueBacklog',
      subject: 'redis',
      severity: 'warning',
      expr: `max by (key) (redis_key_size{${QUEUE}, key=~"bull:.+:wait"}) > ${number(t.queueBacklog)}`,
      forSec: 300,
      why: `monitoring.thresholds.queueBacklog: ${number(t.queueBacklog)} jobs; for five minutes, so that a burst which is worked off is none.`,
      summary: 'Jobs pile up in {{ $labels.key }}',
      description: `{{ $value | humanize }} jobs wait in {{ $labels.key }}; the alert begins at ${number(t.queueBacklog)}.`,
    },
  ];
}
