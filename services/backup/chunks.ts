// How tables are cut into streams, so that a big one does not keep one processor busy while the others
// wait.

import { escapeIdentifier } from 'pg';
import type { Table } from './objects.ts';

/** Part of a table: its pages from one to before another. */
export interface Chunk {
  readonly table: Table;
  /** First page; 0 for the beginning. */
  readonly from: number;
  /** The page after the last one; null for all that follow. */
  readonly to: number | null;
  /** About as many, of rows and of what is stored beside them. */
  readonly bytes: number;
}

/** Size at which a table is cut. */
const CHUNK_BYTES = 256 * 1024 * 1024;

/**
 * Streams of some tables, the largest first.
 *
 * @param chunkBytes tables of more are cut into equal parts of at most that size
 */
export function chunksOf(tables: readonly Table[], chunkBytes: number = CHUNK_BYTES): Chunk[] {
  return tables.flatMap((table) => parts(table, chunkBytes)).sort((a, b) => b.bytes - a.bytes);
}

function parts(table: Table, chunkBytes: number): Chunk[] {
  const count = Math.max(1, Math.min(Math.ceil(table.bytes / chunkBytes), table.pages));
  return Array.from({ length: count }, (_, n) => ({
    table,
    from: Math.floor((table.pages * n) / count),
    // A table grows while it is dumped. What is new is not in the snapshot, but the end stays open all
    // the same: nothing can be behind the last part.
    to: n === count - 1 ? null : Math.floor((table.pages * (n + 1)) / count),
    bytes: Math.ceil(table.bytes / count),
  }));
}

/** The statement that says a part's rows. */
export function copyStatement({ table, from, to }: Chunk): string {
  const name = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`;
  const columns = table.columns.map(escapeIdentifier).join(', ');
  if (from === 0 && to === null && table.condition === '') {
    return `copy ${name}${columns === '' ? '' : ` (${columns})`} to stdout`;
  }
  const pages = [
    ...(from === 0 ? [] : [`ctid >= '(${String(from)},0)'`]),
    ...(to === null ? [] : [`ctid < '(${String(to)},0)'`]),
  ];
  const conditions = [
    ...(table.condition === '' ? [] : [table.condition.replace(/^\s*where\s/i, '')]),
    ...pages,
  ];
  const where = conditions.map((condition) => `(${condition})`).join(' and ');
  return `copy (select ${columns} from only ${name} where ${where}) to stdout`;
}
