import type pg from 'pg';
import { readTableState, type TableState } from '../../../rls/catalog/table-state.ts';
import type { TablePlan } from '../../../rls/model/plan.ts';
import { qualified } from '../../../lib/sql.ts';
import type { Connection } from '../../connection.ts';
import { queryOf, transaction } from '../../transaction.ts';
import { applyIndexes } from './indexes.ts';
import { canonicalExpressions, searchPath } from './scratch-expressions.ts';
import { closing, statements } from './statements.ts';

/** The table of a plan as it is; undefined when there is none. */
export function look(
  client: pg.Client,
  { schema, table, sequences }: Pick<TablePlan, 'schema' | 'table' | 'sequences'>,
): Promise<TableState | undefined> {
  return readTableState(queryOf(client), schema, table, Object.keys(sequences));
}

/**
 * Makes a table what its plan says and gives what the server makes of it. A table that is protected keeps its policies
 * until the new ones have their indexes; one that is not is protected first.
 *
 * @param ours names of the indexes that were declared before
 */
export async function apply(
  connection: Connection,
  plan: TablePlan,
  ours: readonly string[],
): Promise<TableState> {
  const reach = <T>(work: (client: pg.Client) => Promise<T>) =>
    transaction(connection, what(plan), work);
  if (plan.indexes.length === 0 && ours.length === 0) {
    return reach((client) => protect(client, plan));
  }
  const before = await reach((client) => existing(client, plan));
  if (before.rowSecurity && before.forced) await applyIndexes(connection, before, plan, []);
  await applyIndexes(connection, await reach((client) => protect(client, plan)), plan, ours);
  return reach((client) => existing(client, plan));
}

/** In one transaction: at no moment does anybody see anything between the old and the new. */
async function protect(client: pg.Client, plan: TablePlan): Promise<TableState> {
  const live = await existing(client, plan);
  const meanings = (await canonicalExpressions(client, plan)) ?? {};
  await client.query(searchPath(plan.schema));
  for (const statement of statements(live, plan, meanings)) await client.query(statement);
  const now = await existing(client, plan);
  const left = statements(now, plan, { ...asTheyAre(now), ...meanings });
  if (left.length > 0) {
    throw new Error(`the server does not keep what it was told: it still lacks ${left.join('; ')}`);
  }
  return now;
}

function asTheyAre(live: TableState) {
  return Object.fromEntries(
    live.policies.map(({ name, using, check }) => [name, { using, check }]),
  );
}

async function existing(client: pg.Client, plan: TablePlan): Promise<TableState> {
  const live = await look(client, plan);
  if (live !== undefined) return live;
  const name = qualified(plan.schema, plan.table);
  throw new Error(`there is no table ${name}: a migration makes it, run the migrations first`);
}

/** Closes a table that is no longer declared. One that is gone is closed enough. */
export async function close(
  connection: Connection,
  plan: Pick<TablePlan, 'schema' | 'table' | 'sequences'>,
): Promise<void> {
  await transaction(connection, what(plan), async (client) => {
    const live = await look(client, plan);
    if (live === undefined) return;
    for (const statement of closing(live)) await client.query(statement);
  });
}

function what({ schema, table }: Pick<TablePlan, 'schema' | 'table'>): string {
  return `access to ${qualified(schema, table)}`;
}
