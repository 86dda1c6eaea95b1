import { literal } from '../../lib/sql.ts';
import { atStart, interleaved, leftOver, type Sharing } from './shared-pool.ts';
import { freshTenant, tenantContext, type TenantContext } from './context.ts';
import { absent, fixturesFor } from './fixtures.ts';
import { casesOf, INTERLEAVED, insertable, ROUTES, type Planned, type Route } from './matrix.ts';
import { ordered } from './dependency-order.ts';
import { existingPairs, madePairs, newTenants } from './tenant-pairs.ts';
import type { CaseResult, ProofReport } from './report.ts';
import { roleFacts } from './role-facts.ts';
import { connect, SESSION_TIMEOUTS, type Session } from './session.ts';
import type { ProofTarget } from './target.ts';
import { batchesOf, type Batch, type BatchArgs } from './batches.ts';
import { skippedCases, runCases, type SkippedCase } from './run-cases.ts';

export interface ProofOptions {
  /** @default all of the plan */
  readonly tables?: readonly string[];
  /** @default all of the plan */
  readonly roles?: readonly string[];
  /** @default all of them */
  readonly routes?: readonly string[];
  readonly onProgress?: (line: string) => void;
}

/**
 * Tries the whole matrix on a running environment. Nothing it writes is committed; sequences may advance.
 *
 * @throws when the environment cannot be reached as its superuser; what a role cannot do is a result
 */
export async function proveIsolation(
  target: ProofTarget,
  options: ProofOptions = {},
): Promise<ProofReport> {
  const started = performance.now();
  const { plan } = target;
  const setup = { plan, target, options, ...(await prepared(target)) };
  const roles = plan.schema.roles
    .map(({ name }) => name)
    .filter((name) => options.roles?.includes(name) ?? true);
  const results = await Promise.all(roles.map((role) => ofRole({ ...setup, role })));
  return {
    schema: plan.schema.schema,
    mode: plan.schema.mode,
    cases: results.flat(),
    seconds: (performance.now() - started) / 1000,
  };
}

async function prepared(
  target: ProofTarget,
): Promise<Pick<BatchArgs, 'material' | 'context' | 'existing'>> {
  const superuser = await connect(target.direct, target.superuser, target.database);
  try {
    await superuser.run(`BEGIN; ${SESSION_TIMEOUTS}`);
    const material = await fixturesFor(superuser.ask, target.plan);
    const missing = absent(material);
    if (missing.length > 0) {
      throw new Error(
        `the plan has tables that the database has not: ${missing.join(', ')}; run 'npx plinth up'`,
      );
    }
    const tables = ordered(target.plan, material.catalog).map(({ table }) => table);
    const existing = await existingPairs(superuser.ask, material, tables);
    return { material, existing, context: tenantContext(target) };
  } finally {
    await superuser.run('ROLLBACK').finally(() => superuser.close());
  }
}

interface OfRole extends BatchArgs {
  readonly target: ProofTarget;
  readonly options: ProofOptions;
}

async function ofRole(args: OfRole): Promise<CaseResult[]> {
  const { plan, options, role, material } = args;
  const wanted = (table: string) => options.tables?.includes(table) ?? true;
  const on = (route: string) => options.routes?.includes(route) ?? true;
  const cases = casesOf(plan, material.catalog, role).filter(({ table }) => wanted(table));
  const done: CaseResult[] = [];
  const run = async (
    route: Route,
    planned: readonly SkippedCase[],
    work: () => Promise<CaseResult[]>,
  ): Promise<void> => {
    if (!on(route)) return;
    options.onProgress?.(`${role}, ${route}: ${done.length} cases so far`);
    done.push(...(await work().catch((error: unknown) => skippedCases(planned, route, error))));
  };

  const tables = plan.tables.map(({ table }) => table).filter(wanted);
  const about: SkippedCase = { table: '*', role, command: 'what it is and may', context: 'none' };
  await run('direct', [about], () =>
    withSession(args, 'direct', (session) => roleFacts(session, plan, role, tables)),
  );
  for (const route of ROUTES) {
    for (const unit of batchesOf(args, route, cases)) {
      await run(route, unit.cases, () => tried(args, route, unit));
    }
  }
  const reading = cases.filter(
    ({ command, context, expects }) =>
      command === 'SELECT' && context === 'own' && expects === 'reaches',
  );
  for (const context of ['left over', 'poisoned'] as const) {
    const planned = reading.map((one) => ({ ...one, context }));
    await run('pooled', planned, () => leftOver(sharing(args, reading), context));
  }
  await run(INTERLEAVED, reading, () => interleaved(sharing(args, reading)));
  return done;
}

