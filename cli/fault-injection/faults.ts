// Faults that can be made on a running stack and taken back, each with the alert that must tell of it.

import type { FaultTarget } from './target.ts';

export interface Fault {
  readonly alert: string;
  /** What is done, for a person. */
  readonly what: string;
  /** The part that must be there; faults of absent parts are left out. */
  readonly part: string;
  begin(stage: FaultTarget): Promise<unknown>;
  /** Takes back what `begin` did, as far as it came. */
  end(stage: FaultTarget): Promise<unknown>;
}

/** Each wave is made at one time; what hides others has a wave of its own. */
export const waves: readonly (readonly Fault[])[] = [
  [
    {
      alert: 'IdleInTransaction',
      what: 'a transaction is opened and left alone',
      part: 'postgres',
      begin: async (stage) => {
        const [client] = await stage.open(1);
        await client?.query('set idle_in_transaction_session_timeout = 0; begin; select 1');
      },
      end: (stage) => stage.close(),
    },
    {
      alert: 'LongLockWait',
      what: 'one session holds a lock that another waits for',
      part: 'postgres',
      begin: async (stage) => {
        const [holder, waiter] = await stage.open(2);
        await holder?.query('select pg_advisory_lock(20260102)');
        void waiter?.query('select pg_advisory_lock(20260102)').catch(() => undefined);
      },
      end: (stage) => stage.close(),
    },
    {
      alert: 'Deadlocks',
      what: 'two sessions wait for each other',
      part: 'postgres',
      begin: async (stage) => {
        const [one, other] = await stage.open(2);
        await one?.query('begin; select pg_advisory_xact_lock(1, 20260103)');
        await other?.query('begin; select pg_advisory_xact_lock(2, 20260103)');
        await Promise.allSettled([
          one?.query('select pg_advisory_xact_lock(2, 20260103)'),
          other?.query('select pg_advisory_xact_lock(1, 20260103)'),
        ]);
        await Promise.allSettled([one?.query('rollback'), other?.query('rollback')]);
      },
      end: (stage) => stage.close(),
    },
    {
      alert: 'AuthenticationFailures',
      what: 'somebody tries passwords',
      part: 'postgres',
      begin: async (stage) => {
        for (let tries = 0; tries < 40; tries += 1) await stage.knock(`wrong-${String(tries)}`);
      },
      end: () => Promise.resolve(),
    },
    {
      alert: 'AccessDrift',
      what: 'a policy is dropped by hand; where there is none, a privilege is granted',
      part: 'postgres',
      begin: (stage) => stage.sql(CHANGE_ACCESS),
      end: (stage) => stage.sql(PUT_ACCESS_BACK),
    },
    {
      alert: 'MigrationChanged',
      what: 'an applied migration is recorded as another text',
      part: 'postgres',
      begin: (stage) =>
        stage.sql(
          `update plinth.migrations set checksum = 'drill ' || checksum where name = (select max(name) from plinth.migrations)`,
        ),
      end: (stage) =>
        stage.sql(
          `update plinth.migrations set checksum = substr(checksum, 7) where checksum like 'drill %'`,
        ),
    },
    {
      alert: 'SequenceRunningOut',
      what: 'a sequence is nearly used up',
      part: 'postgres',
      begin: (stage) =>
        stage.sql(
          `create schema if not exists plinth_drill; create sequence if not exists plinth_drill.numbers maxvalue 1000;
           select setval('plinth_drill.numbers', 990); alter sequence plinth_drill.numbers owner to migrator`,
        ),
      end: (stage) => stage.sql('drop schema if exists plinth_drill cascade'),
    },
    {
      alert: 'ExporterDown',
      what: 'the exporter of the machine is stopped',
      part: 'node-exporter',
      begin: (stage) => stage.docker('stop', 'node-exporter'),
      end: (stage) => stage.docker('start', 'node-exporter'),
    },
    {
      alert: 'BackupFailed',
      what: 'the role that backs up may not log in, and a backup is made',
      part: 'backup',
      begin: async (stage) => {
        await stage.sql('alter role backup_a nologin; alter role backup_b nologin');
        await stage.inside('backup', ['plinth-backup', 'now']).catch(() => undefined);
      },
      end: async (stage) => {
        // As it was: of the two logins one is active, and the backup knows which.
        const settings = await stage.inside('backup', ['cat', '/etc/plinth/backup.json']);
        const { server } = JSON.parse(settings) as { readonly server: { readonly user: string } };
        await stage.sql(`alter role "${server.user}" login`);
        await stage.inside('backup', ['plinth-backup', 'now']);
      },
    },
    {
      alert: 'QueueBacklog',
      what: 'ten thousand jobs wait in a queue that nobody works off',
      part: 'redis-queue',
      begin: (stage) =>
        stage.redis(
          Array.from({ length: 10 }, () => `RPUSH bull:plinth-drill:wait ${'1 '.repeat(1000)}`),
        ),
      end: (stage) => stage.redis(['DEL bull:plinth-drill:wait']),
    },
    {
      alert: 'RedisMemoryHigh',
      what: 'the queue is filled nearly to its limit',
      part: 'redis-queue',
      begin: async (stage) => {
        const said = await stage.redis(['INFO memory']);
        const most = Number(/^maxmemory:(\d+)/m.exec(said)?.[1] ?? 0);
        const used = Number(/^used_memory:(\d+)/m.exec(said)?.[1] ?? 0);
        const count = Math.floor((0.88 * most - used) / CHUNK);
        await stage.redis(
          Array.from({ length: count }, () => `RPUSH ${FILLER} ${'x'.repeat(CHUNK)}`),
        );
      },
      end: (stage) => stage.redis([`DEL ${FILLER}`]),
    },
    {
      alert: 'PoolWaiting',
      what: 'every connection of the pool is held, and more clients wait',
      part: 'pgbouncer',
      begin: async (stage) => {
        const clients = await stage.open(24, 'pooled');
        for (const client of clients) {
          void client.query('select pg_sleep(900)').catch(() => undefined);
        }
      },
      end: (stage) => stage.close(),
    },
    {
      alert: 'RedisDown',
      what: 'the cache is stopped',
      part: 'redis-cache',
      begin: (stage) => stage.docker('stop', 'redis-cache'),
      end: (stage) => stage.docker('start', 'redis-cache'),
    },
  ],
  [
    {
      alert: 'PoolerDown',
      what: 'the pooler is stopped',
      part: 'pgbouncer',
      begin: (stage) => stage.docker('stop', 'pgbouncer'),
      end: (stage) => stage.docker('start', 'pgbouncer'),
    },
    {
      alert: 'WatchDown',
      what: 'the watcher is stopped',
      part: 'watch',
      begin: (stage) => stage.docker('stop', 'watch'),
      end: (stage) => stage.docker('start', 'watch'),
    },
  ],
  [
    {
      alert: 'PostgresDown',
      what: 'the server is stopped',
      part: 'postgres',
      begin: (stage) => stage.docker('stop', 'postgres'),
      end: (stage) => stage.docker('start', 'postgres'),
    },
  ],
];

