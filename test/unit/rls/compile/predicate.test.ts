import { describe, expect, it } from '@jest/globals';
import { foreignKeyOf, tenantCondition } from '../../../../rls/compile/predicate.ts';
import {
  belongsVia,
  belongsTo,
  customPolicies,
  type Tenancy,
} from '../../../../rls/model/tenancy.ts';
import { catalog, table } from '../../../support/rls/generated-schema.ts';

const schema = catalog(
  table('firms'),
  table('notes', {
    columns: ['id', 'a', 'b', 'firm_id'],
    foreignKeys: ['(a, b) -> firms', 'firm_id -> firms'],
  }),
);

const tenancy = (tables: Tenancy['tables']): Tenancy => ({
  schema: 'public',
  tenant: { is: 'firm', setting: 'app.firm', type: 'uuid' },
  tables,
  bypass: {},
});

describe('foreignKeyOf', () => {
  it('finds the one of a column, and none that needs others as well', () => {
    expect(foreignKeyOf(schema, 'notes', 'firm_id')?.table).toBe('firms');
    expect(foreignKeyOf(schema, 'notes', 'a')).toBeUndefined();
    expect(foreignKeyOf(schema, 'notes', 'id')).toBeUndefined();
    expect(foreignKeyOf(schema, 'nothing', 'id')).toBeUndefined();
  });
});

describe('tenantCondition', () => {
  it('asks for the column of a table that has one', () => {
    const condition = 'firm_id = (SELECT tenant.id())';
    expect(tenantCondition(tenancy({ notes: belongsTo('firm_id') }), schema, 'notes')).toEqual({
      using: condition,
      check: condition,
    });
  });

  it.each([
    ['is not declared', {}],
    ['is by hand', { notes: customPolicies([]) }],
  ])('is none of a table that %s', (_, tables) => {
    expect(() => tenantCondition(tenancy(tables), schema, 'notes')).toThrow(
      'notes has no condition of its own: its policies are written by hand',
    );
  });

  it.each([
    ['has no such foreign key', { notes: belongsVia('id') }],
    ['leads to a table by hand', { notes: belongsVia('firm_id'), firms: customPolicies([]) }],
    ['leads to a table that is not declared', { notes: belongsVia('firm_id') }],
  ])('is never half a condition for a table that %s', (_, tables) => {
    expect(() => tenantCondition(tenancy(tables), schema, 'notes')).toThrow(
      'notes does not lead to the tenant',
    );
  });
});
