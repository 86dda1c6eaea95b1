/**
 * Every kind of mistake, as it stands in a stack file, and the whole text of the one error it ends in.
 * A new rule of the configuration begins with its line here.
 */

/** What is wrong, what stands under `plinth:`, and the sentence it is told with. */
export const wrongConfigs: readonly (readonly [string, string, string])[] = [
  [
    'unknown key, nearest',
    'postgres: { maxConnection: 50 }',
    'postgres.maxConnection is not a setting: did you mean maxConnections?',
  ],
  [
    'unknown key in snake case',
    'postgres: { max_connections: 50 }',
    'postgres.max_connections is not a setting: did you mean maxConnections?',
  ],
  [
    'unknown key, nothing near',
    'exporters: { interval: 15 }',
    'exporters.interval is not a setting: exporters knows enabled, memory, cpus',
  ],
  [
    'unknown top-level key',
    'postgress: { port: 5432 }',
    'postgress is not a setting: did you mean postgres?',
  ],
  [
    'unknown top-level key, nothing near',
    'kafka: {}',
    'kafka is not a setting: an environment knows preset, timezone, postgres, pgbouncer, redis, exporters, backup, monitoring, logs, users, access, application, docker',
  ],
  [
    'dotted key',
    '"postgres.port": 5432',
    '["postgres.port"] is not a setting: write port indented under plinth:postgres',
  ],
  [
    'unknown profile',
    'redis: { cash: { enabled: true } }',
    'redis.cash is not a setting: redis knows cache, queue',
  ],
  [
    'a password in the file',
    'users: { app: { password: hunter2hunter2hunter2 } }',
    'users.app.password is not a setting: passwords are generated, not configured; increase users.<name>.rotation for a new one',
  ],
  [
    'a bind address',
    'pgbouncer: { listen: 0.0.0.0 }',
    'pgbouncer.listen is not a setting: ports are published on 127.0.0.1 only',
  ],
  [
    'like on a user of the platform',
    'users: { app: { like: readonly } }',
    'users.app.like is not a setting: users.app knows rotation, connectionLimit',
  ],
  [
    'connection limit of the superuser',
    'users: { postgres: { connectionLimit: 3 } }',
    'users.postgres.connectionLimit is not a setting: users.postgres knows rotation',
  ],
  [
    'preset unknown',
    'preset: huge',
    'preset is "huge" but must be small, medium or large: choose one of them',
  ],
  [
    'preset in capitals',
    'preset: Large',
    'preset is "Large" but must be small, medium or large: write large',
  ],
  [
    'preset empty',
    'preset: ""',
    'preset is an empty string but must be small, medium or large: choose one of them',
  ],
  [
    'group is a text',
    'postgres: big',
    'postgres is "big" but must be a group of settings: write them indented under it, one on a line',
  ],
  [
    'group is empty',
    'postgres:',
    'postgres is empty but must be a group of settings: remove it, or write settings under it',
  ],
  [
    'group is a list',
    'redis: [cache]',
    'redis is a list but must be a group of settings: write them indented under it, one on a line',
  ],
  [
    'group is a number',
    'users: 3',
    'users is 3 but must be a group of settings: write them indented under it, one on a line',
  ],
  [
    'text where a number is due',
    'postgres: { port: 5432x }',
    'postgres.port is "5432x" but must be a whole number from 1024 to 65535: write a number',
  ],
  [
    'number in quotes',
    'pgbouncer: { port: "6432" }',
    'pgbouncer.port is "6432" but must be a whole number from 1024 to 65535: write 6432 without quotes',
  ],
  [
    'YAML no in quotes',
    'application: { seed: "no" }',
    'application.seed is "no" but must be true or false: write false, without quotes',
  ],
  [
    'yes',
    'application: { seed: yes }',
    'application.seed is "yes" but must be true or false: write true, without quotes',
  ],
  [
    'zero for false',
    'exporters: { enabled: 0 }',
    'exporters.enabled is 0 but must be true or false: write false',
  ],
  [
    'empty value',
    'postgres: { port: }',
    'postgres.port is empty but must be a whole number from 1024 to 65535: write a number',
  ],
  [
    'boolean where a number is due',
    'postgres: { cpus: true }',
    'postgres.cpus is true but must be a number from 0.1 to 256: write a number',
  ],
  [
    'number where a text is due',
    'postgres: { database: 7 }',
    'postgres.database is 7 but must be a string: put it in quotes',
  ],
  [
    'port 0',
    'postgres: { port: 0 }',
    'postgres.port is 0 but must be a whole number from 1024 to 65535: raise it',
  ],
  [
    'port negative',
    'postgres: { port: -1 }',
    'postgres.port is -1 but must be a whole number from 1024 to 65535: raise it',
  ],
  [
    'port too high',
    'postgres: { port: 65536 }',
    'postgres.port is 65536 but must be a whole number from 1024 to 65535: lower it',
  ],
  [
    'port fractional',
    'postgres: { port: 1024.5 }',
    'postgres.port is 1024.5 but must be a whole number from 1024 to 65535: round it',
  ],
  [
    'port privileged',
    'pgbouncer: { port: 443 }',
    'pgbouncer.port is 443 but must be a whole number from 1024 to 65535: raise it',
  ],
  [
    'port twice',
    'pgbouncer: { port: 55432 }',
    'pgbouncer.port is 55432 but postgres.port uses the same port: choose different ports',
  ],
  [
    'port twice in redis',
    'redis: { cache: { port: 56380 } }',
    'redis.queue.port is 56380 but redis.cache.port uses the same port: choose different ports',
  ],
  [
    'size 1G',
    'postgres: { memory: 1G }',
    'postgres.memory is "1G" but the units are B, KiB, MiB and GiB: write "1GiB"',
  ],
  [
    'size 1GB',
    'postgres: { memory: 1GB }',
    'postgres.memory is "1GB" but the units are B, KiB, MiB and GiB: write "1GiB"',
  ],
  [
    'size with a blank',
    'postgres: { memory: 1 GiB }',
    'postgres.memory is "1 GiB" but the units are B, KiB, MiB and GiB: write "1GiB"',
  ],
  [
    'size lower case',
    'postgres: { memory: 512mib }',
    'postgres.memory is "512mib" but the units are B, KiB, MiB and GiB: write "512MiB"',
  ],
  [
    'size without a unit',
    'postgres: { memory: 512 }',
    'postgres.memory is 512 but has no unit (B, KiB, MiB, GiB): write "512MiB"',
  ],
  [
    'size in quotes without a unit',
    'postgres: { memory: "512" }',
    'postgres.memory is "512" but has no unit (B, KiB, MiB, GiB): write "512MiB"',
  ],
  [
    'size of terabytes',
    'postgres: { memory: 1TiB }',
    'postgres.memory is "1TiB" but the units are B, KiB, MiB and GiB: write "1024GiB"',
  ],
  [
    'size fractional',
    'postgres: { memory: 1.5GiB }',
    'postgres.memory is "1.5GiB" but must be a whole number with a unit: use a smaller unit',
  ],
  [
    'size zero',
    'redis: { cache: { maxmemory: 0MiB } }',
    'redis.cache.maxmemory is "0MiB" but must be from 8MiB to 1024GiB: raise it',
  ],
  [
    'size negative',
    'postgres: { memory: -512MiB }',
    'postgres.memory is "-512MiB" but must be more than zero: write for example "512MiB"',
  ],
  [
    'size too small',
    'postgres: { memory: 64MiB }',
    'postgres.memory is "64MiB" but must be from 128MiB to 1024GiB: raise it',
  ],
  [
    'size too large',
    'pgbouncer: { memory: 9999GiB }',
    'pgbouncer.memory is "9999GiB" but must be from 32MiB to 64GiB: lower it',
  ],
  [
    'size a huge integer',
    'postgres: { memory: 9007199254740993GiB }',
    'postgres.memory is "9007199254740993GiB" but is too large: lower it',
  ],
  [
    'size not one',
    'postgres: { memory: plenty }',
    'postgres.memory is "plenty" but must be a number with a unit: write for example "512MiB"',
  ],
  [
    'size true',
    'postgres: { memory: true }',
    'postgres.memory is true but must be a number with a unit: write for example "512MiB"',
  ],
  [
    'duration without a unit',
    'postgres: { slowQuery: 1000 }',
    'postgres.slowQuery is 1000 but has no unit (ms, s, min, h, d): write "1000ms"',
  ],
  [
    'duration with an unknown unit',
    'postgres: { slowQuery: 1sec }',
    'postgres.slowQuery is "1sec" but the units are ms, s, min, h and d: write "1s"',
  ],
  [
    'duration too long',
    'postgres: { slowQuery: 2h }',
    'postgres.slowQuery is "2h" but must be from 1ms to 1h: lower it',
  ],
  [
    'cpus zero',
    'postgres: { cpus: 0 }',
    'postgres.cpus is 0 but must be a number from 0.1 to 256: raise it',
  ],
  [
    'cpus not a number',
    'postgres: { cpus: .nan }',
    'postgres.cpus is empty but must be a number from 0.1 to 256: write a number',
  ],
  [
    'shared buffers over 40 %',
    'postgres: { sharedBuffers: 256MiB }',
    'postgres.sharedBuffers is 256MiB but at most 40 % of postgres.memory 512MiB may be shared buffers: lower it or raise the memory',
  ],
  [
    'work_mem times connections',
    'postgres: { workMem: 16MiB }',
    'postgres.memory is 512MiB but its parts need 864MiB (sharedBuffers 128MiB, 40 connections × workMem 16MiB, 3 × maintenanceWorkMem 32MiB): raise it or lower a part',
  ],
  [
    'connections times least work_mem',
    'postgres: { maxConnections: 400 }',
    'postgres.memory is 512MiB but its parts need 624MiB (sharedBuffers 128MiB, 400 connections × workMem 1MiB, 3 × maintenanceWorkMem 32MiB): raise it or lower a part',
  ],
  [
    'effective cache size over memory',
    'postgres: { effectiveCacheSize: 1GiB }',
    'postgres.effectiveCacheSize is 1GiB but postgres.memory is 512MiB: lower it or raise the memory',
  ],
  [
    'cache larger than its container',
    'redis: { cache: { maxmemory: 128MiB, memory: 128MiB } }',
    'redis.cache.maxmemory is 128MiB but at most 75 % of redis.cache.memory 128MiB may be data: lower it or raise the memory',
  ],
  [
    'queue over half of its container',
    'redis: { queue: { maxmemory: 128MiB, memory: 192MiB } }',
    'redis.queue.maxmemory is 128MiB but at most 50 % of redis.queue.memory 192MiB may be data: lower it or raise the memory',
  ],
  [
    'pools over max_connections',
    'preset: medium\npostgres: { maxConnections: 60 }',
    'postgres.maxConnections is 60 but the pools need 50 (app 50, readonly 50, at most 50 by pgbouncer.maxDbConnections) and others for 20 (migrator 2, backup 4, monitor 5, health 2, pgbouncer 2, superuser 5): raise it to 70 or lower a pool',
  ],
  [
    'more roles than connections',
    'pgbouncer: { maxDbConnections: 100, defaultPoolSize: 10 }\nusers: { jobs: { like: app } }',
    'postgres.maxConnections is 40 but the pools need 72 (app 24, readonly 24, jobs 24) and others for 20 (migrator 2, backup 4, monitor 5, health 2, pgbouncer 2, superuser 5): raise it to 92 or lower a pool',
  ],
  [
    'direct users over max_connections',
    'users: { migrator: { connectionLimit: 30 } }',
    'postgres.maxConnections is 40 but the pools need 20 (app 14, readonly 14, at most 20 by pgbouncer.maxDbConnections) and others for 48 (migrator 30, backup 4, monitor 5, health 2, pgbouncer 2, superuser 5): raise it to 68 or lower a pool',
  ],
  [
    'one pool over the database',
    'pgbouncer: { maxDbConnections: 6 }',
    'pgbouncer.maxDbConnections is 6 but one pool may open 7 (defaultPoolSize 5 + reservePoolSize 2): raise it or lower the pool',
  ],
  [
    'one pool over the user',
    'pgbouncer: { maxUserConnections: 6 }',
    'pgbouncer.maxUserConnections is 6 but one pool may open 7 (defaultPoolSize 5 + reservePoolSize 2): raise it or lower the pool',
  ],
  [
    'pool over the role limit',
    'users: { app: { connectionLimit: 5 } }',
    'users.app.connectionLimit is 5 but its pool may open 7 (defaultPoolSize 5 + reservePoolSize 2): raise it or lower the pool',
  ],
  [
    'pool mode statement',
    'pgbouncer: { poolMode: statement }',
    'pgbouncer.poolMode is "statement" but must be transaction or session: choose one of them',
  ],
  [
    'pool size 0',
    'pgbouncer: { defaultPoolSize: 0 }',
    'pgbouncer.defaultPoolSize is 0 but must be a whole number from 1 to 5000: raise it',
  ],
  [
    'no limit by zero',
    'pgbouncer: { maxDbConnections: 0 }',
    'pgbouncer.maxDbConnections is 0 but must be a whole number from 1 to 10000: raise it',
  ],
  [
    'timeout negative',
    'pgbouncer: { queryWaitTimeoutSec: -5 }',
    'pgbouncer.queryWaitTimeoutSec is -5 but must be a whole number from 5 to 3600: raise it',
  ],
  [
    'login retry over its gate',
    'pgbouncer: { serverLoginRetrySec: 15 }',
    'pgbouncer.serverLoginRetrySec is 15 but must be a whole number from 1 to 3: lower it',
  ],
  [
    'idle timeout infinite',
    'pgbouncer: { serverIdleTimeoutSec: .inf }',
    'pgbouncer.serverIdleTimeoutSec is empty but must be a whole number from 10 to 86400: write a number',
  ],
  [
    'eviction policy of a queue',
    'redis: { cache: { evictionPolicy: noeviction } }',
    'redis.cache.evictionPolicy is "noeviction" but must be allkeys-lru, allkeys-lfu, allkeys-random, volatile-lru, volatile-lfu, volatile-random or volatile-ttl: choose one of them',
  ],
  [
    'appendfsync no',
    'redis: { queue: { appendfsync: no } }',
    'redis.queue.appendfsync is "no" but must be always or everysec: choose one of them',
  ],
  [
    'database empty',
    'postgres: { database: "" }',
    'postgres.database is an empty string but must not be empty: write a name',
  ],
  [
    'database blank',
    'postgres: { database: "my app" }',
    'postgres.database is "my app" but must not contain spaces: write _ instead',
  ],
  [
    'database of 64 bytes',
    'postgres: { database: dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd }',
    'postgres.database is "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd" but is 64 bytes long, and the limit is 63: shorten it',
  ],
  [
    'database of 64 bytes, multibyte',
    'postgres: { database: üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü }',
    'postgres.database is "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü" but is 64 bytes long, and the limit is 63: shorten it',
  ],
  [
    'database pg_',
    'postgres: { database: pg_data }',
    'postgres.database is "pg_data" but the prefix pg_ is reserved by Postgres: choose another name',
  ],
  [
    'database template1',
    'postgres: { database: template1 }',
    'postgres.database is "template1" but that name is reserved by Postgres or PgBouncer: choose another',
  ],
  [
    'database with a quote',
    'postgres: { database: "o\'neill" }',
    'postgres.database is "o\'neill" but must not contain quotes or slashes: remove them',
  ],
  [
    'database with a double quote',
    "postgres: { database: 'a\"b' }",
    String.raw`postgres.database is "a\"b" but must not contain quotes or slashes: remove them`,
  ],
  [
    'database with a newline',
    String.raw`postgres: { database: "a\nb" }`,
    String.raw`postgres.database is "a\nb" but must not contain control characters or line breaks: remove them`,
  ],
  [
    'database with NUL',
    String.raw`postgres: { database: "a\0b" }`,
    String.raw`postgres.database is "a\u0000b" but must not contain control characters or line breaks: remove them`,
  ],
  [
    'database with a slash',
    'postgres: { database: ../etc }',
    'postgres.database is "../etc" but must not contain quotes or slashes: remove them',
  ],
  [
    'database in capitals',
    'postgres: { database: Classrooms }',
    'postgres.database is "Classrooms" but must be in lower case: write "classrooms"',
  ],
  [
    'database with a leading digit',
    'postgres: { database: 2nd }',
    'postgres.database is "2nd" but may contain only a to z, 0 to 9 and _, and must begin with a letter: choose another name',
  ],
  [
    'database with a hyphen',
    'postgres: { database: my-app }',
    'postgres.database is "my-app" but may contain only a to z, 0 to 9 and _, and must begin with a letter: choose another name',
  ],
  [
    'database with a bidi override',
    String.raw`postgres: { database: "a\u202eb" }`,
    String.raw`postgres.database is "a\u202eb" but must not contain control characters or line breaks: remove them`,
  ],
  [
    'database not normalised',
    String.raw`postgres: { database: "e\u0301" }`,
    'postgres.database is "é" but may contain only a to z, 0 to 9 and _, and must begin with a letter: choose another name',
  ],
  [
    'database in other letters',
    'postgres: { database: schüler }',
    'postgres.database is "schüler" but may contain only a to z, 0 to 9 and _, and must begin with a letter: choose another name',
  ],
  [
    'role public',
    'users: { public: { like: app } }',
    'users.public names a role but that is a reserved word of Postgres: choose another name',
  ],
  [
    'role none',
    'users: { none: { like: app } }',
    'users.none names a role but that is a reserved word of Postgres: choose another name',
  ],
  [
    'role current_user',
    'users: { current_user: { like: app } }',
    'users.current_user names a role but that is a reserved word of Postgres: choose another name',
  ],
  [
    'role pg_',
    'users: { pg_jobs: { like: app } }',
    'users.pg_jobs names a role but the prefix pg_ is reserved by Postgres: choose another name',
  ],
  [
    'role of the platform',
    'users: { pgbouncer: { like: app } }',
    'users.pgbouncer names a role but the platform has a role of that name: choose another name',
  ],
  [
    'role equal after case fold',
    'users: { App: { like: app } }',
    'users.App names a role but must be in lower case: write "app"',
  ],
  [
    'role of 62 bytes',
    'users: { rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr: { like: app } }',
    'users.rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr names a role but is 62 bytes long, and the limit is 61 (63, minus two for the login suffixes _a and _b): shorten it',
  ],
  [
    'role is a slot',
    'users: { app_a: { like: app } }',
    'users.app_a names a role but that is reserved for a login of app: choose another name',
  ],
  [
    'role whose slot is a role',
    'users: { jobs: { like: app }, jobs_b: { like: app } }',
    'users.jobs_b names a role but that is reserved for a login of jobs: choose another name',
  ],
  [
    'role with a quote',
    'users: { "x\'; drop role app": { like: app } }',
    'users["x\'; drop role app"] names a role but must not contain spaces: write _ instead',
  ],
  [
    'role with a quote only',
    'users: { "x\'y": { like: app } }',
    'users["x\'y"] names a role but must not contain quotes or slashes: remove them',
  ],
  [
    'role with a newline',
    String.raw`users: { "x\ny": { like: app } }`,
    String.raw`users["x\ny"] names a role but must not contain control characters or line breaks: remove them`,
  ],
  [
    'role mistyped',
    'users: { migrater: { rotation: 2 } }',
    'users.migrater is not a user of the platform: did you mean migrator? An additional role needs like: app or like: readonly',
  ],
  [
    'role of its own without like',
    'users: { billing: {} }',
    'users.billing is not a user of the platform: write like: app or like: readonly under it',
  ],
  [
    'role like nothing known',
    'users: { jobs: { like: admin } }',
    'users.jobs.like is "admin" but must be app or readonly: choose one of them',
  ],
  [
    'role empty',
    'users: { jobs: }',
    'users.jobs is empty but must be a group of settings: remove it, or write settings under it',
  ],
  [
    'rotation 0',
    'users: { app: { rotation: 0 } }',
    'users.app.rotation is 0 but must be a whole number from 1 to 1000000: raise it',
  ],
  [
    'rotation a word',
    'users: { app: { rotation: next } }',
    'users.app.rotation is "next" but must be a whole number from 1 to 1000000: write a number',
  ],
  [
    'setting of the platform',
    'postgres: { settings: { listen_addresses: "*" } }',
    'postgres.settings.listen_addresses is set by the platform: Postgres listens on its Docker network, and its port is published on 127.0.0.1 only',
  ],
  [
    'setting with a key of its own',
    'postgres: { settings: { shared_buffers: 1GB } }',
    'postgres.settings.shared_buffers is set by the platform: set postgres.sharedBuffers',
  ],
  [
    'setting mistyped',
    'postgres: { settings: { random_page_costs: 1.1 } }',
    'postgres.settings.random_page_costs is not a setting: did you mean random_page_cost?',
  ],
  [
    'setting of the platform mistyped',
    'postgres: { settings: { max_conections: 500 } }',
    'postgres.settings.max_conections is not a setting: if you mean max_connections, the platform sets it: set postgres.maxConnections',
  ],
  [
    'setting unknown',
    'postgres: { settings: { zheap: on } }',
    'postgres.settings.zheap is not a setting: remove it',
  ],
  [
    'setting in our units',
    'postgres: { settings: { max_wal_size: 1GiB } }',
    'postgres.settings.max_wal_size is "1GiB" but must be a size with a unit of Postgres (B, kB, MB, GB, TB): write for example "64MB"',
  ],
  [
    'setting with a newline',
    String.raw`postgres: { settings: { statement_timeout: "30s\nfsync = off" } }`,
    String.raw`postgres.settings.statement_timeout is "30s\nfsync = off" but must be a time with a unit of Postgres (us, ms, s, min, h, d): write for example "30s"`,
  ],
  [
    'setting with an unknown word',
    'postgres: { settings: { wal_compression: best } }',
    'postgres.settings.wal_compression is "best" but must be one of on, off, pglz, lz4, zstd: choose one of them',
  ],
  [
    'setting a group',
    'postgres: { settings: { jit: { on: true } } }',
    'postgres.settings.jit is a group of settings but must be on or off: write one of the two',
  ],
  [
    'time zone unknown',
    'timezone: Europe/Berln',
    'timezone is "Europe/Berln" but must be a time zone such as Europe/Berlin: write Europe/Berlin',
  ],
  [
    'time zone an offset',
    'timezone: "+02:00"',
    'timezone is "+02:00" but must be a time zone such as Europe/Berlin: write Etc/UTC when in doubt',
  ],
  [
    'tenant context unknown',
    'access: { context: jwt }',
    'access.context is "jwt" but must be setting or signed: choose one of them',
  ],
  [
    'spoofable tenant in a large environment',
    '{ preset: large, access: { context: setting }, backup: { acceptNoRecipient: true }, monitoring: { acceptNoReceiver: true } }',
    'access.context is "setting" but in the preset large this is refused, because any SQL statement could set another tenant: write signed, or set access.acceptSpoofableSetting to true',
  ],
  [
    'token key rotation zero',
    'access: { tokenKey: { rotation: 0 } }',
    'access.tokenKey.rotation is 0 but must be a whole number from 1 to 1000000: raise it',
  ],
  [
    'seed without tables',
    'application: { seed: true, migrations: false }',
    'application.seed is true but application.migrations is false, so there are no tables to fill: switch both on or both off',
  ],
  [
    'the former name of the application',
    'example: { seed: true, migrations: maybe }',
    'example is called application now: write plinth:application, with the same migrations and seed',
  ],
  [
    'docker host without a scheme',
    'docker: { host: db.example.org }',
    'docker.host is "db.example.org" but must begin with unix:///, tcp:// or ssh://: write for example "ssh://deploy@db.example.org"',
  ],
  [
    'volume onDestroy unknown',
    'postgres: { volume: { onDestroy: remove } }',
    'postgres.volume.onDestroy is "remove" but must be delete or keep: choose one of them',
  ],
  [
    'volume of another environment',
    'postgres: { volume: { name: plinth-prod-postgres-data } }',
    'postgres.volume.name is "plinth-prod-postgres-data" but that volume belongs to another environment: write a volume whose name begins with plinth-dev-postgres-data',
  ],
  [
    'volume that no restore has made',
    'postgres: { volume: { name: mine } }',
    'postgres.volume.name is "mine" but must be a volume that a restore created: write the name that npx plinth restore run printed',
  ],
  [
    'backup schedule with six fields',
    'backup: { schedule: "0 15 2 * * *" }',
    'backup.schedule is "0 15 2 * * *" but must have five fields: write minute, hour, day, month and weekday, for example "15 2 * * *"',
  ],
  [
    'backup schedule with minute 61',
    'backup: { schedule: "61 2 * * *" }',
    'backup.schedule is "61 2 * * *" but is not a cron expression: write minute, hour, day, month and weekday, for example "15 2 * * *"',
  ],
  [
    'drill on the thirtieth of February',
    'backup: { drill: { schedule: "0 4 30 2 *" } }',
    'backup.drill.schedule is "0 4 30 2 *" but never matches any date: write minute, hour, day, month and weekday, for example "15 2 * * *"',
  ],
  [
    'backup schedule empty',
    'backup: { schedule: "" }',
    'backup.schedule is an empty string but must have five fields: write minute, hour, day, month and weekday, for example "15 2 * * *"',
  ],
  [
    'recipients that are no list',
    'backup: { recipients: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p }',
    'backup.recipients is "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p" but must be a list: write each on a line of its own, after a hyphen',
  ],
  [
    'recipient mistyped',
    'backup: { recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q] }',
    'backup.recipients[0] is "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q" but its checksum is wrong, so it is misspelled: write a public key as npx plinth backup keygen prints it, age1…',
  ],
  [
    'recipient of another kind',
    'backup: { recipients: [somebody@example.org] }',
    'backup.recipients[0] is "somebody@example.org" but must be a public age key: write a public key as npx plinth backup keygen prints it, age1…',
  ],
  [
    'backup folder relative',
    'backup: { directory: backups }',
    'backup.directory is "backups" but must be an absolute path without spaces: write for example "/srv/backups"',
  ],
  [
    'no days kept',
    'backup: { retention: { days: 0 } }',
    'backup.retention.days is 0 but must be a whole number from 1 to 3650: raise it',
  ],
  [
    'archive timeout of a second',
    'backup: { pointInTime: { archiveTimeout: 1s } }',
    'backup.pointInTime.archiveTimeout is "1s" but must be from 10s to 1h: raise it',
  ],
  [
    'bucket that is nowhere',
    'backup: { pointInTime: { repository: { kind: s3, bucket: b } } }',
    'backup.pointInTime.repository is of kind s3 but has no endpoint, region, credentialsFile: write them, or set kind: local',
  ],
  [
    'too few connections for a backup',
    'users: { backup: { connectionLimit: 2 } }',
    'users.backup.connectionLimit is 2 but a backup with 2 jobs opens 4: raise it or lower backup.jobs',
  ],
  [
    'nobody to open the backups of a large environment',
    '{ preset: large, monitoring: { acceptNoReceiver: true } }',
    'backup.recipients is empty but in the preset large a backup must be decryptable if the stack is lost: write a key that npx plinth backup keygen generated, or set backup.acceptNoRecipient to true',
  ],
  [
    'no drill in a large environment',
    '{ preset: large, backup: { recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p], drill: { enabled: false } }, monitoring: { acceptNoReceiver: true } }',
    'backup.drill.enabled is false but in the preset large the restore test is required: set it to true, or set a less frequent backup.drill.schedule',
  ],
  [
    'nobody told of an alert in a large environment',
    '{ preset: large, backup: { acceptNoRecipient: true } }',
    'monitoring.receivers is empty but in the preset large alerts must be sent to at least one receiver: write a receiver, or set monitoring.acceptNoReceiver to true',
  ],
  [
    'nobody watches a large environment',
    '{ preset: large, backup: { acceptNoRecipient: true }, monitoring: { enabled: false } }',
    'monitoring.enabled is false but in the preset large alerts must be sent to at least one receiver: write a receiver, or set monitoring.acceptNoReceiver to true',
  ],
  [
    'alerts without exporters',
    'exporters: { enabled: false }',
    'exporters.enabled is false but monitoring.enabled is true, so no alert would ever fire: enable both or disable both',
  ],
  [
    'a receiver that is told nowhere',
    'monitoring: { receivers: { oncall: {} } }',
    'monitoring.receivers.oncall has no url: write it, or remove monitoring.receivers.oncall',
  ],
  [
    'a mail without addresses',
    'monitoring: { receivers: { post: { kind: email } } }',
    'monitoring.receivers.post has no to, from, smarthost: write them, or remove monitoring.receivers.post',
  ],
  [
    'a receiver with a key of another kind',
    'monitoring: { receivers: { oncall: { adress: x } } }',
    'monitoring.receivers.oncall.adress is not a setting: monitoring.receivers.oncall knows kind, severity, url, urlFile, channel, routingKeyFile, to, from, smarthost, user, passwordFile, requireTls',
  ],
  [
    'a password in a committed URL',
    'monitoring: { probes: { shop: { url: "https://me:pass@example.org/" } } }',
    'monitoring.probes.shop.url is "https://me:pass@example.org/" but contains a password, and this file is committed: store it in a file, and write keyFile or urlFile',
  ],
  [
    "a job that is the environment's own",
    'monitoring: { applications: { postgres: { url: "http://host.docker.internal:5000/metrics" } } }',
    'monitoring.applications.postgres names "postgres", which is the name of a job of the platform: choose another name',
  ],
  [
    'a page on a port that is taken',
    'monitoring: { prometheus: { port: 6432 } }',
    'monitoring.prometheus.port is 6432 but pgbouncer.port uses the same port: choose different ports',
  ],
];
