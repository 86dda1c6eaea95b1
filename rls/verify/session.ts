import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Query } from '../../lib/query.ts';
import { constant, type Statement } from './statements.ts';
import type { Address, Login } from './target.ts';

/** How a try ended. */
export type Attempt =
  | {
      readonly kind: 'rows';
      readonly reached: number;
      readonly total?: number;
      readonly strangers?: number;
    }
  /** Row security or a missing privilege refused it. */
  | { readonly kind: 'refused'; readonly message: string }
  /** It came as far as a constraint or a lock: nothing before that had stopped it. */
  | { readonly kind: 'stopped late'; readonly message: string }
  | { readonly kind: 'error'; readonly message: string };

/** One connection of a login. Statements go one after the other. */
export interface Session {
  readonly ask: Query;
  /** Several statements in one message. */
  run(sql: string): Promise<void>;
  /** Tries a statement after `before`; never throws for what the server says. */
  attempt(before: string, statement: Statement): Promise<Attempt>;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;
const ANSWER_MS = 30_000;

/** What every transaction of the proof starts with, and needs again after RESET ALL. */
export const SESSION_TIMEOUTS =
  "SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '1s'; " +
  "SET LOCAL idle_in_transaction_session_timeout = '30s'";

/** @param prepared whether statements go as prepared ones, with one plan for every tenant */
export async function connect(
  address: Address,
  login: Login,
  database: string,
  prepared = false,
): Promise<Session> {
  const client = new pg.Client({
    ...address,
    ...login,
    database,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
  });
  // A connection that breaks also fails the query that waits for it.
  client.on('error', () => undefined);
  await client.connect();
  return {
    ask: async (sql, values = []) =>
      (await client.query<Record<string, unknown>>(sql, [...values])).rows,
    run: async (sql) => {
      await client.query(sql);
    },
    attempt: async (before, statement) => {
      try {
        if (prepared) {
          await client.query(`${before}; SET LOCAL plan_cache_mode = 'force_generic_plan'`);
          const result = await asPrepared(client, statement);
          return counted(result);
        }
        const results: unknown = await client.query(`${before}; ${statement(constant)}`);
        return counted(Array.isArray(results) ? (results as pg.QueryResult[]).at(-1) : undefined);
      } catch (error) {
        return classified(error);
      }
    },
    close: () => client.end(),
  };
}

/** Statements by name, as a driver that prepares would name them: the same text is the same statement. */
async function asPrepared(client: pg.Client, statement: Statement): Promise<pg.QueryResult> {
  const values: (string | null)[] = [];
  const text = statement((value) => `$${values.push(value)}`);
  // COPY takes no parameters; a server that accepted its data would wait for it on this way of asking.
  if (text.startsWith('COPY ')) return client.query(text);
  const name = `proof_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  return client.query({ name, text, values });
}

function counted(result: pg.QueryResult | undefined): Attempt {
  const row = result?.rows[0] as Record<string, string> | undefined;
  if (result?.command === 'SELECT' && row?.['reached'] !== undefined) {
    return {
      kind: 'rows',
      reached: Number(row['reached']),
      total: Number(row['total']),
      strangers: Number(row['strangers']),
    };
  }
  return { kind: 'rows', reached: result?.rowCount ?? 0 };
}

const NOT_ALLOWED = '42501';
const COPY_UNDER_ROW_SECURITY = '0A000';
const NO_DATA = 'COPY from stdin failed';
const LOCK_NOT_GOT = '55P03';

function classified(error: unknown): Attempt {
  const { code = '', message } = error as { code?: string; message: string };
  if (code === NOT_ALLOWED) return { kind: 'refused', message };
  if (code === COPY_UNDER_ROW_SECURITY && message.startsWith('COPY FROM not supported')) {
    return { kind: 'refused', message };
  }
  // The client has no data for a COPY that was let in, and says so.
  if (message.includes(NO_DATA)) return { kind: 'stopped late', message: 'let in' };
  if (code.startsWith('23') || code === LOCK_NOT_GOT) {
    return { kind: 'stopped late', message: `let in, then: ${message}` };
  }
  return { kind: 'error', message };
}
