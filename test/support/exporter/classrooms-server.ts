/** The example's database in any server, as the platform would have made it, and the logins that watch it. */
import { MIGRATIONS_TABLE_DDL } from '../../../provider/resources/migrations.ts';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import type { PGlite } from '@electric-sql/pglite';
import type { TenantPlan } from '../../../rls/model/plan.ts';
import { settingContextSql } from '../../../rls/compile/session-variable-context.ts';
import { signedContextSql } from '../../../rls/token/sql.ts';
import { identifier, literal } from '../../../lib/sql.ts';
import { migrationFiles } from '../../../components/application.ts';
import { application } from '../../../examples/classrooms/app.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { applyPlan } from '../rls/apply-plan.ts';
import { planOf } from '../rls/plan.ts';
import { rawFrom } from '../../unit/config/raw.ts';

const PROJECT = path.resolve(import.meta.dirname, '../../..');

export const DATABASE = 'classrooms';
export const MONITOR = 'monitor_a';
export const HEALTH = 'health_a';
export const WATCH_PASSWORD = 'only-for-this-test-run';

/** What is declared of it. */
export function classroomsPlan(): TenantPlan {
  return planOf(parseEnvironment(rawFrom({}), { stack: 'dev', database: 'classrooms' }));
}

/** Names and checksums, as the program has them. */
export function classroomsMigrations(): { readonly name: string; readonly checksum: string }[] {
  return Object.entries(migrationFiles(application)).map(([name, checksum]) => ({
    name,
    checksum,
  }));
}

/** Statements for a superuser in `postgres`, one by one. */
export function serverStatements(plan: TenantPlan): string[] {
  const { memberships, bypass } = plan.schema;
  const logins = memberships.map(({ member }) => member);
  const groups = [...new Set(memberships.map(({ role }) => role))];
  return [
    ...[...groups, 'pgbouncer'].map((role) => `create role ${identifier(role)}`),
    ...memberships.flatMap(({ role, member, inherit, set }) => [
      `create role ${identifier(member)} login connection limit 4 password ${literal(WATCH_PASSWORD)}` +
        (member in bypass ? ' bypassrls' : ''),
      `grant ${identifier(role)} to ${identifier(member)} with inherit ${String(inherit)}, set ${String(set)}`,
    ]),
    'grant pg_monitor to monitor',
    'grant pg_read_all_data to backup',
    `create database ${DATABASE} owner ${identifier(plan.schema.owner)}`,
    `revoke all on database ${DATABASE} from public`,
    `grant connect on database ${DATABASE} to ${[...new Set([...groups, ...logins])].map(identifier).join(', ')}, pgbouncer`,
  ];
}

/** The rest, as a superuser in the database itself. */
export async function makeClassrooms(client: pg.Client, plan: TenantPlan): Promise<void> {
  const { tenancy, roles, owner, mode } = plan.schema;
  const actors = roles.map(({ name }) => name);
  await client.query(settingContextSql(tenancy.tenant, actors).join(';\n'));
  // The migrations name its functions.
  await client.query(
    `grant usage on schema tenant to ${identifier(owner)}; grant execute on function tenant.id() to ${identifier(owner)}`,
  );
  await client.query(`set role ${identifier(owner)}`);
  await client.query(MIGRATIONS_TABLE_DDL);
  for (const { name, checksum } of classroomsMigrations()) {
    await client.query(
      readFileSync(path.join(PROJECT, 'examples/classrooms/migrations', name), 'utf8'),
    );
    await client.query('insert into plinth.migrations (name, checksum) values ($1, $2)', [
      name,
      checksum,
    ]);
  }
  await client.query('reset role');
  await client.query('create extension pg_stat_statements');
  // The same two calls, whatever the database.
  const database = {
    exec: (sql: string) => client.query(sql),
    query: (sql: string, values: unknown[]) => client.query(sql, values),
  };
  await applyPlan(database as unknown as PGlite, plan);
  if (mode !== 'signed') return;
  const { type } = tenancy.tenant;
  const keys = { k1: 'ab'.repeat(32) };
  await client.query('begin');
  for (const { sql, values } of signedContextSql({
    type,
    roles: actors,
    database: DATABASE,
    keys,
  })) {
    await client.query(sql, [...values]);
  }
  await client.query('commit');
}
