import type { EnvironmentConfig } from '../../config/environment.ts';
import { WRAPAROUND_PERCENT } from '../alerts/postgres-upkeep.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { share } from './expressions.ts';
import { graph, number } from './panels.ts';
import { above, below, board, type Board, line, row } from './builders.ts';
import { tablesRow } from './tables.ts';

/** Is the server well, and what is it doing? */
export function postgresBoard(t: Thresholds, config: EnvironmentConfig): Board {
  const of = `{datname="${config.postgres.database}"}`;
  const rate = (metric: string) => `sum(rate(pg_stat_database_${metric}${of}[$__rate_interval]))`;
  const hits = share(rate('blks_hit'), `${rate('blks_hit')} + ${rate('blks_read')}`, 1);
  return board('postgres', 'Is the server well, and what is it doing?', [
    row(
      'Is it well?',
      line(
        4,
        number('How long has it run?', {
          shows: 'Time since the server was started.',
          normal: 'since the last `pulumi up` that replaced it.',
          ifNot: 'it restarted by itself: look in its log for a panic, or for memory that ran out.',
          unit: 'seconds',
          expr: 'time() - max(pg_postmaster_start_time_seconds)',
        }),
        number('How big is the database?', {
          shows: `The size of ${config.postgres.database} on disk.`,
          normal: 'grows slowly.',
          ifNot: 'see below which tables are largest, and whether they hold dead rows.',
          unit: 'bytes',
          expr: `max(pg_database_size_bytes${of})`,
          more: 'host',
        }),
        number('Does memory answer reads?', {
          shows: 'Pages that were found in shared buffers, of all that were read.',
          normal: `above ${String(t.cacheHitPercent)} %, mostly above 99 %.`,
          ifNot: 'a query reads whole tables, or the data outgrew the memory.',
          alert: 'CacheHitRatioLow',
          unit: 'ratio',
          expr: hits,
          limit: below(t.cacheHitPercent / 100),
          more: 'queries',
        }),
        number('How old is the oldest transaction id?', {
          shows:
            'Its age as a part of the ids there are. At 100 % the server takes no more writes.',
          normal: 'below 10 %: autovacuum begins to freeze at 200 million, which is 9 %.',
          ifNot:
            'something keeps vacuum from its work: a long transaction, or a forgotten replica.',
          alert: 'TransactionIdsRunningOut',
          unit: 'ratio',
          expr: 'max(plinth_postgres_transaction_id_age_ratio)',
          limit: above(WRAPAROUND_PERCENT / 100),
          more: 'locks',
        }),
        number('How much WAL is kept?', {
          shows: 'The size of the write-ahead log on the server.',
          normal: 'up to max_wal_size and a little more.',
          ifNot:
            'it is not archived, or a replica does not fetch it: then it grows until the disk is full.',
          unit: 'bytes',
          expr: 'max(pg_wal_size_bytes)',
          more: 'host',
        }),
        number('How far behind are replicas?', {
          shows: 'What the slowest replica has not got yet.',
          normal: '0, which is also what it says without replicas.',
          ifNot: 'the replica or the line to it is too slow.',
          alert: 'ReplicationLagging',
          unit: 'bytes',
          // An environment has no replicas unless somebody attached one.
          expr: 'max(plinth_postgres_replication_lag_bytes) or vector(0)',
        }),
      ),
    ),
    row(
      'What does it do?',
      line(
        8,
        graph('How many transactions?', {
          shows: 'Transactions a second that were committed or rolled back.',
          normal: 'follows the day of the application; few are rolled back.',
          ifNot: 'many rollbacks are errors of the application: see the log below.',
          unit: 'perSecond',
          lines: { committed: rate('xact_commit'), 'rolled back': rate('xact_rollback') },
        }),
        graph('How many rows are read and written?', {
          shows: 'Rows a second; read are those that an index or a scan gave.',
          normal: 'steady. Far more scanned than fetched means that indexes are missing.',
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
        graph('What does the log say?', {
          shows: 'Lines a minute by severity, without mere notes.',
          normal: 'now and then an error of a client.',
          ifNot: 'read them: `npx plinth logs postgres`.',
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
        graph('Does memory answer reads, over time?', {
          shows: 'Pages found in shared buffers, of all that were read.',
          normal: `above ${String(t.cacheHitPercent)} %.`,
          ifNot: 'look what was read at that time.',
          alert: 'CacheHitRatioLow',
          unit: 'ratio',
          lines: { 'from memory': hits },
          limit: below(t.cacheHitPercent / 100),
        }),
        graph('What is written to temporary files?', {
          shows: 'Sorts and joins that did not fit into work_mem.',
          normal: 'near 0.',
          ifNot: 'find the statement in Queries; a larger work_mem is paid by each connection.',
          unit: 'bytesPerSecond',
          lines: { written: rate('temp_bytes') },
          more: 'queries',
        }),
        graph('Why do checkpoints happen?', {
          shows: 'Checkpoints an hour, by the clock or because the log was full.',
          normal: 'nearly all by the clock.',
          ifNot: 'much is written: a larger max_wal_size makes it cheaper.',
          alert: 'CheckpointsForced',
          unit: 'count',
          lines: {
            'by the clock':
              '3600 * sum(rate(pg_stat_checkpointer_num_timed_total[$__rate_interval]))',
            'the log was full':
              '3600 * sum(rate(pg_stat_checkpointer_num_requested_total[$__rate_interval]))',
          },
        }),
      ),
    ),
    tablesRow(),
  ]);
}
