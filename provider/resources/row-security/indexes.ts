import type pg from 'pg';
import type { TableState } from '../../../rls/catalog/table-state.ts';
import type { IndexPlan, TablePlan } from '../../../rls/model/plan.ts';
import { identifier, qualified } from '../../../lib/sql.ts';
import { withClient, type Connection } from '../../connection.ts';
import { transaction } from '../../transaction.ts';

/** Building one waits for every transaction on the table that is older than it. */
const WAIT = `set lock_timeout = '5min'`;

export interface IndexChanges {
  /** Names. */
  readonly drop: readonly string[];
  readonly create: readonly IndexPlan[];
}

/**
 * What is missing, and what is no longer wanted. One under a wanted name that is of other columns, or that a killed run
 * left half built, is made again.
 *
 * @param ours names of the indexes that were declared before
 */
export function indexChanges(
  live: TableState,
  plan: TablePlan,
  ours: readonly string[] = [],
): IndexChanges {
  const unusable = plan.indexes.filter(({ name, columns }) => {
    const is = live.indexes[name];
    return (
      is === undefined || !is.valid || !is.plain || is.columns.join('\0') !== columns.join('\0')
    );
  });
  const wanted = new Set(plan.indexes.map(({ name }) => name));
  const stale = [...ours.filter((name) => !wanted.has(name)), ...unusable.map(({ name }) => name)];
  return { drop: stale.filter((name) => live.indexes[name] !== undefined), create: unusable };
}

/** The statements, for the reader of a preview and for the server. */
export function indexStatements(
  plan: TablePlan,
  { drop, create }: IndexChanges,
  how: '' | ' CONCURRENTLY' = '',
): string[] {
  return [
    ...drop.map((name) => `DROP INDEX${how} ${qualified(plan.schema, name)}`),
    ...create.map(
      ({ name, columns }) =>
        `CREATE INDEX${how} ${identifier(name)} ON ${qualified(plan.schema, plan.table)} ` +
        `(${columns.map(identifier).join(', ')})`,
    ),
  ];
}

/**
 * Makes and drops indexes. With rows in the table that happens without keeping anybody from writing, and so outside of a
 * transaction; but for a partitioned table, which Postgres cannot index that way.
 */
export async function applyIndexes(
  connection: Connection,
  live: TableState,
  plan: TablePlan,
  ours: readonly string[],
): Promise<void> {
  const changes = indexChanges(live, plan, ours);
  if (changes.drop.length === 0 && changes.create.length === 0) return;
  const what = `indexes of ${qualified(plan.schema, plan.table)}`;
  if (live.kind === 'partitioned' || !(await hasRows(connection, plan))) {
    await transaction(connection, what, async (client) => {
      for (const statement of indexStatements(plan, changes)) await client.query(statement);
    });
    return;
  }
  await withClient(connection, async (client) => {
    await client.query(WAIT);
    for (const statement of indexStatements(plan, changes, ' CONCURRENTLY')) {
      await client.query(statement).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${what}: ${reason}: run the update again, it begins anew`, { cause });
      });
    }
  });
}

function hasRows(connection: Connection, { schema, table }: TablePlan): Promise<boolean> {
  return withClient(connection, async (client: pg.Client) => {
    const { rows } = await client.query<{ rows: boolean }>(
      `select exists (select from ${qualified(schema, table)}) as rows`,
    );
    return rows[0]?.rows === true;
  });
}
