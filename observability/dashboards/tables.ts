import { BLOAT_PERCENT, SEQUENCE_PERCENT } from '../alerts/postgres-upkeep.ts';
import { number, table } from './panels.ts';
import { above, line, type Row, row } from './builders.ts';

const byTable = (metric: string) => `max by (schema, table) (plinth_postgres_${metric})`;

/** The part of Postgres's board about tables, sequences and indexes. */
export function tablesRow(): Row {
  return row(
    'Tables',
    line(
      8,
      table('Which tables need a vacuum?', {
        shows: 'The largest tables and those with most dead rows.',
        normal: 'dead rows are a fifth of the living at most: then autovacuum comes.',
        ifNot: 'a long transaction keeps them; see Locks & transactions.',
        alert: 'DeadRowsPilingUp',
        labels: { schema: 'Schema', table: 'Table' },
        columns: [
          { name: 'Dead rows', unit: 'count', expr: byTable('table_dead_rows') },
          { name: 'Live rows', unit: 'count', expr: byTable('table_live_rows') },
          { name: 'Size', unit: 'bytes', expr: byTable('table_size_bytes') },
        ],
        more: 'locks',
      }),
      table('Which sequences are nearly used up?', {
        shows: 'The fullest sequences.',
        normal: 'far below 100 %. No line where no table has one.',
        ifNot: 'at 100 % no row can be inserted: make its column a bigint.',
        alert: 'SequenceRunningOut',
        labels: { schema: 'Schema', sequence: 'Sequence' },
        columns: [
          {
            name: 'Used',
            unit: 'ratio',
            // Tables with UUIDs have no sequences.
            expr: 'max by (schema, sequence) (plinth_postgres_sequence_used_ratio) or on () vector(0)',
            limit: above(SEQUENCE_PERCENT / 100),
          },
        ],
      }),
    ),
    line(
      4,
      number('How bloated is the worst table?', {
        shows: 'The estimated part of a table without a row in it, of tables above 10 MiB.',
        normal: 'below half.',
        ifNot: 'it was mostly deleted or updated; `vacuum full` locks it, pg_repack does not.',
        alert: 'TableBloated',
        unit: 'ratio',
        // Small databases have no such table.
        expr: 'max(plinth_postgres_table_bloat_ratio) or vector(0)',
        limit: above(BLOAT_PERCENT / 100),
      }),
      number('How big are unused indexes?', {
        shows: 'Indexes that no query used since statistics began.',
        normal: 'small.',
        ifNot: 'each costs at every write. Wait a month before you drop one.',
        unit: 'bytes',
        expr: 'max(plinth_postgres_unused_index_bytes)',
      }),
      number('Are indexes broken?', {
        shows: 'Indexes that a failed `create index concurrently` left behind.',
        normal: '0.',
        ifNot: 'drop it and make it again: it is kept up to date and never used.',
        alert: 'InvalidIndex',
        unit: 'count',
        expr: 'max(plinth_postgres_invalid_indexes)',
        limit: above(1),
      }),
    ),
  );
}
