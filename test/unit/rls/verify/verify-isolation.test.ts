/**
 * The proof against a real Postgres in this process, over the direct route: one connection at a time.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { CATALOG_SQL, type Catalog } from '../../../../rls/catalog/catalog.ts';
import {
  belongsVia,
  belongsTo,
  customPolicies,
  type Tenancy,
} from '../../../../rls/model/tenancy.ts';
import { compileTenancy } from '../../../../rls/compile/compile.ts';
import type { TenantPlan } from '../../../../rls/model/plan.ts';
import { proveIsolation } from '../../../../rls/verify/verify-isolation.ts';
import { sentence, type CaseResult } from '../../../../rls/verify/report.ts';
import { identifier, role as roleName } from '../../../../lib/sql.ts';
import { settingContextSql } from '../../../../rls/compile/session-variable-context.ts';
import { servePGlite, type PGliteServer } from '../../../support/pglite-server.ts';

// Hundreds of statements a test, on a Postgres that shares this process.
jest.setTimeout(120_000);

declare const PGlite: typeof pglite.PGlite;

const SCHEMA = `
  CREATE ROLE migrator NOLOGIN; CREATE ROLE app NOLOGIN; CREATE ROLE readonly NOLOGIN;
  CREATE ROLE app_a LOGIN; GRANT app TO app_a WITH INHERIT TRUE, SET FALSE;
  CREATE ROLE readonly_a LOGIN; GRANT readonly TO readonly_a WITH INHERIT TRUE, SET FALSE;
  CREATE TABLE countries (code char(2) PRIMARY KEY);
  INSERT INTO countries VALUES ('DE'), ('FR');
  CREATE TABLE shops (id bigint PRIMARY KEY, country char(2) NOT NULL REFERENCES countries, name text NOT NULL);
  CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shop_id bigint NOT NULL REFERENCES shops,
    state text NOT NULL CHECK (state IN ('new', 'paid')));
  CREATE TABLE lines (order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE, "item no" int NOT NULL CHECK ("item no" > 0));
  CREATE TABLE notices (id serial PRIMARY KEY, words text NOT NULL);
  INSERT INTO shops VALUES (1, 'DE', 'first'), (2, 'FR', 'second');
  INSERT INTO orders (shop_id, state) VALUES (1, 'new'), (2, 'paid');
  REVOKE TEMP, CREATE ON DATABASE postgres FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;
  GRANT USAGE ON SCHEMA public TO app, readonly;`;

const tenancy: Tenancy = {
  schema: 'public',
  tenant: { is: 'shop', setting: 'app.shop', type: 'bigint' },
  tables: {
    shops: belongsTo('id'),
    orders: belongsTo('shop_id'),
    lines: belongsVia('order_id'),
    notices: customPolicies([
      {
        name: 'notices_for_all',
        kind: 'permissive',
        command: 'ALL',
        roles: ['app', 'readonly'],
        using: 'true',
        says: 'everybody reads what hangs on the wall',
      },
    ]),
  },
  exempt: { countries: { reason: 'the same for every shop' } },
  bypass: {},
};

let db: pglite.PGlite;
let server: PGliteServer;
let plan: TenantPlan;

beforeAll(async () => {
  db = await PGlite.create();
  await db.exec(SCHEMA);
  for (const sql of settingContextSql(tenancy.tenant, ['app', 'readonly'])) await db.exec(sql);
  const { rows } = await db.query<{ catalog: Catalog }>(CATALOG_SQL, ['public']);
  plan = compileTenancy(tenancy, rows[0]!.catalog, {
    owner: 'migrator',
    roles: [
      { name: 'app', kind: 'app', logins: ['app_a'] },
      { name: 'readonly', kind: 'readonly', logins: ['readonly_a'] },
    ],
    mode: 'setting',
    usage: [],
    memberships: [],
    logins: {},
  });
  for (const table of plan.tables) {
    const name = identifier(table.table);
    if (table.rowSecurity) {
      await db.exec(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
    }
    for (const { name: policy, restrictive, command, roles, using, check } of table.policies) {
      await db.exec(
        `CREATE POLICY ${identifier(policy)} ON ${name} AS ${restrictive ? 'RESTRICTIVE' : 'PERMISSIVE'} FOR ${command} ` +
          `TO ${roles.map(roleName).join()} ${using === null ? '' : `USING (${using})`} ${check === null ? '' : `WITH CHECK (${check})`}`,
      );
    }
    for (const [role, grants] of Object.entries(table.grants)) {
      await db.exec(`GRANT ${grants.join()} ON ${name} TO ${roleName(role)}`);
    }
  }
  await db.exec('GRANT USAGE ON SEQUENCE notices_id_seq TO app');
  server = await servePGlite(db);
});
afterAll(async () => {
  await server.close();
  await db.close();
});

let undo = '';
afterEach(async () => {
  await server.quiet();
  await db.exec(undo);
  undo = '';
});

/** Opens a hole until the end of the test. */
const plant = async (hole: string, repair: string): Promise<void> => {
  undo = repair;
  await db.exec(hole);
};

