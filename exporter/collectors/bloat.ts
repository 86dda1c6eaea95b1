// Estimates table bloat with pgstattuple_approx(), which reads only pages that are not all-visible. It runs table by table, so a
// timeout affects only one table.

import type { CollectorContext, Collector, ExporterSample } from '../collector.ts';
import { HOURLY } from './tables.ts';

const SHOWN = 10;
/** Smaller tables are not worth a rebuild. */
const LEAST_BYTES = 10 * 1024 * 1024;
/** Maximum number of tables to read, the largest first. */
const READ = 50;

const LARGE = `select c.oid as oid, n.nspname::text as schema, c.relname::text as "table"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and c.relpersistence <> 't' and c.relpages::bigint * current_setting('block_size')::int > ${String(LEAST_BYTES)}
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by c.relpages desc limit ${String(READ)}`;

const EMPTY = `select (t.dead_tuple_percent + t.approx_free_percent) / 100 as empty
  from {extension}.pgstattuple_approx($1::oid) t`;

/** Milliseconds between two tables, to limit the disk load. */
const PAUSE = 200;

export function bloat({ query, schemaOf }: CollectorContext): Collector {
  return {
    name: 'bloat',
    everySec: HOURLY,
    collect: async () => {
      const schema = await schemaOf('pgstattuple');
      const found: ExporterSample[] = [];
      for (const { oid, schema: owner, table } of await query(LARGE)) {
        const sql = EMPTY.replaceAll('{extension}', () => schema);
        const rows = await query(sql, [oid]).catch(leftOut);
        const value = rows[0]?.['empty'];
        if (typeof value === 'number') {
          const labels = { schema: String(owner), table: String(table) };
          found.push({ name: 'plinth_postgres_table_bloat_ratio', value, labels });
        }
        await new Promise((done) => setTimeout(done, PAUSE));
      }
      return found.sort((a, b) => b.value - a.value).slice(0, SHOWN);
    },
  };
}

/** Statement timeout, lock timeout, and missing table: these tables are skipped. All other errors are failures. */
const FINE = ['57014', '55P03', '42P01'];

function leftOut(error: unknown): [] {
  if (FINE.includes((error as { code?: string }).code ?? '')) return [];
  throw error;
}
