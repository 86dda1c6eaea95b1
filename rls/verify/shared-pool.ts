import { identifier, literal } from '../../lib/sql.ts';
import type { Pair } from './case-target.ts';
import type { Fixtures } from './tenant-fixture.ts';
import type { TenantContext } from './context.ts';
import { INTERLEAVED, type Context, type Planned, type Route } from './matrix.ts';
import { isFailure, type CaseResult } from './report.ts';
import { SESSION_TIMEOUTS, type Session } from './session.ts';
import { runCases, type CaseRun } from './run-cases.ts';

/** What clients of one pool may leave each other. */
export interface Sharing {
  readonly role: string;
  readonly material: Fixtures;
  readonly context: TenantContext;
  readonly open: () => Promise<Session>;
  /** Reading each table in its own context: the control of the others. */
  readonly reading: readonly Planned[];
  readonly pairs: (tenant: string) => (session: Session) => Promise<readonly Pair[]>;
  /** Names a tenant for somebody; the same one where only those that are there can be. */
  readonly newTenant: () => string;
}

const TRIES = 50;

/**
 * One client names a tenant, ends its transaction, and the next one gets its server connection.
 *
 * @param variant `poisoned`: the first sets it for its session, against all advice
 */
export async function leftOver(
  sharing: Sharing,
  variant: 'left over' | 'poisoned',
): Promise<CaseResult[]> {
  const { context } = sharing;
  const [first, second] = [await sharing.open(), await sharing.open()];
  let backend: number | undefined;
  try {
    const tenant = sharing.newTenant();
    backend = await leave(first, context, tenant, variant === 'poisoned');
    for (let tries = 0; tries < TRIES; tries += 1) {
      const met = await reader(sharing, second, tenant, variant, 'pooled');
      if (met.backend === backend)
        return [atStart(sharing.role, variant, 'pooled', [met]), ...met.results];
    }
    return cases(sharing, variant).map((one) => unshared(one, 'pooled'));
  } finally {
    const cleaned = variant === 'poisoned' ? clean(second, context, backend) : Promise.resolve();
    await cleaned.finally(() => Promise.all([first.close(), second.close()]));
  }
}

/** Names the tenant and ends the transaction; the server process that now may remember. */
async function leave(
  session: Session,
  context: TenantContext,
  tenant: string,
  forSession: boolean,
): Promise<number> {
  await session.run(`BEGIN; ${SESSION_TIMEOUTS}; ${context.enter(tenant)}`);
  const said = context.settings.map(
    (name, place) => `current_setting(${literal(name)}, true) AS s${place}`,
  );
  const [row] = await session.ask(`SELECT ${['pg_backend_pid() AS backend', ...said].join(', ')}`);
  if (forSession) {
    for (const [place, name] of context.settings.entries()) {
      const value = row?.[`s${place}`];
      if (typeof value !== 'string') continue;
      await session.run('SAVEPOINT word');
      await session
        .run(`SELECT set_config(${literal(name)}, ${literal(value)}, false)`)
        .catch(() => session.run('ROLLBACK TO word'));
    }
  }
  await session.run('COMMIT');
  return Number(row?.['backend']);
}

/** Takes what was left behind off the server connection, for whoever uses it next. */
async function clean(
  session: Session,
  context: TenantContext,
  backend: number | undefined,
): Promise<void> {
  const names = context.settings.map((name) => name.split('.').map(identifier).join('.'));
  const resets = names.map((name) => `RESET ${name}`).join('; ');
  for (let tries = 0; backend !== undefined && tries < TRIES; tries += 1) {
    await session.run('BEGIN');
    const [row] = await session.ask('SELECT pg_backend_pid() AS backend');
    // What it may not set it could not leave behind either.
    await session.run(`SAVEPOINT word; ${resets}`).catch(() => session.run('ROLLBACK TO word'));
    await session.run('COMMIT');
    if (row?.['backend'] === backend) return;
  }
}

const CLIENTS = 8;
const ROUNDS = 3;

/** Clients with tenants of their own, and some without, take turns on the server connections. */
export async function interleaved(sharing: Sharing): Promise<CaseResult[]> {
  const sessions = await Promise.all(Array.from({ length: CLIENTS }, () => sharing.open()));
  try {
    const visits = await Promise.all(
      sessions.map(async (session, place) => {
        const own: CaseRun[] = [];
        const tenant = sharing.newTenant();
        for (let round = 0; round < ROUNDS; round += 1) {
          own.push(
            await reader(sharing, session, tenant, 'left over', INTERLEAVED, place % 2 === 0),
          );
        }
        return own;
      }),
    );
    const users = new Map<number, Set<number>>();
    visits.forEach((own, place) => {
      for (const { backend } of own)
        users.set(backend, (users.get(backend) ?? new Set()).add(place));
    });
    const shared = [...users.values()].some((clients) => clients.size > 1);
    const all = visits.flat();
    if (!shared) return all[0]?.results.map((one) => unshared(one, INTERLEAVED)) ?? [];
    return [
      atStart(sharing.role, 'left over', INTERLEAVED, all),
      ...worst(all.flatMap(({ results }) => results)),
    ];
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

/** A transaction that reads every table as nobody, and as itself where `both`. */
async function reader(
  sharing: Sharing,
  session: Session,
  tenant: string,
  context: Context,
  route: Route,
  both = false,
): Promise<CaseRun> {
  const visited = await runCases({
    session,
    context: sharing.context,
    material: sharing.material,
    route,
    cases: [...sharing.reading, ...cases(sharing, context)],
    pairs: sharing.pairs(tenant),
  });
  if (both) return visited;
  return { ...visited, results: visited.results.filter((one) => one.context === context) };
}

function cases({ reading }: Sharing, context: Context): Planned[] {
  return reading.map((one) => ({ ...one, context, expects: 'nothing' }));
}

/** One result a case, the worst of all clients and rounds. */
function worst(results: readonly CaseResult[]): CaseResult[] {
  const found = new Map<string, CaseResult>();
  for (const one of results) {
    const key = JSON.stringify([one.table, one.context]);
    const before = found.get(key);
    if (before === undefined || (!isFailure(before.outcome) && isFailure(one.outcome)))
      found.set(key, one);
  }
  return [...found.values()];
}

function unshared(
  one: Pick<CaseResult, 'table' | 'role' | 'command' | 'context'>,
  route: Route,
): CaseResult {
  const { table, role, command, context } = one;
  return {
    table,
    role,
    command,
    context,
    route,
    expected: 'two clients on one server connection',
    got: 'each had one of its own',
    outcome: 'vacuous',
  };
}

/** Whether transactions began without a tenant. */
export function atStart(
  role: string,
  context: string,
  route: string,
  visits: readonly Pick<CaseRun, 'tenantAtStart'>[],
): CaseResult {
  const found = visits.find(({ tenantAtStart }) => tenantAtStart !== null);
  return {
    table: '*',
    role,
    command: 'BEGIN',
    context,
    route,
    expected: 'no tenant',
    got: found === undefined ? 'no tenant' : `tenant ${String(found.tenantAtStart)}`,
    outcome: found === undefined ? 'held' : 'leaked',
  };
}
