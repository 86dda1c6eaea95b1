import type { EnvironmentConfig } from '../../config/environment.ts';
import { WRAPAROUND_PERCENT } from '../alerts/postgres-upkeep.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { share } from './expressions.ts';
import { graph, number } from './panels.ts';
import { above, below, board, type Board, line, row } from './builders.ts';
import { tablesRow } from './tables.ts';

/** The Postgres server: health and activity. */
export function postgresBoard(t: Thresholds, config: EnvironmentConfig): Board {
  const of = `{datname="${config.postgres.database}"}`;
  const rate = (metric: string) => `sum(rate(pg_stat_database_${metric}${of}[$__rate_interval]))`;
  const hits = share(rate('blks_hit'), `${rate('blks_hit')} + ${rate('blks_read')}`, 1);
  return board('postgres', 'Is the server healthy, and what is it doing?', [
    row(
      'Health',
      line(
        4,
        number('Uptime', {
          shows: 'Time since the start of the server.',
          normal: 'since the last `pulumi up` that replaced it.',
          ifNot:
            'the server restarted unexpectedly: look for a PANIC or an OOM-killed process in the log.',
          unit: 'seconds',
          expr: 'time() - max(pg_postmaster_start_time_seconds)',
        }),
        number('Database size', {
          shows: `Size of the database ${config.postgres.database} on disk.`,
          normal: 'grows slowly.',
          ifNot: 'see below which tables are largest, and whether they hold dead tuples.',
          unit: 'bytes',
          expr: `max(pg_database_size_bytes${of})`,
          more: 'host',
        }),
        number('Cache hit ratio', {
          shows: 'Block reads served from shared_buffers, relative to all block reads.',
          normal: `above ${String(t.cacheHitPercent)} %, usually above 99 %.`,
          ifNot: 'a query scans whole tables, or the data no longer fits into memory.',
          alert: 'CacheHitRatioLow',
          unit: 'ratio',
          expr: hits,
          limit: below(t.cacheHitPercent / 100),
          more: 'queries',
        }),
        number('Oldest transaction ID', {
          shows:
            'Age of the oldest transaction ID, as a ratio of the wraparound limit. Before 100 % Postgres refuses writes.',
          normal: 'below 10 %. Autovacuum freezes tuples from 200 million on, which is 9 %.',
          ifNot:
            'a long transaction or an unused replication slot prevents vacuum from freezing tuples.',
          alert: 'TransactionIdsRunningOut',
          unit: 'ratio',
          expr: 'max(plinth_postgres_transaction_id_age_ratio)',
          limit: above(WRAPAROUND_PERCENT / 100),
          more: 'locks',
        }),
        number('WAL size', {
          shows: 'Size of the WAL on the server.',
          normal: 'up to slightly more than max_wal_size.',
          ifNot:
            'WAL is not archived, or a replica does not fetch it. WAL then grows until the disk is full.',
          unit: 'bytes',
          expr: 'max(pg_wal_size_bytes)',
          more: 'host',
        }),
        number('Replication lag', {
          shows: 'WAL that the slowest replica has not replayed yet.',
          normal: '0; also 0 without replicas.',
          ifNot: 'the replica or its network connection is too slow.',
          alert: 'ReplicationLagging',
          unit: 'bytes',
          // By default an environment has no replicas.
          expr: 'max(plinth_postgres_replication_lag_bytes) or vector(0)',
        }),
      ),
    ),
    row(
      'Activity',
      line(
        8,
        graph('Transactions', {
          shows: 'Committed and rolled back transactions per second.',
          normal: 'follows the daily load of the application, with few rollbacks.',
          ifNot: 'many rollbacks are application errors: see the log below.',
          unit: 'perSecond',
          lines: { committed: rate('xact_commit'), 'rolled back': rate('xact_rollback') },
        }),
        graph('Rows read and written', {
          shows: 'Rows per second that were scanned, fetched, inserted, updated and deleted.',
          normal: 'steady. Far more scanned than fetched rows mean that indexes are missing.',
          ifNot: 'find the statement in Queries.',
          unit: 'perSecond',
          lines: {
            scanned: rate('tup_returned'),
            fetched: rate('tup_fetched'),
            inserted: rate('tup_inserted'),
            updated: rate('tup_updated'),
            deleted: rate('tup_deleted'),
          },
          more: 'queries',
        }),
        graph('Log messages by severity', {
          shows: 'Log lines per minute by severity, without severity LOG.',
          normal: 'occasional client errors.',
          ifNot: 'read the messages: `npx plinth logs postgres`.',
          alert: 'FatalErrorsLogged',
          unit: 'count',
          lines: {
            '{{severity}}':
              '60 * sum by (severity) (rate(plinth_log_lines_total{severity!="log"}[$__rate_interval]))',
          },
        }),
      ),
    ),
    row(
      'Memory and disk',
      line(
        8,
        graph('Cache hit ratio over time', {
          shows: 'Block reads served from shared_buffers over time, relative to all block reads.',
          normal: `above ${String(t.cacheHitPercent)} %.`,
          ifNot: 'check which queries ran at that time.',
          alert: 'CacheHitRatioLow',
          unit: 'ratio',
          lines: { 'from memory': hits },
          limit: below(t.cacheHitPercent / 100),
        }),
        graph('Temporary files', {
          shows: 'Bytes per second written by sorts and joins that did not fit into work_mem.',
          normal: 'near 0.',
          ifNot: 'find the statement in Queries. A larger work_mem applies to every connection.',
          unit: 'bytesPerSecond',
          lines: { written: rate('temp_bytes') },
          more: 'queries',
        }),
        graph('Checkpoints', {
          shows: 'Checkpoints per hour: timed (checkpoint_timeout) or requested (max_wal_size).',
          normal: 'almost all are timed.',
          ifNot: 'the write load is high: a larger max_wal_size reduces the cost.',
          alert: 'CheckpointsForced',
          unit: 'count',
          lines: {
            timed: '3600 * sum(rate(pg_stat_checkpointer_num_timed_total[$__rate_interval]))',
            requested:
              '3600 * sum(rate(pg_stat_checkpointer_num_requested_total[$__rate_interval]))',
          },
        }),
      ),
    ),
    tablesRow(),
  ]);
}
