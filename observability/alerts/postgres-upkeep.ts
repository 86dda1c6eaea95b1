/** What makes a server slow or stops it in weeks or months: bloat, worn-out numbers, broken indexes. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

const CHECKPOINT_WINDOW_SEC = 3600;
/** One in ten minutes; a backup asks for one of its own, and that is none too many. */
const REQUESTED_CHECKPOINTS = 6;
/** autovacuum_freeze_max_age is 200 million of 2147 million, 9 %: at half, vacuum has failed for a long time. */
export const WRAPAROUND_PERCENT = 50;
export const BLOAT_PERCENT = 50;
/** Autovacuum comes at 20 %; at half it has not come, or could not do anything. */
const DEAD_PERCENT = 50;
/** A small table has many dead rows in a moment and loses them in another. */
const DEAD_ROWS = 100_000;
export const SEQUENCE_PERCENT = 80;
const HOUR = 3600;

export function postgresUpkeepRules(t: Thresholds): RuleGroup {
  const increase = (what: string) =>
    `sum(increase(pg_stat_checkpointer_num_${what}_total[${range(t, CHECKPOINT_WINDOW_SEC)}]))`;
  const rows = (kind: string) => `max by (schema, table) (plinth_postgres_table_${kind}_rows)`;
  return {
    name: 'postgres-upkeep',
    alerts: [
      {
        name: 'CheckpointsForced',
        subject: 'postgres',
        severity: 'warning',
        expr:
          `round(${increase('requested')}) > ${number(REQUESTED_CHECKPOINTS)}\n` +
          `and ${increase('requested')} > ${increase('timed')}`,
        forSec: 900,
        why: `More checkpoints because max_wal_size is full than because it is time, and more than ${number(REQUESTED_CHECKPOINTS)} in ${rangeInWords(t, CHECKPOINT_WINDOW_SEC)}, which is more than backups ask for.`,
        summary: 'Postgres writes more than its WAL has room for',
        description: `{{ $value | humanize }} checkpoints within ${rangeInWords(t, CHECKPOINT_WINDOW_SEC)} were forced, more than came in time; the alert begins above ${number(REQUESTED_CHECKPOINTS)}.`,
      },
      {
        name: 'TransactionIdsRunningOut',
        subject: 'postgres',
        severity: 'critical',
        expr: `max by (database) (plinth_postgres_transaction_id_age_ratio) > ${share(WRAPAROUND_PERCENT)}`,
        forSec: 300,
        why: `Autovacuum freezes from 9 % on (autovacuum_freeze_max_age); at ${number(WRAPAROUND_PERCENT)} % it has not managed to for long, and before 100 % the server takes no more writes.`,
        summary: 'Postgres runs out of transaction ids in {{ $labels.database }}',
        description: `{{ $value | humanizePercentage }} of the transaction ids of {{ $labels.database }} are used up; the alert begins at ${number(WRAPAROUND_PERCENT)} %.`,
      },
      {
        name: 'TableBloated',
        subject: 'postgres',
        severity: 'warning',
        expr: `max by (schema, table) (plinth_postgres_table_bloat_ratio) > ${share(BLOAT_PERCENT)}`,
        forSec: HOUR,
        why: `An estimate, for tables above 10 MiB, so only what it cannot be wrong about: ${number(BLOAT_PERCENT)} % of the table hold no row, twice what has to be read.`,
        summary: 'The table {{ $labels.schema }}.{{ $labels.table }} is mostly air',
        description: `{{ $value | humanizePercentage }} of {{ $labels.schema }}.{{ $labels.table }} hold no row; the alert begins at ${number(BLOAT_PERCENT)} %.`,
      },
      {
        name: 'DeadRowsPilingUp',
        subject: 'postgres',
        severity: 'warning',
        expr:
          `${rows('dead')} / (${rows('dead')} + ${rows('live')}) > ${share(DEAD_PERCENT)}\n` +
          `and ${rows('dead')} > ${number(DEAD_ROWS)}`,
        forSec: HOUR,
        why: `Autovacuum comes at 20 %; at ${number(DEAD_PERCENT)} % for ${time(HOUR)} it does not come or can remove nothing. Below ${number(DEAD_ROWS)} rows it does not matter.`,
        summary: 'Vacuum does not keep up with {{ $labels.schema }}.{{ $labels.table }}',
        description: `{{ $value | humanizePercentage }} of the rows of {{ $labels.schema }}.{{ $labels.table }} are dead; the alert begins at ${number(DEAD_PERCENT)} %.`,
      },
      {
        name: 'SequenceRunningOut',
        subject: 'postgres',
        severity: 'warning',
        expr: `max by (schema, sequence) (plinth_postgres_sequence_used_ratio) > ${share(SEQUENCE_PERCENT)}`,
        forSec: 300,
        why: `At 100 % every INSERT fails; a wider type needs the table written anew, for which ${number(100 - SEQUENCE_PERCENT)} % leave time.`,
        summary: 'The sequence {{ $labels.schema }}.{{ $labels.sequence }} runs out of numbers',
        description: `{{ $value | humanizePercentage }} of {{ $labels.schema }}.{{ $labels.sequence }} are used up; the alert begins at ${number(SEQUENCE_PERCENT)} %.`,
      },
      {
        name: 'InvalidIndex',
        subject: 'postgres',
        severity: 'warning',
        expr: 'max(plinth_postgres_invalid_indexes) > 0',
        forSec: HOUR,
        why: 'CREATE INDEX CONCURRENTLY leaves one for as long as it works; after an hour it has failed, and the index costs every write and answers no query.',
        summary: 'An index is not valid',
        description:
          'Indexes that are kept up to date and never used, because they are not valid: {{ $value | humanize }}; there should be 0.',
      },
    ],
  };
}