const CHUNK = 512 * 1024;
const FILLER = 'plinth-drill:filler';

/**
 * One change of access as two statements, `away` and `again`: the first policy by name is dropped; in an application without
 * tenants, which has none, a role may truncate a table.
 */
export const ONE_CHANGE = `
  select again, away from (
    select 1 as turn, format('create policy %I on %I.%I as %s for %s to %s%s%s', policyname, schemaname, tablename, permissive, cmd,
                  (select string_agg(quote_ident(role), ', ') from unnest(roles) as role),
                  coalesce(' using (' || qual || ')', ''), coalesce(' with check (' || with_check || ')', '')) as again,
           format('drop policy %I on %I.%I', policyname, schemaname, tablename) as away
      from pg_policies
    union all
    select 2, format('revoke truncate on %I.%I from %I', table_schema, table_name, grantee),
           format('grant truncate on %I.%I to %I', table_schema, table_name, grantee)
      from information_schema.table_privileges
      where table_schema = 'public' and privilege_type = 'SELECT' and grantee not in ('PUBLIC', grantor)
  ) change order by turn, again limit 1`;
const CHANGE_ACCESS = `
  create schema if not exists plinth_drill_policy;
  create table plinth_drill_policy.dropped as ${ONE_CHANGE};
  select away from plinth_drill_policy.dropped \\gexec
`;
const PUT_ACCESS_BACK = `
  select again from plinth_drill_policy.dropped \\gexec
  drop schema plinth_drill_policy cascade;
`;