const prove = async (role: string, tables?: readonly string[]): Promise<readonly CaseResult[]> => {
  const address = { host: '127.0.0.1', port: server.port };
  const login = (user: string) => ({ user, password: 'none' });
  const report = await proveIsolation(
    {
      plan,
      database: 'postgres',
      direct: address,
      pooled: address,
      superuser: login('postgres'),
      logins: { app: login('app_a'), readonly: login('readonly_a') },
    },
    { roles: [role], routes: ['direct'], ...(tables === undefined ? {} : { tables }) },
  );
  await server.quiet();
  // Whoever logs in here was the superuser before, and may become it again.
  return report.cases.filter(({ command }) => command !== 'SET SESSION AUTHORIZATION');
};

const failed = (cases: readonly CaseResult[]): string[] =>
  cases.filter(({ outcome }) => outcome === 'leaked' || outcome === 'vacuous').map(sentence);
const leaks = (cases: readonly CaseResult[]): string[] =>
  cases
    .filter(({ outcome }) => outcome === 'leaked')
    .map(({ role, command, table, context }) => `${role} ${command} ${table}: ${context}`);

describe('isolation as declared', () => {
  it.each(['app', 'readonly'])('holds for %s, and each case was tried once', async (role) => {
    const cases = await prove(role);
    expect(failed(cases)).toEqual([]);
    const tried = cases.map(({ table, command, context }) => `${table} ${command} ${context}`);
    expect(new Set(tried.filter((one) => !one.startsWith('* BEGIN'))).size).toBe(
      tried.filter((one) => !one.startsWith('* BEGIN')).length,
    );
    expect(cases.filter(({ outcome }) => outcome === 'held').length).toBeGreaterThan(200);
  });

  it('leaves no trace', async () => {
    const all = () =>
      db.query(
        `SELECT (SELECT json_agg(s) FROM shops s) shops, (SELECT json_agg(o) FROM orders o) orders,
          (SELECT json_agg(l) FROM lines l) lines, (SELECT json_agg(n) FROM notices n) notices`,
      );
    const before = await all();
    await prove('app');
    expect((await all()).rows).toEqual(before.rows);
  });

  it('says what a policy written by hand opens on purpose', async () => {
    const cases = await prove('readonly', ['notices']);
    expect(failed(cases)).toEqual([]);
    expect(
      cases.find(({ context, command }) => context === 'foreign' && command === 'SELECT'),
    ).toEqual({
      table: 'notices',
      role: 'readonly',
      command: 'SELECT',
      context: 'foreign',
      route: 'direct',
      expected: 'no rows',
      got: '1 row (declared: everybody reads what hangs on the wall)',
      outcome: 'acknowledged',
    });
  });
});