async function tried(args: OfRole, route: Route, unit: Batch): Promise<CaseResult[]> {
  const { material, context, role, target } = args;
  const reset = route.endsWith('RESET');
  const work = async (session: Session): Promise<CaseResult[]> => {
    if (reset) await forgotten(session, context, route);
    const { results, tenantAtStart } = await runCases({
      session,
      context,
      material,
      route,
      cases: unit.cases,
      pairs: unit.pairs,
      ...(unit.asSuperuser ? { become: target.logins[role]?.user ?? role } : {}),
      ...(reset ? { first: `${context.enter(newTenants(material)[0])}; ${context.leave}` } : {}),
    });
    // A superuser in its place says nothing about how the login starts.
    const start = unit.asSuperuser ? [] : [atStart(role, 'none', route, [{ tenantAtStart }])];
    return [...start, ...results];
  };
  return withSession(args, route, work, unit.asSuperuser);
}

/** Says who the tenant is for the whole session, then has it forgotten. */
async function forgotten(session: Session, context: TenantContext, route: Route): Promise<void> {
  // Behind the pool the two could end on different server connections, and one would keep it.
  if (route.startsWith('direct')) {
    for (const name of context.settings) {
      const set = `SELECT set_config(${literal(name)}, 'left', false)`;
      await session.run(set).catch(() => undefined);
    }
  }
  await session.run('DISCARD ALL');
}

async function withSession<T>(
  { target, role }: OfRole,
  route: Route,
  work: (session: Session) => Promise<T>,
  asSuperuser = false,
): Promise<T> {
  const session = await open(target, asSuperuser ? undefined : role, route);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** @param role undefined for the superuser */
async function open(target: ProofTarget, role: string | undefined, route: Route): Promise<Session> {
  const login = role === undefined ? target.superuser : target.logins[role];
  if (login === undefined) {
    throw new Error(`${String(role)} has no login that could be tried: run 'npx plinth up' again`);
  }
  const address = route.startsWith('direct') ? target.direct : target.pooled;
  return connect(address, login, target.database, route.endsWith('prepared'));
}

/** Reading through the pool: rows of its own where the role can make them, else what is there. */
function sharing(args: OfRole, reading: readonly Planned[]): Sharing {
  const { plan, material, context, existing, target, role } = args;
  const can = insertable(plan, material.catalog, role);
  const tables = reading.map(({ table }) => table);
  const own = tables.filter((table) => can.has(table));
  const found = existing.filter((pair) =>
    pair.tables.every((table) => tables.includes(table) && !can.has(table)),
  );
  const covered = new Set([...own, ...found.flatMap((pair) => pair.tables)]);
  const { type } = plan.schema.tenancy.tenant;
  return {
    role,
    material,
    context,
    reading: reading.filter(({ table }) => covered.has(table)),
    // Somebody who has rows, where no new ones can be made.
    newTenant: () =>
      material.existingTenants[0] ??
      (own.length === 0 ? found[0]?.a.tenant : undefined) ??
      freshTenant(type),
    pairs: (tenant) => async (session) => {
      const other = newTenants(material)[1];
      const made = madePairs(material, context, own, [tenant, other]);
      return [...(own.length === 0 ? [] : await made(session)), ...found];
    },
    open: () => open(target, role, INTERLEAVED),
  };
}
