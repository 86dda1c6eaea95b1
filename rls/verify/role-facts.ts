import { getOwn } from '../../lib/own-property.ts';
import type { TenantPlan } from '../model/plan.ts';
import { identifier, literal, qualified, role as roleName } from '../../lib/sql.ts';
import type { CaseResult } from './report.ts';
import { SESSION_TIMEOUTS, type Session } from './session.ts';

type Fact = Pick<CaseResult, 'table' | 'command' | 'expected' | 'got' | 'outcome'>;

/** What a role is and may beside its rows: none of it may lead past row security. One transaction, rolled back. */
export async function roleFacts(
  session: Session,
  plan: TenantPlan,
  role: string,
  tables: readonly string[],
): Promise<CaseResult[]> {
  await session.run(`BEGIN; ${SESSION_TIMEOUTS}; SAVEPOINT ready`);
  try {
    const facts = [
      ...(await powers(session)),
      ...(await settings(session, plan)),
      ...(await becoming(session, plan)),
      ...(await making(session, plan)),
      ...(await ofTables(session, plan, role, tables)),
    ];
    return facts.map((fact) => ({ role, context: 'none', route: 'direct', ...fact }));
  } finally {
    await session.run('ROLLBACK');
  }
}

/** Attributes, its own and those of every role it is a member of. */
async function powers(session: Session): Promise<Fact[]> {
  const found = await session.ask(`
    SELECT rolname AS name, rolsuper, rolbypassrls, rolcreaterole, rolreplication,
      (rolname LIKE 'pg\\_%' AND rolname <> ALL ('{pg_monitor,pg_read_all_settings,pg_read_all_stats,pg_stat_scan_tables,pg_database_owner}')) AS powerful
    FROM pg_catalog.pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')`);
  const named = (column: string) =>
    found.filter((row) => row[column] === true).map((row) => String(row['name']));
  return [
    fact('SUPERUSER', 'no superuser', named('rolsuper')),
    fact('BYPASSRLS', 'no role past row security', named('rolbypassrls')),
    fact('CREATEROLE', 'no role that makes roles', named('rolcreaterole')),
    fact('REPLICATION', 'no role that copies the server', named('rolreplication')),
    fact('predefined roles', 'none that reads or writes everything', named('powerful')),
  ];
}

function fact(command: string, expected: string, against: readonly string[], table = '*'): Fact {
  const held = against.length === 0;
  return {
    table,
    command,
    expected,
    got: held ? expected : against.join(', '),
    outcome: held ? 'held' : 'leaked',
  };
}

/** What would outlive a transaction: the tenant as a default of the login or the database. */
async function settings(session: Session, plan: TenantPlan): Promise<Fact[]> {
  const setting = plan.schema.tenancy.tenant.setting.split('.').map(identifier).join('.');
  const [who] = await session.ask(
    `SELECT quote_ident(session_user) AS login, quote_ident(current_database()) AS database`,
  );
  return [
    await refused(
      session,
      'ALTER ROLE … SET',
      `ALTER ROLE ${String(who?.['login'])} SET ${setting} = 'x'`,
    ),
    await refused(
      session,
      'ALTER DATABASE … SET',
      `ALTER DATABASE ${String(who?.['database'])} SET ${setting} = 'x'`,
    ),
  ];
}

/** Whom it can become. */
async function becoming(session: Session, plan: TenantPlan): Promise<Fact[]> {
  const roles = await session.ask(
    'SELECT rolname AS name, rolsuper AS super FROM pg_catalog.pg_roles ' +
      'WHERE rolname NOT IN (session_user, current_user) ORDER BY rolname',
  );
  const [{ login } = {}] = await session.ask('SELECT session_user::text AS login');
  const declared = plan.schema.memberships
    .filter(({ member, set }) => set && member === login)
    .map(({ role }) => role);
  const became: string[] = [];
  for (const { name } of roles) {
    if (declared.includes(String(name))) continue;
    const attempt = await session.attempt(
      'ROLLBACK TO ready',
      () => `SET LOCAL ROLE ${roleName(String(name))}`,
    );
    if (attempt.kind !== 'refused') became.push(String(name));
  }
  const superuser = roles.find((row) => row['super'] === true)?.['name'] as string | undefined;
  return [
    fact('SET ROLE', 'nobody else', became),
    await refused(
      session,
      'SET SESSION AUTHORIZATION',
      `SET LOCAL SESSION AUTHORIZATION ${roleName(superuser ?? 'postgres')}`,
    ),
  ];
}

/** Where it could put something of its own in the way of others' queries. */
async function making(session: Session, plan: TenantPlan): Promise<Fact[]> {
  const { schema } = plan.schema;
  return [
    await refused(session, 'CREATE', `CREATE TABLE ${qualified(schema, 'plinth_proof')} ()`),
    await refused(session, 'TEMP', 'CREATE TEMP TABLE plinth_proof ()'),
    await refused(session, 'CREATE SCHEMA', 'CREATE SCHEMA plinth_proof'),
  ];
}

async function refused(session: Session, command: string, sql: string): Promise<Fact> {
  const attempt = await session.attempt('ROLLBACK TO ready', () => sql);
  await session.run('ROLLBACK TO ready');
  const expected = 'permission denied';
  if (attempt.kind === 'refused') {
    return { table: '*', command, expected, got: attempt.message, outcome: 'held' };
  }
  const got = attempt.kind === 'rows' ? 'it may' : attempt.message;
  return {
    table: '*',
    command,
    expected,
    got,
    outcome: attempt.kind === 'error' ? 'vacuous' : 'leaked',
  };
}

const BESIDE_ROWS = ['REFERENCES', 'TRIGGER', 'MAINTAIN'] as const;
const BY_COLUMN = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'] as const;

/** What of a table row security does not guard, and privileges on single columns. */
async function ofTables(
  session: Session,
  plan: TenantPlan,
  role: string,
  tables: readonly string[],
): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const table of tables) {
    const name = literal(qualified(plan.schema.schema, table));
    const grants = plan.tables.find((one) => one.table === table)?.grants ?? {};
    const granted: readonly string[] = getOwn(grants, role) ?? [];
    const [row] = await session.ask(
      `SELECT pg_has_role(current_user, relowner, 'MEMBER') AS "OWNER", ` +
        BESIDE_ROWS.map((one) => `has_table_privilege(oid, '${one}') AS "${one}", `).join('') +
        BY_COLUMN.map((one) => `has_any_column_privilege(oid, '${one}') AS "of ${one}"`).join() +
        ` FROM pg_catalog.pg_class WHERE oid = ${name}::regclass`,
    );
    const columns = BY_COLUMN.filter(
      (one) => row?.[`of ${one}`] === true && !granted.includes(one),
    );
    facts.push(
      fact('OWNER', 'another owner', row?.['OWNER'] === true ? ['it owns it'] : [], table),
      ...BESIDE_ROWS.map((one) =>
        fact(one, 'permission denied', row?.[one] === true ? ['it has the privilege'] : [], table),
      ),
      fact('privileges on columns', 'none beside those on the table', columns, table),
    );
  }
  return facts;
}
