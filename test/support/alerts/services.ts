import { counter, gauge, jump, type AlertCase } from './case.ts';

const POOL =
  '{job="pgbouncer", instance="pgbouncer-exporter", database="classrooms", user="app_a"}';
const POOLER = '{job="pgbouncer", instance="pgbouncer-exporter"}';
const PORT = 'probe_success{job="blackbox", probe="pgbouncer", instance="pgbouncer:6432"}';
const probes = (result: string) =>
  `plinth_probe_requests_total{job="watch", instance="watch", result="${result}"}`;

export const poolerCases: readonly AlertCase[] = [
  {
    alert: 'PoolerDown',
    when: 'its console does not answer, though its port opens',
    series: {
      [`pgbouncer_up${POOLER}`]: gauge([1, 60], [0, 120], [1, 120]),
      [PORT]: gauge([1, 300]),
    },
    holdsSec: 60,
    goneSec: 180,
    summary: 'PgBouncer does not answer',
    description:
      'Nobody gets an answer from the pooler: its exporter and the probe say 0, where 1 is up. Applications reach the database only through it.',
  },
  {
    alert: 'PoolerDown',
    when: 'only the probe is left to say so',
    series: { [PORT]: gauge([1, 60], [0, 120], [1, 120]) },
    holdsSec: 60,
    goneSec: 180,
    summary: 'PgBouncer does not answer',
    description:
      'Nobody gets an answer from the pooler: its exporter and the probe say 0, where 1 is up. Applications reach the database only through it.',
  },
  {
    alert: 'PoolerProbeFailing',
    series: {
      [probes('ok')]: counter([1, 120], [0, 180], [1, 300]),
      [probes('failed')]: counter([0, 120], [1, 180], [0, 300]),
    },
    holdsSec: 195,
    goneSec: 360,
    summary: 'Queries through the pooler fail',
    description:
      '100% of the queries through the pooler failed within 2 min; the alert begins at 50 %.',
  },
  {
    alert: 'PoolWaiting',
    series: { [`pgbouncer_pools_client_maxwait_seconds${POOL}`]: gauge([5, 60], [7, 90], [0, 60]) },
    holdsSec: 60,
    goneSec: 150,
    labels: { database: 'classrooms', user: 'app_a' },
    summary: 'Clients of app_a wait for a connection',
    description:
      'A client of app_a in classrooms has waited 7s for a server connection; the alert begins at 5 s.',
  },
  {
    alert: 'PoolerClientsNearLimit',
    series: {
      [`pgbouncer_used_clients${POOLER}`]: gauge([160, 60], [170, 180], [10, 60]),
      [`pgbouncer_config_max_client_connections${POOLER}`]: gauge([200, 360]),
    },
    holdsSec: 60,
    goneSec: 240,
    summary: 'PgBouncer has room for few more clients',
    description:
      '85% of the 200 clients that the pooler takes are there; the alert begins at 80 %.',
  },
];

const CACHE = '{job="redis-cache", instance="redis-cache-exporter"}';
const QUEUE = '{job="redis-queue", instance="redis-queue-exporter"}';
const command = (metric: string, cmd: string, more = '') =>
  `redis_commands_${metric}{job="redis-cache", instance="redis-cache-exporter", cmd="${cmd}"${more}}`;

