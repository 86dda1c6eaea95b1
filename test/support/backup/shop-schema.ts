/** A small server with tenants, as the platform would have made it: roles with slots, policies out of a declaration. */
import type pg from 'pg';
import type { PGlite } from '@electric-sql/pglite';
import { CATALOG_SQL, type Catalog } from '../../../rls/catalog/catalog.ts';
import { belongsVia, belongsTo, type Tenancy } from '../../../rls/model/tenancy.ts';
import { compileTenancy } from '../../../rls/compile/compile.ts';
import type { AccessPlan } from '../../../rls/model/plan.ts';
import { signedContextSql } from '../../../rls/token/sql.ts';
import { applyPlan } from '../rls/apply-plan.ts';

const ROLES = `
  CREATE ROLE migrator NOLOGIN; CREATE ROLE app NOLOGIN; CREATE ROLE readonly NOLOGIN;
  CREATE ROLE app_a LOGIN; GRANT app TO app_a WITH INHERIT TRUE, SET FALSE;
  CREATE ROLE app_b NOLOGIN; GRANT app TO app_b WITH INHERIT TRUE, SET FALSE;
  CREATE ROLE readonly_a LOGIN; GRANT readonly TO readonly_a WITH INHERIT TRUE, SET FALSE;
  CREATE ROLE backup LOGIN BYPASSRLS; GRANT pg_read_all_data TO backup;`;

const TABLES = `
  SET ROLE migrator;
  CREATE SCHEMA plinth;
  CREATE TABLE plinth.migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
  INSERT INTO plinth.migrations VALUES ('0001_shops.sql', 'x');
  CREATE TABLE shops (id bigint PRIMARY KEY, name text NOT NULL);
  CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shop_id bigint NOT NULL REFERENCES shops, state text NOT NULL);
  CREATE TABLE lines (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, item int NOT NULL);
  CREATE INDEX ON orders (shop_id); CREATE INDEX ON lines (order_id);
  RESET ROLE;
  INSERT INTO shops SELECT n, 'shop ' || n FROM generate_series(1, 20) n;
  INSERT INTO orders (shop_id, state) SELECT 1 + n % 20, 'new' FROM generate_series(1, 400) n;
  INSERT INTO lines (order_id, item) SELECT id, 1 FROM orders;`;

const tenancy: Tenancy = {
  schema: 'public',
  tenant: { is: 'shop', setting: 'app.shop', type: 'bigint' },
  tables: {
    shops: belongsTo('id'),
    orders: belongsTo('shop_id'),
    lines: belongsVia('order_id'),
  },
  exempt: {},
  bypass: { backup: 'it reads everything, to back it up' },
};

/** Roles and the database `shops`; then, connected to that, `makeShops`. */
export const SHOPS_SERVER = [
  ...ROLES.split(';').filter((sql) => sql.trim() !== ''),
  'CREATE DATABASE shops OWNER migrator',
  'REVOKE ALL ON DATABASE shops FROM PUBLIC',
  'GRANT CONNECT ON DATABASE shops TO app, readonly, backup',
];

/** @returns what shall hold there */
export async function makeShops(
  client: pg.Client,
  mode: AccessPlan['schema']['mode'] = 'setting',
): Promise<AccessPlan> {
  await client.query('ALTER SCHEMA public OWNER TO migrator');
  await client.query(TABLES);
  const { rows } = await client.query<{ catalog: Catalog }>(CATALOG_SQL, ['public']);
  const plan = compileTenancy(tenancy, rows[0]!.catalog, {
    owner: 'migrator',
    roles: [
      { name: 'app', kind: 'app', logins: ['app_a', 'app_b'] },
      { name: 'readonly', kind: 'readonly', logins: ['readonly_a'] },
    ],
    mode,
    usage: [],
    memberships: [
      { role: 'app', member: 'app_a', inherit: true, set: false },
      { role: 'app', member: 'app_b', inherit: true, set: false },
      { role: 'readonly', member: 'readonly_a', inherit: true, set: false },
      { role: 'pg_read_all_data', member: 'backup', inherit: true, set: true },
    ],
    logins: { app: ['app_a', 'app_b'], readonly: ['readonly_a'], backup: ['backup'] },
  });
  // The same two calls, whatever the database.
  const database = {
    exec: (sql: string) => client.query(sql),
    query: (sql: string, values: unknown[]) => client.query(sql, values),
  };
  await applyPlan(database as unknown as PGlite, plan);
  if (mode === 'signed') {
    const keys = { k1: 'ab'.repeat(32) };
    const context = {
      type: 'bigint',
      roles: ['app', 'readonly'],
      database: 'shops',
      keys,
    } as const;
    await client.query('begin');
    for (const { sql, values } of signedContextSql(context)) await client.query(sql, [...values]);
    await client.query('commit');
  }
  return plan;
}
