import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import type { Query } from '../lib/query.ts';
import { withClient, type Connection } from './connection.ts';

const TRIES = 5;
const LOCK_TIMEOUT_SEC = 2;
const PAUSE_MS = 200;

/** Postgres gave up for the sake of others: lock_not_available, deadlock_detected, serialization_failure. */
const RETRYABLE_SQLSTATES = ['55P03', '40P01', '40001'];

/**
 * Does `work` in one transaction on a connection of its own. It waits 2 s for a lock, so that the statements of others
 * do not queue up behind it, and tries five times in all.
 *
 * @param what for errors: `access to public.orders`
 * @throws an error that says what, why and what to do; nothing of the work has then happened
 */
export async function transaction<T>(
  connection: Connection,
  what: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withClient(connection, async (client) => {
    for (let tries = 1; ; tries += 1) {
      try {
        await client.query(`begin; set local lock_timeout = '${LOCK_TIMEOUT_SEC}s'`);
        const result = await work(client);
        await client.query('commit');
        return result;
      } catch (cause) {
        await client.query('rollback').catch(() => undefined);
        const reason = cause instanceof Error ? cause.message : String(cause);
        const code = (cause as Partial<pg.DatabaseError>).code ?? '';
        if (!RETRYABLE_SQLSTATES.includes(code)) throw new Error(`${what}: ${reason}`, { cause });
        if (tries === TRIES) {
          throw new Error(
            `${what}: ${reason}, ${TRIES} times for ${LOCK_TIMEOUT_SEC} s: somebody holds it in a long transaction, ` +
              'see pg_stat_activity; run the update again',
            { cause },
          );
        }
        await setTimeout(PAUSE_MS * tries);
      }
    }
  });
}

/** A client as what `rls/` asks. */
export function queryOf(client: pg.Client): Query {
  return async (sql, values = []) =>
    (await client.query<Record<string, unknown>>(sql, [...values])).rows;
}
