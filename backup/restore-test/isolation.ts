// Tests tenant isolation in the restored database. A backup without its policies would not be usable.

import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { hasTenants, type AccessPlan, type TenantPlan } from '../../rls/model/plan.ts';
import { verifyRls } from '../../rls/verify/verify.ts';
import {
  closingLine,
  isFailure,
  proven,
  sentence,
  type Outcome,
  type ProofReport,
} from '../../rls/verify/report.ts';
import type { Login, ProofTarget } from '../../rls/verify/target.ts';
import { keyRows } from '../../rls/token/sql.ts';
import type { TemporaryPostgres } from '../temporary-postgres.ts';
import { asSuperuser } from './client.ts';
import type { Check, Counts } from './report.ts';

/** There is no PgBouncer here. Prepared statements and the state after RESET are tested anyway. */
const ROUTES = ['direct', 'direct, after RESET', 'pooled, prepared'];
const NAME = 'isolation of tenants';
const SHOWN = 12;
const KEY = 'drill';

/**
 * Runs the tests of `plinth prove isolation` on the temporary Postgres.
 *
 * @param databases the restored databases
 */
export async function checkIsolation(
  server: TemporaryPostgres,
  plan: AccessPlan,
  databases: readonly string[],
): Promise<Check> {
  if (!hasTenants(plan)) {
    const says = 'the application declares no tenants, so there is nothing to prove';
    return { name: NAME, verdict: 'skipped', says, details: [] };
  }
  const database = await databaseOf(server, plan, databases);
  if (database === undefined) {
    const names = databases.join(', ');
    const says = `no restored database (${names}) has the tables of the declaration`;
    return { name: NAME, verdict: 'failed', says, details: [] };
  }
  const report = await verifyRls(await targetOf(server, plan, database), { routes: ROUTES });
  const failed = report.cases.filter(({ outcome }) => isFailure(outcome)).map(sentence);
  const rest = failed.length - SHOWN;
  return {
    name: NAME,
    verdict: proven(report) ? 'passed' : 'failed',
    says: closingLine(report),
    details: [...failed.slice(0, SHOWN), ...(rest > 0 ? [`… and ${String(rest)} more`] : [])],
    counts: countsOf(report),
  };
}

function countsOf({ cases }: ProofReport): Counts {
  const count = (wanted: Outcome): number =>
    cases.filter(({ outcome }) => outcome === wanted).length;
  return { leaked: count('leaked'), held: count('held') };
}

/** The first database that has one of the tables. */
async function databaseOf(
  server: TemporaryPostgres,
  { schema, tables }: AccessPlan,
  databases: readonly string[],
): Promise<string | undefined> {
  const names = tables.map(({ table }) => table);
  for (const database of databases) {
    const found = await asSuperuser(server, database, (client) =>
      client.query(
        'SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = ANY ($2)',
        [schema.schema, names],
      ),
    );
    if ((found.rowCount ?? 0) > 0) return database;
  }
  return undefined;
}

async function targetOf(
  server: TemporaryPostgres,
  plan: TenantPlan,
  database: string,
): Promise<ProofTarget> {
  const address = { host: server.host, port: server.port };
  return asSuperuser(server, database, async (client) => {
    const logins: Record<string, Login> = {};
    for (const role of plan.schema.roles) {
      const { rows } = await client.query<{ name: string }>(
        'SELECT rolname AS name FROM pg_catalog.pg_roles WHERE rolcanlogin AND rolname = ANY ($1) ORDER BY rolname',
        [role.logins],
      );
      // No password is needed over the socket.
      if (rows[0] !== undefined) logins[role.name] = { user: rows[0].name, password: '' };
    }
    const target: ProofTarget = {
      plan,
      database,
      direct: address,
      pooled: address,
      superuser: { user: server.user, password: '' },
      logins,
    };
    return plan.schema.mode === 'signed'
      ? { ...target, signingKey: await ownKey(client, database) }
      : target;
  });
}

/** Adds a new signing key to the copy. The keys of the environment are not available here and not needed. */
async function ownKey(
  client: pg.Client,
  database: string,
): Promise<{ id: string; secret: string }> {
  const secret = randomBytes(32).toString('hex');
  for (const { sql, values } of keyRows({ [KEY]: secret }, database)) {
    await client.query(sql, [...values]);
  }
  return { id: KEY, secret };
}
