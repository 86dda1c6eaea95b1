// Metrics of the whole server.

import type { SqlCollector } from '../collector.ts';

/** The collector whose success shows that the server responds. */
export const UP: SqlCollector = {
  name: 'server',
  metrics: {
    connections: 'plinth_postgres_max_connections',
    pending: 'plinth_postgres_settings_pending_restart',
  },
  sql: `select current_setting('max_connections')::float8 as connections,
      (select count(*) from pg_settings where pending_restart)::float8 as pending`,
};

export const SERVER: readonly SqlCollector[] = [
  {
    name: 'archiver',
    metrics: {
      archived: 'plinth_postgres_archiver_archived_total',
      failed: 'plinth_postgres_archiver_failed_total',
      last: 'plinth_postgres_archiver_last_failed',
    },
    sql: `select archived_count::float8 as archived, failed_count::float8 as failed,
        coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)::int::float8 as last
      from pg_stat_archiver`,
  },
  {
    name: 'replication',
    labels: ['application_name'],
    metrics: { lag: 'plinth_postgres_replication_lag_bytes' },
    sql: `select application_name, max(pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
        else pg_current_wal_lsn() end, replay_lsn))::float8 as lag
      from pg_stat_replication where replay_lsn is not null group by 1`,
  },
  {
    name: 'transaction-ids',
    labels: ['database'],
    metrics: { age: 'plinth_postgres_transaction_id_age_ratio' },
    sql: `select datname::text as database, age(datfrozenxid)::float8 / 2147483648 as age from pg_database`,
  },
];
