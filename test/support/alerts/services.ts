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
    summary: 'PgBouncer is down',
    description:
      'PgBouncer does not accept connections: its exporter and the probe report 0; expected: 1. Applications reach the database only through PgBouncer.',
  },
  {
    alert: 'PoolerDown',
    when: 'only the probe is left to say so',
    series: { [PORT]: gauge([1, 60], [0, 120], [1, 120]) },
    holdsSec: 60,
    goneSec: 180,
    summary: 'PgBouncer is down',
    description:
      'PgBouncer does not accept connections: its exporter and the probe report 0; expected: 1. Applications reach the database only through PgBouncer.',
  },
  {
    alert: 'PoolerProbeFailing',
    series: {
      [probes('ok')]: counter([1, 120], [0, 180], [1, 300]),
      [probes('failed')]: counter([0, 120], [1, 180], [0, 300]),
    },
    holdsSec: 195,
    goneSec: 360,
    summary: 'Queries through PgBouncer fail',
    description:
      '100% of the queries through PgBouncer failed within 2 min; the alert fires above 50 %.',
  },
  {
    alert: 'PoolWaiting',
    series: { [`pgbouncer_pools_client_maxwait_seconds${POOL}`]: gauge([5, 60], [7, 90], [0, 60]) },
    holdsSec: 60,
    goneSec: 150,
    labels: { database: 'classrooms', user: 'app_a' },
    summary: 'Clients of app_a wait for a server connection',
    description:
      'A client of app_a in classrooms has waited 7s for a server connection; the alert fires above 5 s.',
  },
  {
    alert: 'PoolerClientsNearLimit',
    series: {
      [`pgbouncer_used_clients${POOLER}`]: gauge([160, 60], [170, 180], [10, 60]),
      [`pgbouncer_config_max_client_connections${POOLER}`]: gauge([200, 360]),
    },
    holdsSec: 60,
    goneSec: 240,
    summary: 'PgBouncer is close to its client limit',
    description:
      '85% of the 200 client connections of PgBouncer are in use; the alert fires above 80 %.',
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
    summary: 'redis-queue is down',
    description: 'The exporter cannot connect to Redis: redis_up of redis-queue is 0; expected: 1.',
  },
  {
    alert: 'RedisRejectsConnections',
    series: { [`redis_rejected_connections_total${CACHE}`]: jump(60, 3, 600) },
    holdsSec: 60,
    goneSec: 360,
    labels: { job: 'redis-cache' },
    summary: 'redis-cache rejects connections',
    description: 'redis-cache rejected 3 connections within 5 min; expected: 0.',
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
    summary: 'The queue cannot write to disk',
    description:
      'The last write, rewrite or save to disk of redis-queue failed: the status is 0; expected: 1. A restart now would lose jobs.',
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
    summary: 'The queue cannot write to disk',
    description:
      'The last write, rewrite or save to disk of redis-queue failed: the status is 0; expected: 1. A restart now would lose jobs.',
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
    summary: 'The queue evicts keys',
    description: 'redis-queue evicted 5 keys within 10 min; expected: 0.',
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
    description: 'redis-queue uses 90% of its maxmemory; the alert fires above 80 %.',
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
    description: 'The cache uses 100% of its maxmemory; the alert fires above 80 %.',
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
      'The slowest 5 % of the hgetall commands in redis-cache take 3.001s on average; the alert fires above 2 s.',
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
    description:
      'The slowest 5 % of the keys commands in redis-cache take 4s on average; the alert fires above 2 s.',
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
    summary: 'Jobs accumulate in bull:mail:wait',
    description: '1.5k jobs wait in bull:mail:wait; the alert fires above 1000.',
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
    summary: 'shop is down',
    description: 'Prometheus cannot scrape shop: up is 0; expected: 1.',
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
    summary: 'shop returns errors',
    description:
      '9.091% of the responses of shop within 5 min were 5xx; the alert fires above 5 %.',
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
    summary: 'shop uses nearly all memory',
    description: "shop uses 95% of the host's memory; the alert fires above 90 %.",
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
    summary: 'The probe homepage fails',
    description: 'The probe of https://example.org/ fails: probe_success is 0; expected: 1.',
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
    summary: 'The certificate of homepage expires soon',
    description:
      'The certificate of https://example.org/ expires in 2.996 days; the alert fires below 14.',
  },
];
