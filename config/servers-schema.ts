/** Schema of the settings of the servers: Postgres, PgBouncer, Redis and their exporters. */
import { cpus, duration, bool, group, oneOf, port, size, text, int } from './zod-types.ts';
import { databaseNameProblem, volumeNameProblem } from './names.ts';
import { settingsShape } from './settings.ts';

export const postgres = group(
  {
    port: port(55432, 'Port of Postgres (direct connections)'),
    database: text(
      databaseNameProblem,
      'Name of the database. Default: the one that the application names.',
    ),
    memory: size(
      '128MiB',
      '1024GiB',
      'Memory limit of the container. Default: 512MiB, 2GiB, 8GiB by preset.',
    ),
    cpus: cpus(),
    maxConnections: int(20, 10_000, 'Postgres max_connections. Default: 40, 100, 300 by preset.'),
    sharedBuffers: size(
      '16MiB',
      '1024GiB',
      'Postgres shared_buffers. Default: a quarter of postgres.memory.',
    ),
    effectiveCacheSize: size(
      '16MiB',
      '1024GiB',
      'Postgres effective_cache_size. Default: three quarters of postgres.memory.',
    ),
    workMem: size(
      '64KiB',
      '16GiB',
      'Postgres work_mem. Default: the remaining memory, divided by max_connections.',
    ),
    maintenanceWorkMem: size(
      '1MiB',
      '16GiB',
      'Postgres maintenance_work_mem. Default: a sixteenth of postgres.memory.',
    ),
    slowQuery: duration(
      '1ms',
      '1h',
      'Queries that take longer are logged (log_min_duration_statement). Default 1s.',
    ),
    volume: group(
      {
        onDestroy: oneOf(
          ['delete', 'keep'],
          'Whether pulumi destroy deletes or keeps the data volume. Default keep.',
        ),
        name: text(
          volumeNameProblem,
          'Name of the Docker volume. Set it to switch to a volume that a restore created. Default plinth-<stack>-postgres-data.',
        ),
      },
      'The data volume.',
    ),
    settings: group(
      settingsShape(),
      'Additional parameters of postgresql.conf, with the names and units of Postgres.',
    ),
  },
  'The Postgres server.',
);

export const pgbouncer = group(
  {
    port: port(6432, 'Port of PgBouncer (pooled connections)'),
    poolMode: oneOf(
      ['transaction', 'session'],
      'PgBouncer pool_mode: when a server connection is returned to the pool. Default transaction.',
    ),
    maxClientConn: int(
      10,
      100_000,
      'PgBouncer max_client_conn: maximum number of client connections. Default: 200, 1000, 5000 by preset.',
    ),
    defaultPoolSize: int(
      1,
      5000,
      'PgBouncer default_pool_size: server connections per login role. Default: 5, 20, 60 by preset.',
    ),
    reservePoolSize: int(
      0,
      5000,
      'PgBouncer reserve_pool_size: additional server connections when clients wait. Default: 2, 5, 15 by preset.',
    ),
    reservePoolTimeoutSec: int(
      1,
      60,
      'PgBouncer reserve_pool_timeout: seconds that a client waits before the reserve pool is used. Default 5.',
    ),
    maxDbConnections: int(
      1,
      10_000,
      'PgBouncer max_db_connections: server connections of all login roles together. Default: 20, 50, 200 by preset.',
    ),
    maxUserConnections: int(
      1,
      10_000,
      'PgBouncer max_user_connections: server connections of one login role in all databases. Default: 20, 100, 200 by preset.',
    ),
    maxPreparedStatements: int(
      0,
      10_000,
      'PgBouncer max_prepared_statements: prepared statements per server connection; 0 disables them. Default 200.',
    ),
    // After a restart of Postgres, clients wait at least this long: a longer pause extends a restart of one second.
    serverLoginRetrySec: int(
      1,
      3,
      'PgBouncer server_login_retry: seconds to wait after a failed login to Postgres. Default 1.',
    ),
    queryWaitTimeoutSec: int(
      5,
      3600,
      'PgBouncer query_wait_timeout: seconds that a query may wait for a server connection. Default 120.',
    ),
    serverIdleTimeoutSec: int(
      10,
      86_400,
      'PgBouncer server_idle_timeout: seconds after which an idle server connection is closed. Default 600.',
    ),
    memory: size(
      '32MiB',
      '64GiB',
      'Memory limit of the container. Default: 64MiB, 128MiB, 256MiB by preset.',
    ),
    cpus: cpus(),
  },
  'PgBouncer, the connection pooler.',
);

const redisProfile = (fallbackPort: number, defaults: string) => ({
  enabled: bool('Whether this Redis server is deployed. Default true.'),
  port: port(fallbackPort, 'Port of this Redis server'),
  maxmemory: size(
    '8MiB',
    '1024GiB',
    `Redis maxmemory: memory limit of the data. Default: ${defaults} by preset.`,
  ),
  memory: size(
    '32MiB',
    '2048GiB',
    'Memory limit of the container. Default: derived from maxmemory.',
  ),
  cpus: cpus(),
  hz: int(
    1,
    500,
    'Redis hz: runs of the background tasks per second. Below 10, an idle server uses less CPU and expired keys are removed later. Default: 2, 10, 10 by preset.',
  ),
});

export const redis = group(
  {
    cache: group(
      {
        ...redisProfile(56379, '64MiB, 256MiB, 1GiB'),
        evictionPolicy: oneOf(
          [
            'allkeys-lru',
            'allkeys-lfu',
            'allkeys-random',
            'volatile-lru',
            'volatile-lfu',
            'volatile-random',
            'volatile-ttl',
          ],
          'Redis maxmemory-policy: which keys are evicted when the cache is full. Default allkeys-lru.',
        ),
      },
      'The cache: evicts keys when full and writes nothing to disk.',
    ),
    queue: group(
      {
        ...redisProfile(56380, '64MiB, 256MiB, 512MiB'),
        appendfsync: oneOf(
          ['always', 'everysec'],
          'Redis appendfsync: when a write is flushed to disk. Default everysec.',
        ),
      },
      'The queue: refuses writes when full and persists all data to disk.',
    ),
  },
  'The two Redis servers.',
);

export const exporters = group(
  {
    enabled: bool('Whether a metrics exporter is deployed for each service. Default true.'),
    memory: size(
      '16MiB',
      '16GiB',
      'Memory limit of each exporter. Default: 64MiB, 64MiB, 128MiB by preset.',
    ),
    cpus: cpus(),
  },
  'The metrics exporters; their ports are not published.',
);
