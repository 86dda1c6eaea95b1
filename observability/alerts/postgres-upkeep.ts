/** Maintenance problems that build up over weeks or months: bloat, exhausted sequences, wraparound, invalid indexes. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

const CHECKPOINT_WINDOW_SEC = 3600;
/** One in ten minutes; a backup requests one, which is normal. */
const REQUESTED_CHECKPOINTS = 6;
/** autovacuum_freeze_max_age is 200 million of 2147 million, 9 %: at half, vacuum has been failing for a long time. */
export const WRAPAROUND_PERCENT = 50;
export const BLOAT_PERCENT = 50;
/** Autovacuum runs at 20 % dead tuples; at half it did not run, or could not remove them. */
const DEAD_PERCENT = 50;
/** The dead tuples of a small table come and go quickly. */
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
        why: `More checkpoints are requested because max_wal_size is reached than are started by checkpoint_timeout, and there are more than ${number(REQUESTED_CHECKPOINTS)} in ${rangeInWords(t, CHECKPOINT_WINDOW_SEC)}, which is more than backups request.`,
        summary: 'Checkpoints are forced because max_wal_size is reached',
        description: `{{ $value | humanize }} checkpoints within ${rangeInWords(t, CHECKPOINT_WINDOW_SEC)} were requested, more than were timed; the alert fires above ${number(REQUESTED_CHECKPOINTS)}.`,
      },
      {
        name: 'TransactionIdsRunningOut',
        subject: 'postgres',
        severity: 'critical',
        expr: `max by (database) (plinth_postgres_transaction_id_age_ratio) > ${share(WRAPAROUND_PERCENT)}`,
        forSec: 300,
        why: `Autovacuum freezes tuples from 9 % on (autovacuum_freeze_max_age). At ${number(WRAPAROUND_PERCENT)} % it has been failing for a long time. Shortly before 100 % Postgres refuses writes to prevent transaction ID wraparound.`,
        summary: 'Transaction ID wraparound approaches in {{ $labels.database }}',
        description: `The oldest transaction ID of {{ $labels.database }} has reached {{ $value | humanizePercentage }} of the wraparound limit; the alert fires above ${number(WRAPAROUND_PERCENT)} %.`,
      },
      {
        name: 'TableBloated',
        subject: 'postgres',
        severity: 'warning',
        expr: `max by (schema, table) (plinth_postgres_table_bloat_ratio) > ${share(BLOAT_PERCENT)}`,
        forSec: HOUR,
        why: `The bloat ratio is an estimate for tables above 10 MiB, so the threshold is high: at ${number(BLOAT_PERCENT)} % half of the table holds no live tuples, and scans read twice as much as necessary.`,
        summary: 'The table {{ $labels.schema }}.{{ $labels.table }} is bloated',
        description: `{{ $value | humanizePercentage }} of {{ $labels.schema }}.{{ $labels.table }} is bloat; the alert fires above ${number(BLOAT_PERCENT)} %.`,
      },
      {
        name: 'DeadRowsPilingUp',
        subject: 'postgres',
        severity: 'warning',
        expr:
          `${rows('dead')} / (${rows('dead')} + ${rows('live')}) > ${share(DEAD_PERCENT)}\n` +
          `and ${rows('dead')} > ${number(DEAD_ROWS)}`,
        forSec: HOUR,
        why: `Autovacuum runs at 20 % dead tuples. At ${number(DEAD_PERCENT)} % for ${time(HOUR)} it does not run, or cannot remove them. Below ${number(DEAD_ROWS)} dead tuples the cost is negligible.`,
        summary: 'Dead tuples accumulate in {{ $labels.schema }}.{{ $labels.table }}',
        description: `{{ $value | humanizePercentage }} of the tuples of {{ $labels.schema }}.{{ $labels.table }} are dead; the alert fires above ${number(DEAD_PERCENT)} %.`,
      },
      {
        name: 'SequenceRunningOut',
        subject: 'postgres',
        severity: 'warning',
        expr: `max by (schema, sequence) (plinth_postgres_sequence_used_ratio) > ${share(SEQUENCE_PERCENT)}`,
        forSec: 300,
        why: `At 100 % every INSERT fails. A wider column type requires a table rewrite; the remaining ${number(100 - SEQUENCE_PERCENT)} % leave time for it.`,
        summary: 'The sequence {{ $labels.schema }}.{{ $labels.sequence }} is nearly exhausted',
        description: `{{ $value | humanizePercentage }} of the values of {{ $labels.schema }}.{{ $labels.sequence }} are used; the alert fires above ${number(SEQUENCE_PERCENT)} %.`,
      },
      {
        name: 'InvalidIndex',
        subject: 'postgres',
        severity: 'warning',
        expr: 'max(plinth_postgres_invalid_indexes) > 0',
        forSec: HOUR,
        why: 'CREATE INDEX CONCURRENTLY marks its index invalid while it runs. After an hour it has failed; the index slows down every write and no query uses it.',
        summary: 'There is an invalid index',
        description:
          'Invalid indexes, which Postgres updates but does not use: {{ $value | humanize }}; expected: 0.',
      },
    ],
  };
}
