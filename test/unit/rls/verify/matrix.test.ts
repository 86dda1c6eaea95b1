import { describe, expect, it } from '@jest/globals';
import type { Catalog, Table } from '../../../../rls/catalog/catalog.ts';
import { belongsVia, belongsTo, type Tenancy } from '../../../../rls/model/tenancy.ts';
import { compileTenancy } from '../../../../rls/compile/compile.ts';
import type { TenantPlan } from '../../../../rls/model/plan.ts';
import { casesOf, insertable } from '../../../../rls/verify/matrix.ts';
import { leadingTo, ordered } from '../../../../rls/verify/dependency-order.ts';

const column = (name: string) => ({
  name,
  type: 'uuid',
  nullable: false,
  filled: name === 'id',
  generated: false,
});
const tableOf = (name: string, columns: string[], more: Partial<Table> = {}): Table => ({
  name,
  kind: 'table',
  parent: null,
  owner: 'migrator',
  columns: columns.map(column),
  primaryKey: ['id'],
  foreignKeys: [],
  indexes: [],
  checks: [],
  sequences: [],
  ...more,
});
const key = (from: string, to: string) => ({
  name: `${from}_fkey`,
  columns: [from],
  schema: 'public',
  table: to,
  references: ['id'],
});

const catalog: Catalog = {
  schema: 'public',
  tables: [
    tableOf('items', ['id', 'order_id'], { foreignKeys: [key('order_id', 'orders')] }),
    tableOf('orders', ['id', 'shop_id'], { foreignKeys: [key('shop_id', 'shops')] }),
    tableOf('shops', ['id']),
    tableOf('countries', ['id'], { primaryKey: [] }),
  ],
};
const tenancy: Tenancy = {
  schema: 'public',
  tenant: { is: 'shop', setting: 'app.shop', type: 'uuid' },
  tables: {
    shops: belongsTo('id', { may: { app: ['SELECT'], clerk: ['SELECT', 'INSERT'] } }),
    orders: belongsTo('shop_id', {
      may: { clerk: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], app: ['SELECT'] },
    }),
    items: belongsVia('order_id', { may: { app: ['SELECT', 'INSERT'] } }),
  },
  exempt: { countries: { reason: 'the same for all' } },
  bypass: {},
};
const planned = (mode: 'setting' | 'signed' = 'setting'): TenantPlan =>
  compileTenancy(tenancy, catalog, {
    owner: 'migrator',
    roles: [
      { name: 'app', kind: 'app', logins: [] },
      { name: 'clerk', kind: 'app', logins: [] },
    ],
    mode,
    usage: [],
    memberships: [],
    logins: {},
  });

/** `command context expects`, one line a command. */
const lines = (role: string, table: string, mode?: 'setting' | 'signed'): string[] => {
  const cases = casesOf(planned(mode), catalog, role).filter((one) => one.table === table);
  return [...Map.groupBy(cases, ({ command }) => command)].map(
    ([command, group]) =>
      `${command}: ${group
        .map(
          ({ context, expects, accepted }) =>
            `${context} ${expects}${accepted === undefined ? '' : ' or said'}`,
        )
        .join(', ')}`,
  );
};

const DENIED =
  'none denied, empty denied, malformed denied, own denied, foreign denied, spoofed denied';

describe('cases that follow from a plan', () => {
  it('try everything where the role may do everything', () => {
    const quiet =
      'none nothing, empty nothing, malformed nothing, own reaches, foreign nothing, spoofed nothing or said';
    const put =
      'none refused, empty refused, malformed refused, own reaches, foreign refused, spoofed refused or said';
    const blind = 'none nothing, empty nothing, malformed nothing, own reaches';
    expect(lines('clerk', 'orders')).toEqual([
      `SELECT: ${quiet}, row security off refused`,
      `INSERT: ${put}`,
      `UPDATE: ${quiet}, handed over refused`,
      `UPDATE without WHERE: ${blind}, handed over refused`,
      `DELETE: ${quiet}`,
      `DELETE without WHERE: ${blind}`,
      `INSERT … ON CONFLICT DO UPDATE: ${put}, handed over refused`,
      `UPDATE … RETURNING: ${quiet}, handed over refused`,
      `MERGE: ${quiet}, handed over refused`,
      `COPY TO: ${quiet}, row security off refused`,
      'COPY FROM: none refused, empty refused, malformed refused, own refused, foreign refused, spoofed refused',
      `TRUNCATE: ${DENIED}`,
    ]);
  });

  it('expect the privilege to be denied where the plan grants none', () => {
    const reading = lines('app', 'orders');
    expect(
      reading.filter((line) => line.endsWith(`: ${DENIED}`)).map((line) => line.split(':')[0]),
    ).toEqual([
      'INSERT',
      'UPDATE',
      'UPDATE without WHERE',
      'DELETE',
      'DELETE without WHERE',
      'INSERT … ON CONFLICT DO UPDATE',
      'UPDATE … RETURNING',
      'MERGE',
      'COPY FROM',
      'TRUNCATE',
    ]);
    expect(reading).toHaveLength(12);
  });

  it('accept a named tenant at level 1 and nothing at level 2', () => {
    expect(lines('clerk', 'orders').join('\n')).toContain('spoofed nothing or said');
    expect(lines('clerk', 'orders', 'signed').join('\n')).not.toContain('or said');
  });

  it('allow on a table of nobody what is granted, and leave out a conflict that needs a key', () => {
    expect(lines('app', 'countries')).toEqual([
      'SELECT: none allowed, own allowed',
      ...[
        'INSERT',
        'UPDATE',
        'UPDATE without WHERE',
        'DELETE',
        'DELETE without WHERE',
        'UPDATE … RETURNING',
        'MERGE',
      ].map((command) => `${command}: none denied, own denied`),
      'COPY TO: none allowed, own allowed',
      'COPY FROM: none denied, own denied',
      'TRUNCATE: none denied, own denied',
    ]);
  });
});

describe('the order in which rows are made', () => {
  it('puts parents before children', () => {
    expect(ordered(planned(), catalog)).toEqual([
      { table: 'shops', needs: [] },
      { table: 'orders', needs: ['shops'] },
      { table: 'items', needs: ['orders'] },
    ]);
  });

  it('takes only what leads to a table', () => {
    const steps = ordered(planned(), catalog);
    expect(leadingTo(steps, ['orders']).map(({ table }) => table)).toEqual(['shops', 'orders']);
  });

  it('knows what a role can make itself: what it may add and read, with all parents', () => {
    expect([...insertable(planned(), catalog, 'clerk')]).toEqual(['shops', 'orders', 'items']);
    expect([...insertable(planned(), catalog, 'app')]).toEqual([]);
  });
});
