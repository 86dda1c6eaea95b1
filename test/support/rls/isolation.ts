/** The proof of isolation on a step's environment, and planted holes that must turn it red. */
import { expect } from '@jest/globals';
import pg from 'pg';
import { audit } from '../../../rls/audit/audit.ts';
import { hasTenants } from '../../../rls/model/plan.ts';
import { verifyRls } from '../../../rls/verify/verify.ts';
import { isFailure, type CaseResult } from '../../../rls/verify/report.ts';
import type { ProofTarget } from '../../../rls/verify/target.ts';
import { targetFrom } from '../../../cli/deployed-rls.ts';
import { resourcesFrom } from '../../../cli/stack-state.ts';
import type { TestStack } from '../stack.ts';
import type { Caught, Hole } from './holes.ts';

/** What was declared when the stack was last brought up. */
export async function deployedTarget(stack: TestStack): Promise<ProofTarget> {
  const exported = await stack.expect('stack', 'export', '--show-secrets');
  const target = targetFrom(resourcesFrom(JSON.parse(exported)))!;
  const { plan } = target;
  if (!hasTenants(plan)) throw new Error('the environment has no tenants');
  return { ...target, plan };
}

/** A session of the superuser in the application's database. */
export async function superuserOf(target: ProofTarget): Promise<pg.Client> {
  const client = new pg.Client({
    ...target.direct,
    ...target.superuser,
    database: target.database,
  });
  await client.connect();
  return client;
}

/** What the audit finds. */
export async function differences(target: ProofTarget) {
  const client = await superuserOf(target);
  try {
    const query = async (sql: string, values?: readonly unknown[]) =>
      (await client.query<Record<string, unknown>>(sql, values?.slice())).rows;
    return await audit(query, target.plan);
  } finally {
    await client.end();
  }
}

/** Plants the hole, and looks whether the proof says what it must. */
export async function turnsRed(target: ProofTarget, superuser: pg.Client, hole: Hole) {
  const tables = [...new Set(hole.caught.flatMap(({ table }) => table ?? []))];
  await superuser.query(hole.plant);
  try {
    const { cases } = await verifyRls(target, {
      routes: ['direct'],
      ...(tables.length > 0 ? { tables } : {}),
    });
    const failures = cases.filter(({ outcome }) => isFailure(outcome));
    const missed = hole.caught.filter((caught) => !failures.some(matches(caught)));
    expect({ missed, failures: failures.length > 0 }).toEqual({ missed: [], failures: true });
  } finally {
    await superuser.query(hole.heal);
  }
}

/** Holes for `it.each`. */
export function named(all: readonly Hole[]): [string, Hole][] {
  return all.map((hole) => [hole.name, hole]);
}

/** Whether a result is what a hole should lead to. */
export function matches(wanted: Caught, outcomes: readonly string[] = ['leaked', 'vacuous']) {
  const { outcome, ...fields } = wanted;
  return (found: CaseResult): boolean =>
    (outcome === undefined ? outcomes.includes(found.outcome) : found.outcome === outcome) &&
    Object.entries(fields).every(([key, value]) => found[key as keyof CaseResult] === value);
}

/** Rows of every table, as one word each. */
export async function digest(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const sums: unknown[] = [];
  for (const { name } of rows) {
    const sum = await client.query<Record<string, unknown>>(
      `SELECT $1 AS name, count(*)::int AS rows, sum(hashtextextended(t::text, 0)) AS digest FROM ${name} t`,
      [name],
    );
    sums.push(sum.rows[0]);
  }
  return sums;
}
