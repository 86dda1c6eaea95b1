// Sessions and locks.

import type { SqlCollector } from '../collector.ts';

const MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

/** Backups read everything in one long transaction, which must not raise an alert. */
const OF_BACKUPS = `(a.usename = 'backup' or exists (
  select from pg_auth_members m join pg_roles r on r.oid = m.roleid where m.member = a.usesysid and r.rolname = 'backup'))`;

/** Seconds since the earliest value that matches the condition; 0 if there is none. */
const longest = (column: string, condition: string): string =>
  `coalesce(greatest(0, extract(epoch from clock_timestamp() - min(${column}) filter (where ${condition}))), 0)::float8`;

export const SESSIONS: readonly SqlCollector[] = [
  {
    name: 'connections',
    labels: ['user', 'state'],
    metrics: { n: 'plinth_postgres_connections' },
    sql: `select usename::text as "user", count(*)::float8 as n, case when state in ('active', 'idle',
        'idle in transaction', 'idle in transaction (aborted)') then state else 'other' end as state
      from pg_stat_activity where backend_type = 'client backend' and usename is not null group by 1, 3`,
  },
  {
    name: 'connection-limits',
    labels: ['user'],
    metrics: { n: 'plinth_postgres_connection_limit' },
    sql: `select rolname::text as "user", rolconnlimit::float8 as n from pg_roles
      where rolcanlogin and rolconnlimit >= 0`,
  },
  {
    name: 'activity',
    metrics: {
      transaction: 'plinth_postgres_longest_transaction_seconds',
      query: 'plinth_postgres_longest_query_seconds',
      idle: 'plinth_postgres_longest_idle_in_transaction_seconds',
      waiters: 'plinth_postgres_lock_waiters',
      waiting: 'plinth_postgres_longest_lock_wait_seconds',
    },
    sql: `select ${longest('a.xact_start', 'not a.of_backups')} as transaction,
        ${longest('a.query_start', "not a.of_backups and a.state = 'active'")} as query,
        ${longest('a.state_change', "a.state like 'idle in transaction%'")} as idle,
        (count(*) filter (where a.wait_event_type = 'Lock'))::float8 as waiters,
        (select ${longest('l.waitstart', 'not l.granted')} from pg_locks l) as waiting
      from (select a.*, ${OF_BACKUPS} as of_backups from pg_stat_activity a
        where a.backend_type = 'client backend' and a.pid <> pg_backend_pid()) a`,
  },
  {
    name: 'locks',
    labels: ['mode'],
    metrics: { n: 'plinth_postgres_locks' },
    sql: `select m.mode, count(l.mode)::float8 as n
      from unnest(array[${MODES.map((mode) => `'${mode}'`).join(', ')}]) m(mode)
      left join pg_locks l on l.mode = m.mode and l.pid is distinct from pg_backend_pid() group by 1`,
  },
];
