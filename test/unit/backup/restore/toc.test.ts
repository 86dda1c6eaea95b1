import { describe, expect, it } from '@jest/globals';
import { entriesFrom, entriesOf, listOf } from '../../../../backup/restore/toc.ts';

/** As `pg_restore -l -v` of PostgreSQL 17 says it. */
const LISTING = `;
; Archive created at 2026-11-21 15:44:25 UTC
;     dbname: shop
;
; Selected TOC Entries:
;
7; 2615 16398 SCHEMA - sales migrator
219; 1259 16420 TABLE sales tenants migrator
;	depends on: 7
220; 1259 16430 TABLE sales orders migrator
;	depends on: 7
221; 1259 16440 SEQUENCE sales orders_id_seq migrator
;	depends on: 220 7
222; 1259 16441 SEQUENCE sales events_id_seq migrator
;	depends on: 7
223; 1259 16442 TABLE sales events migrator
;	depends on: 7 222
230; 1259 16450 VIEW sales recent migrator
;	depends on: 220 7
231; 1259 16451 TABLE sales orders old migrator
;	depends on: 7
3500; 2604 16460 DEFAULT sales events id migrator
;	depends on: 223 222
3501; 0 0 SEQUENCE OWNED BY sales events_id_seq migrator
;	depends on: 222
3505; 2606 16470 CONSTRAINT sales orders orders_pkey migrator
;	depends on: 220
3506; 1259 16480 INDEX sales orders_tenant migrator
;	depends on: 220
3510; 2606 16490 FK CONSTRAINT sales orders orders_tenant_fkey migrator
;	depends on: 219 220
3511; 3256 16491 POLICY sales orders orders_app migrator
;	depends on: 220
3512; 0 16430 ROW SECURITY sales orders migrator
;	depends on: 220
3513; 0 0 ACL sales TABLE orders migrator
;	depends on: 220
3514; 0 0 COMMENT sales INDEX orders_tenant migrator
;	depends on: 3506
`;

const entries = entriesFrom(LISTING);
const ids = (schema: string, name: string, foreign = false): number[] =>
  entriesOf(entries, [{ schema, name }], foreign).map(({ id }) => id);

describe('the contents of an archive', () => {
  it('are read with what each entry needs', () => {
    expect(entries).toHaveLength(17);
    expect(entries[3]).toEqual({
      id: 221,
      line: '221; 1259 16440 SEQUENCE sales orders_id_seq migrator',
      what: 'SEQUENCE sales orders_id_seq migrator',
      needs: [220, 7],
    });
  });

  it('are handed back as they were', () => {
    expect(listOf(entries.slice(0, 2))).toBe(
      '7; 2615 16398 SCHEMA - sales migrator\n219; 1259 16420 TABLE sales tenants migrator\n',
    );
  });
});

describe('what belongs to a table', () => {
  it('is its own, and what is its own’s, but no view on it and no other table', () => {
    expect(ids('sales', 'tenants')).toEqual([219]);
    expect(() => ids('sales', 'orders')).toThrow('lists several tables as sales.orders');
  });

  it('includes the sequence of a serial column, and who owns it', () => {
    expect(ids('sales', 'events')).toEqual([222, 223, 3500, 3501]);
  });

  it('includes foreign keys only where others are there', () => {
    const unique = entries.filter(({ id }) => id !== 231);
    const of = (foreign: boolean) =>
      entriesOf(unique, [{ schema: 'sales', name: 'orders' }], foreign).map(({ id }) => id);
    expect(of(false)).toEqual([220, 221, 3505, 3506, 3511, 3512, 3513, 3514]);
    expect(of(true)).toEqual([220, 221, 3505, 3506, 3510, 3511, 3512, 3513, 3514]);
  });

  it('is refused for a table that is not there', () => {
    expect(() => ids('sales', 'nothing')).toThrow('the archive has no table sales.nothing');
  });
});
