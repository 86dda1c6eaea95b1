/** The settings of the servers as people write them: Postgres, the pool, Redis, and what measures them. */
import { cpus, duration, flag, group, oneOf, port, size, text, whole } from './fields.ts';
import { databaseNameProblem, volumeNameProblem } from './names.ts';
import { settingsShape } from './settings.ts';

export const postgres = group(
  {
    port: port(55432, 'The direct endpoint'),
    database: text(
      databaseNameProblem,
      'The database. Default: the one that the application names.',
    ),
    memory: size(
      '128MiB',
      '1024GiB',
      'Memory of the container. Default: 512MiB, 2GiB, 8GiB by preset.',
    ),
    cpus: cpus(),
    maxConnections: whole(
      20,
      10_000,
      'Connections the server takes. Default: 40, 100, 300 by preset.',
    ),
    sharedBuffers: size(
      '16MiB',
      '1024GiB',
      'Postgres shared_buffers. Default: a quarter of the memory.',
    ),
    effectiveCacheSize: size(
      '16MiB',
      '1024GiB',
      'Postgres effective_cache_size. Default: three quarters of the memory.',
    ),
    workMem: size(
      '64KiB',
      '16GiB',
      'Postgres work_mem. Default: what is left for each connection.',
    ),
    maintenanceWorkMem: size(
      '1MiB',
      '16GiB',
      'Postgres maintenance_work_mem. Default: a sixteenth of the memory.',
    ),
    slowQuery: duration('1ms', '1h', 'Queries that take longer are logged. Default 1s.'),
    volume: group(
      {
        onDestroy: oneOf(
          ['delete', 'keep'],
          'What pulumi destroy does with the data. Default keep.',
        ),
        name: text(
          volumeNameProblem,
          'The volume to serve, where a restore has made another. Default plinth-<stack>-postgres-data.',
        ),
      },
      'The data volume.',
    ),
    settings: group(settingsShape(), "Further lines of postgresql.conf, in Postgres's own words."),
  },
  'The database server.',
);

export const pgbouncer = group(
  {
    port: port(6432, 'The pooled endpoint'),
    poolMode: oneOf(
      ['transaction', 'session'],
      'When a server connection goes back to the pool. Default transaction.',
    ),
    maxClientConn: whole(10, 100_000, 'Clients at one time. Default: 200, 1000, 5000 by preset.'),
    defaultPoolSize: whole(
      1,
      5000,
      'Server connections of one login. Default: 5, 20, 60 by preset.',
    ),
    reservePoolSize: whole(0, 5000, 'Further ones under pressure. Default: 2, 5, 15 by preset.'),
    reservePoolTimeoutSec: whole(1, 60, 'Wait before the reserve is used. Default 5.'),
    maxDbConnections: whole(
      1,
      10_000,
      'Server connections in all. Default: 20, 50, 200 by preset.',
    ),
    maxUserConnections: whole(
      1,
      10_000,
      'Server connections of one login in all. Default: 20, 100, 200 by preset.',
    ),
    maxPreparedStatements: whole(
      0,
      10_000,
      'Prepared statements a server connection keeps; 0 is off. Default 200.',
    ),
    // A longer pause would turn a restart of Postgres that takes a second into an outage of that length.
    serverLoginRetrySec: whole(1, 3, 'Pause after a failed login to Postgres. Default 1.'),
    queryWaitTimeoutSec: whole(
      5,
      3600,
      'How long a query may wait for a server connection. Default 120.',
    ),
    serverIdleTimeoutSec: whole(
      10,
      86_400,
      'After which an unused server connection is closed. Default 600.',
    ),
    memory: size(
      '32MiB',
      '64GiB',
      'Memory of the container. Default: 64MiB, 128MiB, 256MiB by preset.',
    ),
    cpus: cpus(),
  },
  'The connection pool.',
);

const redisProfile = (fallbackPort: number, defaults: string) => ({
  enabled: flag('Whether it is there at all. Default true.'),
  port: port(fallbackPort, 'The endpoint'),
  maxmemory: size('8MiB', '1024GiB', `What the data may take. Default: ${defaults} by preset.`),
  memory: size('32MiB', '2048GiB', 'Memory of the container. Default: derived from maxmemory.'),
  cpus: cpus(),
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
          'What goes when the cache is full. Default allkeys-lru.',
        ),
      },
      'A cache: evicts when full, keeps nothing on disk.',
    ),
    queue: group(
      {
        ...redisProfile(56380, '64MiB, 256MiB, 512MiB'),
        appendfsync: oneOf(
          ['always', 'everysec'],
          'When a write is forced to disk. Default everysec.',
        ),
      },
      'A queue: refuses writes when full, keeps everything on disk.',
    ),
  },
  'The two Redis servers.',
);

export const exporters = group(
  {
    enabled: flag('Whether the services are measured. Default true.'),
    memory: size(
      '16MiB',
      '16GiB',
      'Memory of each exporter. Default: 64MiB, 64MiB, 128MiB by preset.',
    ),
    cpus: cpus(),
  },
  'The metrics exporters; their ports are not published.',
);
