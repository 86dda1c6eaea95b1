import { BLOAT_PERCENT, SEQUENCE_PERCENT } from '../alerts/postgres-upkeep.ts';
import { number, table } from './panels.ts';
import { above, line, type Row, row } from './builders.ts';

const byTable = (metric: string) => `max by (schema, table) (plinth_postgres_${metric})`;

/** The row of the Postgres board about tables, sequences and indexes. */
export function tablesRow(): Row {
  return row(
    'Tables',
    line(
      8,
      table('Tables with dead tuples', {
        shows: 'The largest tables, and the tables with the most dead tuples.',
        normal: 'dead tuples are at most 20 % of the live tuples; then autovacuum runs.',
        ifNot: 'a long transaction prevents vacuum from removing them; see Locks & transactions.',
        alert: 'DeadRowsPilingUp',
        labels: { schema: 'Schema', table: 'Table' },
        columns: [
          { name: 'Dead rows', unit: 'count', expr: byTable('table_dead_rows') },
          { name: 'Live rows', unit: 'count', expr: byTable('table_live_rows') },
          { name: 'Size', unit: 'bytes', expr: byTable('table_size_bytes') },
        ],
        more: 'locks',
      }),
      table('Sequence usage', {
        shows: 'The sequences with the highest usage.',
        normal: 'far below 100 %. Empty if there are no sequences.',
        ifNot: 'at 100 % inserts fail: change the column to bigint.',
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
      number('Highest table bloat', {
        shows: 'Highest estimated bloat ratio of tables above 10 MiB.',
        normal: 'below half.',
        ifNot:
          'many rows were deleted or updated. `vacuum full` locks the table, pg_repack does not.',
        alert: 'TableBloated',
        unit: 'ratio',
        // Small databases have no such table.
        expr: 'max(plinth_postgres_table_bloat_ratio) or vector(0)',
        limit: above(BLOAT_PERCENT / 100),
      }),
      number('Unused indexes', {
        shows: 'Size of the indexes that no query has used since the last statistics reset.',
        normal: 'small.',
        ifNot: 'each index slows down writes. Wait a month before you drop one.',
        unit: 'bytes',
        expr: 'max(plinth_postgres_unused_index_bytes)',
      }),
      number('Invalid indexes', {
        shows: 'Invalid indexes left by a failed `create index concurrently`.',
        normal: '0.',
        ifNot: 'drop the index and create it again: Postgres updates it but does not use it.',
        alert: 'InvalidIndex',
        unit: 'count',
        expr: 'max(plinth_postgres_invalid_indexes)',
        limit: above(1),
      }),
    ),
  );
}
