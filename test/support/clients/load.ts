import { createHash } from 'node:crypto';
import type { Client, Queries } from './client.ts';

export const SETTING = 'app.facilitator_id';
const TENANTS = 60;
const CLASSROOMS = 10;

/** Facilitator `n` of the example data, from 1. */
export function facilitator(n: number): string {
  const hex = createHash('md5').update(`facilitator ${n}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** How a transaction, or what takes its place, is run. */
export type Recipe = <R>(
  client: Client,
  id: string,
  work: (tx: Queries) => Promise<R>,
) => Promise<R>;

export const recipes = {
  withTenant: (client, id, work) => client.withTenant({ setting: SETTING, id }, work),
  /** The wrong one: the setting belongs to a session, and each query may go through another one. */
  session: async (client, id, work) => {
    await client.naked.sql('select set_config($1, $2, false)', [SETTING, id]);
    return work(client.naked);
  },
} satisfies Record<string, Recipe>;

export interface LoadReport {
  readonly transactions: number;
  /** Transactions that did not see exactly their own rows. */
  readonly wrong: number;
  /** What the first of them saw. */
  readonly first: string | null;
  /** Rows of other tenants that they saw. */
  readonly foreign: number;
  readonly nakedQueries: number;
  /** Rows that queries without a tenant saw; none of them should. */
  readonly nakedRows: number;
  /** The statements that were found prepared on server connections. */
  readonly prepared: readonly string[];
}

const rolledBack = new Error('rolled back on purpose');

/** Workers with a tenant and others without, all on one pool. Each tenth transaction is rolled back. */
export async function load(
  client: Client,
  recipe: Recipe,
  { workers, transactions }: { readonly workers: number; readonly transactions: number },
): Promise<LoadReport> {
  const seen = {
    wrong: 0,
    first: null as string | null,
    foreign: 0,
    nakedQueries: 0,
    nakedRows: 0,
  };
  const prepared = new Set<string>();
  let running = workers;
  const work = async (worker: number) => {
    for (let n = 0; n < transactions; n += 1) {
      // Steps of 7 and 11 meet all 60 tenants, each worker in an order of its own.
      const id = facilitator(1 + ((worker * 11 + n * 7 + n * worker) % TENANTS));
      const expected = [id, ...Array<string>(CLASSROOMS).fill(id)];
      await recipe(client, id, async (tx) => {
        const found = [...(await tx.facilitators()), ...(await tx.owners())];
        if (found.join() !== expected.join()) {
          seen.wrong += 1;
          seen.first ??= found.join();
        }
        seen.foreign += found.filter((one) => one !== id).length;
        const rows = await tx.sql('select statement from pg_prepared_statements');
        for (const { statement } of rows) prepared.add(String(statement));
        if (n % 10 === 9) throw rolledBack;
      }).catch((error: unknown) => {
        if (error !== rolledBack) throw error;
      });
    }
    running -= 1;
  };
  const ask = async () => {
    do {
      seen.nakedRows += (await client.naked.owners()).length;
      seen.nakedQueries += 1;
    } while (running > 0);
  };
  const askers = Promise.all(Array.from({ length: workers / 4 }, ask));
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker))).finally(
    () => (running = 0),
  );
  await askers;
  return { transactions: workers * transactions, ...seen, prepared: [...prepared] };
}
