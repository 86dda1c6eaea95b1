/**
 * The throw-away server that a preview asks for tables which do not exist yet.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { describe, expect, it } from '@jest/globals';
import type { PGlite as PGliteClass } from '@electric-sql/pglite';
import { migrations } from '../../../access/load.ts';
import { shadowCatalog, type ShadowArgs } from '../../../access/shadow.ts';
import { compareGolden } from '../../support/golden.ts';

declare const PGlite: typeof PGliteClass;
const open = () => PGlite.create();
const TENANT = { setting: 'app.facilitator_id', type: 'uuid' } as const;

const trial = (sql: string, more: Partial<ShadowArgs> = {}) =>
  shadowCatalog(
    {
      migrations: [{ name: '0001_trial.sql', sql }],
      roles: ['owner', 'app'],
      schema: 'public',
      tenant: TENANT,
      ...more,
    },
    open,
  );

describe('the shadow', () => {
  it('of the example is the catalog that all other tests work with', async () => {
    const catalog = await shadowCatalog(
      {
        migrations: migrations(),
        roles: ['migrator', 'app', 'readonly'],
        schema: 'public',
        tenant: TENANT,
      },
      open,
    );
    expect(
      compareGolden('test/golden/catalog', {
        'classrooms.json': `${JSON.stringify(catalog, null, 2)}\n`,
      }),
    ).toEqual([]);
  });

  it('runs migrations as the owner, who may also make a schema', async () => {
    const { schema, tables } = await trial(
      'create schema shop; create table shop.orders (id int)',
      {
        schema: 'shop',
      },
    );
    expect([schema, tables.map(({ name, owner }) => [name, owner])]).toEqual([
      'shop',
      [['orders', 'owner']],
    ]);
  });

  it('says which migration is refused, and why', async () => {
    await expect(trial('create table a (id int); create table a (id int)')).rejects.toThrow(
      'migrations/0001_trial.sql has one mistake, nothing was touched:\n  relation "a" already exists: correct it',
    );
  });

  it('says that no migration makes the schema', async () => {
    await expect(trial('select 1', { schema: 'shop' })).rejects.toThrow(
      'none makes schema shop: correct the declaration',
    );
  });
});
