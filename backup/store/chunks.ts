// Splits large tables into several streams, so that they are dumped in parallel.

import { escapeIdentifier } from 'pg';
import type { Table } from '../logical/objects.ts';

/** A part of a table: a range of pages. */
export interface Chunk {
  readonly table: Table;
  /** First page, inclusive; 0 is the start of the table. */
  readonly from: number;
  /** Last page, exclusive; null is the end of the table. */
  readonly to: number | null;
  /** Approximate size, including TOAST. */
  readonly bytes: number;
}

/** Maximum size of a part. */
const CHUNK_BYTES = 256 * 1024 * 1024;

/**
 * The parts of the given tables, largest first.
 *
 * @param chunkBytes larger tables are split into equal parts of at most this size
 */
export function chunksOf(tables: readonly Table[], chunkBytes: number = CHUNK_BYTES): Chunk[] {
  return tables.flatMap((table) => parts(table, chunkBytes)).sort((a, b) => b.bytes - a.bytes);
}

function parts(table: Table, chunkBytes: number): Chunk[] {
  const count = Math.max(1, Math.min(Math.ceil(table.bytes / chunkBytes), table.pages));
  return Array.from({ length: count }, (_, n) => ({
    table,
    from: Math.floor((table.pages * n) / count),
    // A table may grow while it is dumped. New rows are not in the snapshot, but the last part still has no upper bound,
    // so that no row can be missed.
    to: n === count - 1 ? null : Math.floor((table.pages * (n + 1)) / count),
    bytes: Math.ceil(table.bytes / count),
  }));
}

/** The COPY statement for a part. */
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
