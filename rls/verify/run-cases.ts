import { getOwn } from '../../lib/own-property.ts';
import { groupBy } from '../../lib/group-by.ts';
import { literal, qualified, role as roleName } from '../../lib/sql.ts';
import { targetOf, type Pair } from './case-target.ts';
import type { Fixtures } from './tenant-fixture.ts';
import type { TenantContext } from './context.ts';
import { evaluate, withControl, type Verdict } from './evaluate.ts';
import { isUnfiltered, type Context, type Planned, type Route } from './matrix.ts';
import type { CaseResult } from './report.ts';
import { SESSION_TIMEOUTS, type Attempt, type Session } from './session.ts';
import { attackOf, COUNTER } from './statements.ts';

export interface RunArgs {
  readonly session: Session;
  readonly context: TenantContext;
  readonly material: Fixtures;
  readonly route: Route;
  readonly cases: readonly Planned[];
  /** Makes or finds the rows, inside the transaction. */
  readonly pairs: (session: Session) => Promise<readonly Pair[]>;
  /** The login to become once the rows are there, where a superuser made them. */
  readonly become?: string;
  /** Runs before anything else in the transaction. */
  readonly first?: string;
}

export interface CaseRun {
  readonly results: readonly CaseResult[];
  /** Who the tenant was when the transaction began; null is right. */
  readonly tenantAtStart: string | null;
  /** Server process that served it. */
  readonly backend: number;
}

/** Tries every case in one transaction, each behind a savepoint, and rolls all of it back. */
export async function runCases(args: RunArgs): Promise<CaseRun> {
  const { session } = args;
  await session.run('BEGIN');
  try {
    return await visited(args);
  } finally {
    await session.run('ROLLBACK');
  }
}

async function visited(args: RunArgs): Promise<CaseRun> {
  const { session, context, first } = args;
  await session.run(SESSION_TIMEOUTS);
  if (first !== undefined) await session.run(`${first}; ${SESSION_TIMEOUTS}`);
  const [start] = await session.ask(
    `SELECT ${context.tenant}::text AS tenant, pg_backend_pid() AS backend` +
      context.settings
        .map((name, place) => `, current_setting(${literal(name)}, true) AS s${place}`)
        .join(''),
  );
  const restore = context.settings.flatMap((name, place) => {
    const value = start?.[`s${place}`] as string | null | undefined;
    return typeof value === 'string' && value !== ''
      ? [`SELECT set_config(${literal(name)}, ${literal(value)}, true)`]
      : [];
  });
  const pairs = await args.pairs(session);
  await session.run(context.leave);
  if (args.become !== undefined) {
    await session.run(`SET LOCAL SESSION AUTHORIZATION ${roleName(args.become)}`);
  }
  await session.run(`${SESSION_TIMEOUTS}; SAVEPOINT made`);
  const results: CaseResult[] = [];
  for (const pair of pairs) {
    const cases = args.cases.filter(({ table }) => pair.tables.includes(table));
    results.push(...(await ofPair({ ...args, cases }, pair, restore)));
  }
  return {
    results,
    tenantAtStart: (start?.['tenant'] ?? null) as string | null,
    backend: Number(start?.['backend']),
  };
}

/** The controls first, since what they see is what the others must not. */
async function ofPair(
  args: RunArgs,
  pair: Pair,
  restore: readonly string[],
): Promise<CaseResult[]> {
  const controls = new Map<string, Verdict>();
  const totals = new Map<string, number>();
  const results: CaseResult[] = [];
  const record = (one: Planned, verdict: Verdict) => {
    const { table, role, command, context } = one;
    results.push({ table, role, command, context, route: args.route, ...verdict });
  };
  const trial: Trial = { ...args, pair, restore, totals };
  const own = args.cases.filter(({ context }) => context === 'own');
  for (const swapped of [true, false]) {
    const side = swapped ? { ...trial, pair: { ...pair, a: pair.b, b: pair.a } } : trial;
    await inContext(side, 'own', own, (one, verdict) => {
      const other = controls.get(controlOf(one));
      const worse = other === undefined || other.outcome === 'held' ? verdict : other;
      controls.set(controlOf(one), worse);
      if (!swapped) record(one, worse);
    });
  }
  const groups = groupBy(
    args.cases.filter(({ context }) => context !== 'own'),
    ({ context }) => context,
  );
  for (const [context, cases] of groups) {
    await inContext(trial, context, cases, (one, verdict) => {
      const controlled = one.expects === 'nothing' || one.expects === 'refused';
      const noted =
        pair.note === undefined || one.expects !== 'nothing'
          ? verdict
          : { ...verdict, got: `${verdict.got}: ${pair.note}` };
      record(one, controlled ? withControl(noted, controls.get(controlOf(one))) : noted);
    });
  }
  return results;
}

