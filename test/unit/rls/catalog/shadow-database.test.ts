/**
 * The throw-away server that a preview asks for tables which do not exist yet.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { describe, expect, it } from '@jest/globals';
import type { PGlite as PGliteClass } from '@electric-sql/pglite';
import { migrationsIn } from '../../../../rls/load.ts';
import {
  printedPolicies,
  refusedPolicies,
  shadowCatalog,
  type ShadowArgs,
} from '../../../../rls/catalog/shadow-database.ts';
import { application } from '../../../../examples/classrooms/app.ts';
import { compareGolden } from '../../../support/golden.ts';

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
        migrations: migrationsIn(application.migrations),
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

  it('tries policies written by hand, and says what Postgres says against them and makes of them', async () => {
    const sql = 'create table notes (id int, owner_id uuid)';
    const policy = (name: string, using: string) => ({
      name,
      restrictive: true,
      command: 'SELECT' as const,
      roles: ['app'],
      using,
      check: null,
      says: 'app sees what it may',
      rows: 'some' as const,
    });
    const plan = {
      schema: 'public',
      table: 'notes',
      owner: 'owner',
      rowSecurity: true,
      policies: [policy('good', 'id > 0'), policy('wrong', 'ident > 0'), policy('slip', 'id >')],
      grants: {},
      sequences: {},
      indexes: [],
    };
    const args: ShadowArgs = {
      migrations: [{ name: '0001_trial.sql', sql }],
      roles: ['owner', 'app'],
      schema: 'public',
      tenant: TENANT,
    };
    expect(await refusedPolicies(args, [plan], open)).toEqual([
      'tables.notes.policies.wrong: column "ident" does not exist: correct its condition',
      'tables.notes.policies.slip: syntax error at or near ")": correct its condition',
    ]);
    expect(await printedPolicies(args, [plan], open)).toEqual({
      notes: {
        good: { using: '(id > 0)', check: null },
        wrong: { refused: 'column "ident" does not exist' },
        slip: { refused: 'syntax error at or near ")"' },
      },
    });
  });
});
