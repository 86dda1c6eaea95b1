/**
 * An application without tenants, by the same resources as one with them, on a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { audit } from '../../../rls/audit/audit.ts';
import { compileTenancy, withoutTenants } from '../../../rls/compile/compile.ts';
import { lint } from '../../../rls/lint/run.ts';
import { migrationsIn } from '../../../rls/load.ts';
import { hasTenants, type AccessPlan } from '../../../rls/model/plan.ts';
import { shadowCatalog } from '../../../rls/catalog/shadow-database.ts';
import { roleContextOf } from '../../../rls/model/role-context.ts';
import { ONE_CHANGE } from '../../../cli/fault-injection/faults.ts';
import { migrationFiles } from '../../../components/application.ts';
import { inProject } from '../../../components/project-files.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { application } from '../../../examples/minimal/app.ts';
import { migrations } from '../../../provider/resources/migrations.ts';
import { rowSecurity } from '../../../provider/resources/row-security.ts';
import { inputsOf } from '../../../provider/resources/row-security/serialize.ts';
import { schemaAccess } from '../../../provider/resources/schema-access.ts';
import { seed } from '../../../provider/resources/seed.ts';
import { superuser } from '../../support/rls/row-security.ts';
import { servePGlite, type PGliteServer } from '../../support/pglite-server.ts';
import { asking, rolesSql } from '../rls/audit/clean-server.ts';

declare const PGlite: typeof pglite.PGlite;

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-no-tenants-'));
const around = roleContextOf(parseEnvironment({}, { stack: 'dev' }));
const SCHEMA = { roles: ['migrator', 'app', 'readonly'], schema: 'public' } as const;

let db: pglite.PGlite;
let server: PGliteServer;
let plan: AccessPlan;

beforeAll(async () => {
  const files = migrationsIn(application.migrations);
  const catalog = await shadowCatalog({ ...SCHEMA, migrations: files }, () => PGlite.create());
  plan = compileTenancy(withoutTenants(catalog), catalog, around);
  db = await PGlite.create();
  server = await servePGlite(db);
  await db.exec(rolesSql(plan));
  const connection = superuser(server.port);
  await migrations.create({
    connection: { ...connection, user: 'migrator_a' },
    owner: plan.schema.owner,
    directory: inProject(application.migrations),
    files: migrationFiles(application),
    reader: 'monitor',
  });
  for (const table of plan.tables) await rowSecurity.create({ connection, ...inputsOf(table) });
  await schemaAccess.create({ connection, plan: plan.schema });
  await server.quiet();
}, 240_000);

afterAll(async () => {
  await server.close();
  await db.close();
  rmSync(folder, { recursive: true });
});

/** Does something as a role, and takes it back. */
async function as(role: string, sql: string): Promise<unknown> {
  await server.quiet();
  await db.exec(`begin; set local role ${role}`);
  try {
    return (await db.query(sql)).rows;
  } finally {
    await db.exec('rollback');
  }
}

describe('an application without tenants', () => {
  it('has a plan of grants, without row security and without a tenant', () => {
    expect(hasTenants(plan)).toBe(false);
    expect(plan.tables).toEqual([
      {
        schema: 'public',
        table: 'notes',
        owner: 'migrator',
        rowSecurity: false,
        policies: [],
        grants: { app: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], readonly: ['SELECT'] },
        sequences: {},
        indexes: [],
      },
    ]);
  });

  it('is read and written by app, and read by readonly', async () => {
    const insert = `insert into notes (body) values ('one') returning body`;
    expect(await as('app_a', insert)).toEqual([{ body: 'one' }]);
    expect(await as('app_a', `update notes set body = 'two'`)).toEqual([]);
    expect(await as('readonly_a', 'select count(*)::int as rows from notes')).toEqual([
      { rows: 0 },
    ]);
    await expect(as('readonly_a', insert)).rejects.toThrow('permission denied for table notes');
    await expect(as('monitor_a', 'select * from notes')).rejects.toThrow(
      'permission denied for table notes',
    );
  });

  it('is as declared for the audit, and has no mistake that lint knows', async () => {
    await server.quiet();
    expect(await audit(asking(db), plan)).toEqual([]);
    const found = await lint(asking(db), plan);
    expect(found.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('is told of what was granted by hand', async () => {
    await server.quiet();
    await db.exec('grant delete on notes to readonly');
    const found = await audit(asking(db), plan);
    await db.exec('revoke delete on notes from readonly');
    expect(found.map(({ says }) => says).join()).toContain('readonly');
  });

  it('has a change of access that the rehearsal of alerts can make and take back', async () => {
    await server.quiet();
    const { rows } = await db.query<{ again: string; away: string }>(ONE_CHANGE);
    expect(rows).toEqual([
      {
        away: 'grant truncate on public.notes to app',
        again: 'revoke truncate on public.notes from app',
      },
    ]);
    await db.exec(rows[0]!.away);
    expect(await audit(asking(db), plan)).toHaveLength(1);
    await db.exec(rows[0]!.again);
    expect(await audit(asking(db), plan)).toEqual([]);
  });

  it('is sown as a role, with nothing to grant for that', async () => {
    const sql = `insert into notes (body) select 'sown' where not exists (select from notes)`;
    writeFileSync(path.join(folder, 'seed.sql'), sql);
    const file = inProject(path.join(folder, 'seed.sql'));
    const checksum = createHash('sha256').update(sql).digest('hex');
    const connection = superuser(server.port);
    await seed.create({ connection, role: 'app', file, checksum });
    expect(await as('app_a', 'select body from notes')).toEqual([{ body: 'sown' }]);
  });
});