function controlOf({ table, command }: Planned): string {
  return `${command} ${table}`;
}

interface Trial extends RunArgs {
  readonly pair: Pair;
  /** Statements that bring back what the transaction began with. */
  readonly restore: readonly string[];
  /** Rows that a tenant sees in a table, by table and tenant. */
  readonly totals: Map<string, number>;
}

async function inContext(
  trial: Trial,
  context: Context,
  cases: readonly Planned[],
  done: (one: Planned, verdict: Verdict) => void,
): Promise<void> {
  const { session, pair } = trial;
  await session.run(`ROLLBACK TO made; ${trial.context.leave}; ${SESSION_TIMEOUTS}`);
  await enter(trial, context);
  await session.run('SAVEPOINT ready');
  for (const one of cases) {
    const missing = pair.a.missing.get(one.table) ?? pair.b.missing.get(one.table);
    if (missing !== undefined && one.expects !== 'denied') {
      done(one, { expected: 'a row to try it with', got: missing, outcome: 'vacuous' });
      continue;
    }
    const attempt = await tried(trial, one);
    done(one, evaluate(one, attempt));
  }
}

async function enter(trial: Trial, context: Context): Promise<void> {
  const { session, pair } = trial;
  const known = trial.context;
  const proper = async () => session.run(known.enter(pair.a.tenant));
  const attempts = async (statements: readonly string[]) => {
    for (const statement of statements) {
      await session.run('SAVEPOINT word');
      await session.run(statement).catch(() => session.run('ROLLBACK TO word'));
    }
  };
  switch (context) {
    case 'none':
      return;
    case 'empty':
      return attempts(known.empty);
    case 'malformed':
      return attempts(known.malformed);
    case 'left over':
    case 'poisoned':
      return attempts(trial.restore);
    case 'own':
    case 'foreign':
    case 'handed over':
      return proper();
    case 'spoofed':
      await proper();
      return attempts(known.spoof(pair.a.tenant, pair.b.tenant));
    case 'row security off':
      await proper();
      return session.run('SET LOCAL row_security = off');
  }
}

const UNSEEN: readonly Context[] = ['none', 'empty', 'malformed', 'left over', 'poisoned'];

async function tried(trial: Trial, one: Planned): Promise<Attempt> {
  const { session, material, totals, pair } = trial;
  const target = targetOf(material, pair, one);
  if (one.command === 'TRUNCATE') {
    // Not even tried where it would work: it would lock everybody out of the table for that moment.
    const name = literal(qualified(target.schema, target.table.name));
    await session.run('ROLLBACK TO ready');
    const [privilege] = await session.ask(
      `SELECT has_table_privilege(${name}, 'TRUNCATE') AS held`,
    );
    if (privilege?.['held'] === true)
      return { kind: 'stopped late', message: 'it has the privilege' };
  }
  const attempt = await session.attempt('ROLLBACK TO ready', attackOf(one.command, target));
  if (attempt.kind !== 'rows') return attempt;
  const mine = `${pair.a.tenant} ${one.table}`;
  const { total, ...known } = attempt;
  const rest = { ...known };
  if (one.command === 'SELECT') {
    if (one.context === 'own') totals.set(mine, total ?? 0);
    const hand = getOwn(material.plan.schema.tenancy.tables, one.table)?.by === 'hand';
    return UNSEEN.includes(one.context) && !hand ? attempt : rest;
  }
  const seen = totals.get(mine) ?? 1;
  if (isUnfiltered(one.command) && one.context !== 'handed over') {
    const [row] = await session.ask(`SELECT current_setting('${COUNTER}', true) AS counted`);
    rest.reached = Number(row?.['counted'] ?? 0);
  }
  return one.context === 'own' && (one.command === 'COPY TO' || isUnfiltered(one.command))
    ? { ...rest, strangers: Math.max(0, rest.reached - seen) }
    : rest;
}

export type SkippedCase = Pick<CaseResult, 'table' | 'role' | 'command' | 'context'>;

/** Every case of a visit that could not be made. */
export function skippedCases(
  cases: readonly SkippedCase[],
  route: Route,
  error: unknown,
): CaseResult[] {
  return cases.map(({ table, role, command, context }) => ({
    table,
    role,
    command,
    context,
    route,
    expected: 'a transaction to try it in',
    got: (error as Error).message,
    outcome: 'vacuous' as const,
  }));
}