describe('a hole', () => {
  it('in a policy for reading', async () => {
    await plant(
      'CREATE POLICY hole ON orders FOR SELECT TO readonly USING (true)',
      'DROP POLICY hole ON orders',
    );
    expect(leaks(await prove('readonly', ['orders']))).toEqual([
      'readonly SELECT orders: own',
      'readonly SELECT orders: none',
      'readonly COPY TO orders: none',
      'readonly SELECT orders: empty',
      'readonly COPY TO orders: empty',
      'readonly SELECT orders: malformed',
      'readonly COPY TO orders: malformed',
      'readonly SELECT orders: foreign',
      'readonly COPY TO orders: foreign',
    ]);
  });

  it('in a policy for adding', async () => {
    await plant(
      'CREATE POLICY hole ON lines FOR INSERT TO app WITH CHECK (true)',
      'DROP POLICY hole ON lines',
    );
    expect(leaks(await prove('app', ['lines']))).toEqual([
      'app INSERT lines: none',
      'app INSERT lines: empty',
      'app INSERT lines: malformed',
      'app INSERT lines: foreign',
    ]);
  });

  it('in a policy for removing, which reading does not show', async () => {
    await plant(
      'CREATE POLICY hole ON orders FOR DELETE TO app USING (true)',
      'DROP POLICY hole ON orders',
    );
    expect(leaks(await prove('app', ['orders']))).toEqual([
      'app DELETE without WHERE orders: own',
      'app DELETE without WHERE orders: none',
      'app DELETE without WHERE orders: empty',
      'app DELETE without WHERE orders: malformed',
    ]);
  });

  it('in the check of a change', async () => {
    await plant(
      'CREATE POLICY hole ON orders FOR UPDATE TO app USING (false) WITH CHECK (true)',
      'DROP POLICY hole ON orders',
    );
    expect(leaks(await prove('app', ['orders']))).toEqual([
      'app UPDATE without WHERE orders: handed over',
    ]);
  });

  it.each([
    [
      'GRANT TRUNCATE ON lines TO readonly',
      'REVOKE TRUNCATE ON lines FROM readonly',
      'readonly TRUNCATE lines: own',
    ],
    [
      'GRANT UPDATE ("item no") ON lines TO readonly',
      'REVOKE UPDATE ("item no") ON lines FROM readonly',
      'readonly privileges on columns lines: none',
    ],
    [
      'GRANT DELETE ON countries TO readonly',
      'REVOKE DELETE ON countries FROM readonly',
      'readonly DELETE countries: own',
    ],
    [
      'GRANT TRIGGER ON lines TO readonly',
      'REVOKE TRIGGER ON lines FROM readonly',
      'readonly TRIGGER lines: none',
    ],
    [
      'ALTER ROLE readonly_a BYPASSRLS',
      'ALTER ROLE readonly_a NOBYPASSRLS',
      'readonly BYPASSRLS *: none',
    ],
    [
      'GRANT migrator TO readonly_a',
      'REVOKE migrator FROM readonly_a',
      'readonly SET ROLE *: none',
    ],
    [
      'GRANT pg_read_all_data TO readonly',
      'REVOKE pg_read_all_data FROM readonly',
      'readonly predefined roles *: none',
    ],
    [
      'GRANT CREATE ON SCHEMA public TO readonly',
      'REVOKE CREATE ON SCHEMA public FROM readonly',
      'readonly CREATE *: none',
    ],
    [
      'GRANT TEMP ON DATABASE postgres TO readonly',
      'REVOKE TEMP ON DATABASE postgres FROM readonly',
      'readonly TEMP *: none',
    ],
    [
      'ALTER TABLE lines OWNER TO readonly',
      'ALTER TABLE lines OWNER TO postgres',
      'readonly OWNER lines: none',
    ],
  ])('by %s', async (hole, repair, expected) => {
    await plant(hole, repair);
    expect(leaks(await prove('readonly', ['lines', 'countries']))).toContain(expected);
  });

  it('that is a default of the login', async () => {
    await plant(`ALTER ROLE app_a SET app.shop = '1'`, 'ALTER ROLE app_a RESET app.shop');
    expect(leaks(await prove('app', ['orders']))).toContain('app BEGIN *: none');
  });
});

describe('a control that fails', () => {
  it('makes what holds worth nothing', async () => {
    await plant(
      'CREATE POLICY shut ON orders AS RESTRICTIVE FOR SELECT TO readonly USING (false)',
      'DROP POLICY shut ON orders',
    );
    const cases = await prove('readonly', ['orders']);
    const of = (context: string) =>
      cases.find((one) => one.command === 'SELECT' && one.context === context);
    expect(of('own')).toMatchObject({ got: 'no rows', outcome: 'vacuous' });
    expect(of('foreign')).toMatchObject({
      got: 'no rows, but the control failed: in its own context the tenant got no rows',
      outcome: 'vacuous',
    });
    expect(leaks(cases)).toEqual([]);
  });

  it('says why no row can be made', async () => {
    await plant(
      `ALTER TABLE shops ADD CONSTRAINT odd CHECK (id < 100 OR name ~ '^~{9}$')`,
      'ALTER TABLE shops DROP CONSTRAINT odd',
    );
    const cases = await prove('app', ['orders']);
    expect(
      cases.find(({ context, command }) => context === 'own' && command === 'SELECT'),
    ).toMatchObject({
      expected: 'a row to try it with',
      got: expect.stringMatching(
        /^orders needs a row of shops: no row of shops can be made: .* satisfies odd: .*; give .* an SQL expression in the table's 'sample' in the declaration$/,
      ),
      outcome: 'vacuous',
    });
  });

  it('says that the login gets in no more', async () => {
    await plant('ALTER ROLE readonly_a NOLOGIN', 'ALTER ROLE readonly_a LOGIN');
    const cases = await prove('readonly', ['orders']);
    expect(failed(cases)).toContain(
      '✗ vacuous: readonly, what it is and may, context none, direct: expected a transaction to try it in, got role "readonly_a" is not permitted to log in',
    );
  });
});
