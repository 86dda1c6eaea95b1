/** The example's database as `up` leaves it, on a Postgres inside this process. */
import type { PGlite } from '@electric-sql/pglite';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { statement } from '../../../../rls/audit/policy.ts';
import type { AccessPlan, TablePlan, TenantPlan } from '../../../../rls/model/plan.ts';
import type { Query } from '../../../../lib/query.ts';
import { settingContextSql } from '../../../../rls/compile/session-variable-context.ts';
import { identifier, qualified } from '../../../../lib/sql.ts';
import { parseEnvironment } from '../../../../config/parse.ts';
import { planOf } from '../../../support/rls/plan.ts';
import { rawFrom } from '../../config/raw.ts';

const migrations = path.resolve(import.meta.dirname, '../../../../examples/classrooms/migrations');
const tables = readdirSync(migrations)
  .filter((name) => name.endsWith('.sql'))
  .sort();

/** What is deployed. */
export const examplePlan: TenantPlan = planOf(
  parseEnvironment(rawFrom({}), { stack: 'dev', database: 'classrooms' }),
);

/** Everything that the platform makes, in an empty server: roles, database, tables, access. */
export async function setUp(db: PGlite, plan: TenantPlan = examplePlan): Promise<void> {
  await db.exec(rolesSql(plan));
  const { owner, roles, tenancy } = plan.schema;
  const callers = [owner, ...roles.map(({ name }) => name)];
  for (const text of settingContextSql(tenancy.tenant, callers)) await db.exec(text);
  await db.exec(`SET ROLE ${identifier(owner)}`);
  for (const file of tables) await db.exec(readFileSync(path.join(migrations, file), 'utf8'));
  await db.exec('RESET ROLE');
  for (const table of plan.tables) await db.exec(tableSql(table));
}

/** Asks that database. */
export function asking(db: PGlite): Query {
  return async (sql, values = []) =>
    (await db.query<Record<string, unknown>>(sql, [...values])).rows;
}

/** Asks inside a transaction: one that the audit begins is a savepoint in it, so that all of it can be taken back. */
export function askingInside(db: PGlite): Query {
  const query = asking(db);
  return async (sql, values) => {
    if (sql.startsWith('begin ')) return query('savepoint audit');
    if (sql === 'rollback') return query('rollback to savepoint audit');
    return query(sql, values);
  };
}

/** The roles of a plan, with what else the platform gives them. */
export function rolesSql({ schema }: AccessPlan): string {
  const { owner, memberships, bypass, usage } = schema;
  const names = new Set([
    ...memberships.flatMap(({ role, member }) => [role, member]),
    'pgbouncer',
  ]);
  const made = [...names].map((name) => {
    const login = /_a$|^pgbouncer$/.test(name) ? 'LOGIN' : 'NOLOGIN';
    return `CREATE ROLE ${identifier(name)} ${login} ${Object.hasOwn(bypass, name) ? 'BYPASSRLS' : ''};`;
  });
  const joined = memberships.map(
    ({ role, member, inherit, set }) =>
      `GRANT ${identifier(role)} TO ${identifier(member)} WITH INHERIT ${String(inherit)}, SET ${String(set)};`,
  );
  const connecting = [...names].filter((name) => !/_[ab]$/.test(name)).map(identifier);
  return [
    ...made,
    ...joined,
    'GRANT pg_monitor TO monitor; GRANT pg_read_all_data TO backup;',
    `ALTER DATABASE postgres OWNER TO ${identifier(owner)}; REVOKE ALL ON DATABASE postgres FROM PUBLIC;`,
    `GRANT CONNECT ON DATABASE postgres TO ${connecting.join(', ')};`,
    `REVOKE ALL ON SCHEMA ${identifier(schema.schema)} FROM PUBLIC;`,
    `GRANT USAGE ON SCHEMA ${identifier(schema.schema)} TO ${usage.map(identifier).join(', ')};`,
  ].join('\n');
}

function tableSql(plan: TablePlan): string {
  const table = qualified(plan.schema, plan.table);
  return [
    ...(plan.rowSecurity
      ? [`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`]
      : []),
    ...plan.policies.map((policy) => statement(table, policy)),
    ...Object.entries(plan.grants).map(
      ([name, privileges]) => `GRANT ${privileges.join(', ')} ON ${table} TO ${identifier(name)};`,
    ),
    ...Object.entries(plan.sequences).map(
      ([sequence, names]) =>
        `GRANT USAGE ON SEQUENCE ${qualified(plan.schema, sequence)} TO ${names.map(identifier).join(', ')};`,
    ),
    ...plan.indexes.map(
      ({ name, columns }) =>
        `CREATE INDEX ${identifier(name)} ON ${table} (${columns.map(identifier).join(', ')});`,
    ),
  ].join('\n');
}
