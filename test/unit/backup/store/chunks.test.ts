import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chunksOf, copyStatement } from '../../../../backup/store/chunks.ts';
import type { Table } from '../../../../backup/logical/objects.ts';
import { runs } from '../../../support/runs.ts';

const table = (more: Partial<Table> = {}): Table => ({
  oid: 1,
  schema: 'public',
  name: 't',
  columns: ['id', 'note'],
  condition: '',
  pages: 100,
  bytes: 819_200,
  ...more,
});

describe('chunksOf', () => {
  it('covers every page of every table once, and what is behind the last', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 300 }),
        fc.nat({ max: 1e7 }),
        fc.integer({ min: 1, max: 1e6 }),
        (pages, toast, chunkBytes) => {
          const one = table({ pages, bytes: pages * 8192 + toast });
          const parts = chunksOf([one], chunkBytes).sort((a, b) => a.from - b.from);
          expect(parts[0]?.from).toBe(0);
          expect(parts.at(-1)?.to).toBeNull();
          for (const [index, { from, to }] of parts.slice(0, -1).entries()) {
            expect(to).toBe(parts[index + 1]?.from);
            expect(to).toBeGreaterThan(from);
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('begins with the largest', () => {
    const small = table({ name: 'small', bytes: 1 });
    const big = table({ name: 'big', bytes: 250, pages: 9 });
    const names = chunksOf([small, big], 100).map((chunk) => chunk.table.name);
    expect(names).toEqual(['big', 'big', 'big', 'small']);
  });

  it('does not cut what cannot be read by its place', () => {
    expect(chunksOf([table({ pages: 0, bytes: 1e9 })], 10)).toHaveLength(1);
  });
});

describe('copyStatement', () => {
  const whole = { from: 0, to: null, bytes: 0 };
  it.each<[string, Parameters<typeof copyStatement>[0]]>([
    ['copy "public"."t" ("id", "note") to stdout', { table: table(), ...whole }],
    ['copy "public"."t" to stdout', { table: table({ columns: [] }), ...whole }],
    [
      'copy "a""b"."C d" ("e""; drop") to stdout',
      { table: table({ schema: 'a"b', name: 'C d', columns: ['e"; drop'] }), ...whole },
    ],
    [
      `copy (select "id", "note" from only "public"."t" where (ctid >= '(50,0)')) to stdout`,
      { table: table(), from: 50, to: null, bytes: 0 },
    ],
    [
      `copy (select "id", "note" from only "public"."t" where (ctid >= '(10,0)') and (ctid < '(20,0)')) to stdout`,
      { table: table(), from: 10, to: 20, bytes: 0 },
    ],
    [
      `copy (select "id", "note" from only "public"."t" where (id > 7 or id < 0)) to stdout`,
      { table: table({ condition: 'WHERE id > 7 or id < 0' }), ...whole },
    ],
  ])('%s', (statement, chunk) => {
    expect(copyStatement(chunk)).toBe(statement);
  });
});