export const redisCases: readonly AlertCase[] = [
  {
    alert: 'RedisDown',
    series: {
      [`redis_up${CACHE}`]: gauge([1, 300]),
      [`redis_up${QUEUE}`]: gauge([1, 60], [0, 60], [1, 120]),
    },
    holdsSec: 60,
    goneSec: 120,
    labels: { job: 'redis-queue' },
    summary: 'redis-queue does not answer',
    description: 'Redis does not answer its exporter: redis-queue is 0, where 1 is up.',
  },
  {
    alert: 'RedisRejectsConnections',
    series: { [`redis_rejected_connections_total${CACHE}`]: jump(60, 3, 600) },
    holdsSec: 60,
    goneSec: 360,
    labels: { job: 'redis-cache' },
    summary: 'redis-cache turns clients away',
    description: 'redis-cache turned 3 connections away within 5 min; there should be 0.',
  },
  {
    alert: 'RedisPersistenceFailing',
    series: {
      [`redis_aof_last_write_status${QUEUE}`]: gauge([1, 60], [0, 90], [1, 60]),
      [`redis_aof_last_bgrewrite_status${QUEUE}`]: gauge([1, 210]),
      [`redis_rdb_last_bgsave_status${QUEUE}`]: gauge([1, 210]),
    },
    holdsSec: 60,
    goneSec: 150,
    labels: { job: 'redis-queue' },
    summary: 'The queue cannot write to its disk',
    description:
      'The last write or rewrite of the log of redis-queue failed: its state is 0, where 1 is good. A restart now would lose jobs.',
  },
  {
    alert: 'RedisPersistenceFailing',
    when: 'its log cannot be written anew',
    series: {
      [`redis_aof_last_write_status${QUEUE}`]: gauge([1, 210]),
      [`redis_aof_last_bgrewrite_status${QUEUE}`]: gauge([1, 60], [0, 90], [1, 60]),
    },
    holdsSec: 60,
    goneSec: 150,
    labels: { job: 'redis-queue' },
    summary: 'The queue cannot write to its disk',
    description:
      'The last write or rewrite of the log of redis-queue failed: its state is 0, where 1 is good. A restart now would lose jobs.',
  },
  {
    alert: 'RedisQueueEvicts',
    series: {
      [`redis_evicted_keys_total${QUEUE}`]: jump(60, 5, 1200),
      [`redis_evicted_keys_total${CACHE}`]: jump(60, 5000, 1200),
    },
    holdsSec: 60,
    goneSec: 660,
    labels: { job: 'redis-queue' },
    summary: 'The queue throws jobs away',
    description: 'redis-queue threw 5 entries away within 10 min; there should be 0.',
  },
  {
    alert: 'RedisMemoryHigh',
    series: {
      [`redis_memory_used_bytes${QUEUE}`]: gauge([80, 60], [90, 360], [10, 60]),
      [`redis_memory_max_bytes${QUEUE}`]: gauge([100, 480]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { job: 'redis-queue' },
    summary: 'The queue is nearly full',
    description: 'redis-queue holds 90% of what it may; the alert begins at 80 %.',
  },
  {
    alert: 'RedisCacheFull',
    series: {
      [`redis_memory_used_bytes${CACHE}`]: gauge([80, 60], [100, 960], [10, 60]),
      [`redis_memory_max_bytes${CACHE}`]: gauge([100, 1080]),
    },
    holdsSec: 60,
    goneSec: 1020,
    labels: { job: 'redis-cache' },
    summary: 'The cache is full',
    description: 'The cache holds 100% of what it may; the alert begins at 80 %.',
  },
  {
    alert: 'RedisLatencyHigh',
    when: 'one command in five takes three seconds, which the histogram counts as one',
    series: {
      [command('latencies_usec_bucket', 'hgetall', ', le="264"')]: counter(
        [10, 300],
        [8, 300],
        [10, 900],
      ),
      [command('latencies_usec_bucket', 'hgetall', ', le="1.073741e+06"')]: counter([10, 1500]),
      [command('latencies_usec_count', 'hgetall')]: counter([10, 1500]),
      [command('duration_seconds_total', 'hgetall')]: counter(
        [0.002, 300],
        [6.0016, 300],
        [0.002, 900],
      ),
      // Waits for work on purpose.
      [command('latencies_usec_bucket', 'bzpopmin', ', le="1.073741e+06"')]: counter([1, 1500]),
      [command('latencies_usec_count', 'bzpopmin')]: counter([1, 1500]),
      [command('duration_seconds_total', 'bzpopmin')]: counter([5, 1500]),
    },
    holdsSec: 390,
    goneSec: 825,
    labels: { job: 'redis-cache', cmd: 'hgetall' },
    summary: 'hgetall is slow in redis-cache',
    description:
      'The slowest 5 of a hundred hgetall in redis-cache take 3.001s; the alert begins at 2 s.',
  },
  {
    alert: 'RedisLatencyHigh',
    when: 'every command is slow, so that no bound below is there',
    series: {
      [command('latencies_usec_bucket', 'keys', ', le="1.073741e+06"')]: counter(
        [1, 300],
        [0, 600],
      ),
      [command('latencies_usec_count', 'keys')]: counter([1, 300], [0, 600]),
      [command('duration_seconds_total', 'keys')]: counter([4, 300], [0, 600]),
    },
    holdsSec: 15,
    goneSec: 600,
    labels: { job: 'redis-cache', cmd: 'keys' },
    summary: 'keys is slow in redis-cache',
    description: 'The slowest 5 of a hundred keys in redis-cache take 4s; the alert begins at 2 s.',
  },
  {
    alert: 'QueueBacklog',
    series: {
      'redis_key_size{job="redis-queue", instance="redis-queue-exporter", db="db0", key="bull:mail:wait"}':
        gauge([1000, 60], [1500, 360], [3, 60]),
      'redis_key_size{job="redis-queue", instance="redis-queue-exporter", db="db0", key="bull:mail:completed"}':
        gauge([9000, 480]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { key: 'bull:mail:wait' },
    summary: 'Jobs pile up in bull:mail:wait',
    description: '1.5k jobs wait in bull:mail:wait; the alert begins at 1000.',
  },
];

const SHOP = 'job="shop", instance="shop:3000", subject="application"';

export const applicationCases: readonly AlertCase[] = [
  {
    alert: 'ApplicationDown',
    series: {
      [`up{${SHOP}}`]: gauge([1, 60], [0, 120], [1, 60]),
      'up{job="other"}': gauge([0, 300]),
    },
    holdsSec: 60,
    goneSec: 180,
    labels: { job: 'shop' },
    summary: 'shop does not answer',
    description: 'The metrics of shop cannot be read: up is 0, where 1 is up.',
  },
  ...['status', 'status_code', 'code'].map((label): AlertCase => ({
    alert: 'ApplicationErrorRateHigh',
    when: `its label is ${label}`,
    series: {
      [`http_requests_total{${SHOP}, method="GET", ${label}="200"}`]: counter([9, 1200]),
      [`http_requests_total{${SHOP}, method="GET", ${label}="503"}`]: counter(
        [0, 300],
        [1, 600],
        [0, 300],
      ),
    },
    holdsSec: 450,
    goneSec: 1065,
    labels: { job: 'shop' },
    summary: 'shop answers with errors',
    description: '9.091% of the answers of shop within 5 min were 5xx; the alert begins at 5 %.',
  })),
  {
    alert: 'ApplicationMemoryHigh',
    series: {
      [`process_resident_memory_bytes{${SHOP}}`]: gauge([9e9, 60], [9.5e9, 360], [1e9, 60]),
      'node_memory_MemTotal_bytes{job="node", instance="node-exporter"}': gauge([1e10, 480]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { job: 'shop' },
    summary: 'shop takes nearly all memory',
    description: "shop takes 95% of the host's memory; the alert begins at 90 %.",
  },
];

const PAGE = '{job="blackbox", probe="homepage", instance="https://example.org/"}';
const DAY = 86_400;

export const probeCases: readonly AlertCase[] = [
  {
    alert: 'ProbeFailing',
    series: {
      [`probe_success${PAGE}`]: gauge([1, 60], [0, 90], [1, 60]),
      [PORT]: gauge([0, 210]),
    },
    holdsSec: 60,
    goneSec: 150,
    labels: { probe: 'homepage', instance: 'https://example.org/' },
    summary: 'homepage does not answer',
    description:
      'https://example.org/ does not answer as it should: success is 0, where 1 is good.',
  },
  {
    alert: 'CertificateExpiring',
    series: {
      [`probe_ssl_earliest_cert_expiry${PAGE}`]: gauge(
        [30 * DAY, 60],
        [3 * DAY, 360],
        [90 * DAY, 60],
      ),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { probe: 'homepage', instance: 'https://example.org/' },
    summary: 'The certificate of homepage ends soon',
    description:
      'The certificate of https://example.org/ ends in 2.996 days; the alert begins at 14.',
  },
];
