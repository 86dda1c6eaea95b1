// The one connection that asks the server, made anew when it is lost. Everybody waits in one queue, so that
// there are never two.

import pg from 'pg';
import type { Query } from '../lib/query.ts';

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Asked each time: a rotation changes the file. */
  readonly password: () => string;
}

/** Milliseconds. */
const CONNECT_TIMEOUT = 3_000;
const STATEMENT_TIMEOUT = 5_000;
const LOCK_TIMEOUT = 500;
/** A server that has gone without a word says nothing about a timeout either. */
const ANSWER_TIMEOUT = STATEMENT_TIMEOUT + 1_000;
/** For so long after a failure nobody tries again: the others of a round fail at once. */
const PAUSE = 1_000;

/** Asks once, all told; what is not needed again is not kept. */
export class Session {
  readonly #login: Login;
  readonly #now: () => number;
  #client: pg.Client | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: Error; readonly at: number } | undefined;
  /** Schemas of extensions by name, quoted; of this connection. */
  #extensions = new Map<string, string>();

  constructor(login: Login, now: () => number = () => performance.now()) {
    this.#login = login;
    this.#now = now;
  }

  /** Rows of one statement; it waits for those that came before. */
  readonly query: Query = (sql, values = []) => {
    const answer = this.#tail.then(() => this.#ask(sql, values));
    this.#tail = answer.catch(() => undefined);
    return answer;
  };

  /**
   * The schema an extension is in, as an identifier.
   *
   * @throws {Error} when there is no such extension in the database
   */
  readonly schemaOf = async (extension: string): Promise<string> => {
    const known = this.#extensions.get(extension);
    if (known !== undefined) return known;
    const [row] = await this.query(
      `select quote_ident(n.nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
        where e.extname = $1`,
      [extension],
    );
    if (row === undefined) {
      throw new Error(
        `the extension ${extension} is not in database ${this.#login.database}: CREATE EXTENSION ${extension}`,
      );
    }
    const schema = String(row['schema']);
    this.#extensions.set(extension, schema);
    return schema;
  };

  async end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #ask(sql: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
    const client = this.#client ?? (await this.#connect());
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } catch (error) {
      // What the server itself has refused says nothing against the connection; all else does.
      if (!(error instanceof pg.DatabaseError)) this.#lose(client, error as Error);
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    if (this.#failure !== undefined && this.#now() - this.#failure.at < PAUSE) {
      throw this.#failure.error;
    }
    const { host, port, user, database, password } = this.#login;
    const client = new pg.Client({
      ...{ host, port, user, database },
      application_name: 'plinth-watch',
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: ANSWER_TIMEOUT,
      statement_timeout: STATEMENT_TIMEOUT,
      lock_timeout: LOCK_TIMEOUT,
      keepAlive: true,
      // Nothing that somebody has put into another schema is called by mistake; no worker is taken from others.
      options: '-c search_path= -c max_parallel_workers_per_gather=0 -c jit=off',
      password,
    });
    client.on('error', (error) => this.#lose(client, error));
    try {
      await client.connect();
    } catch (cause) {
      const at = `${host}:${String(port)}/${database} as ${user}`;
      const error = new Error(`cannot connect to ${at}`, { cause });
      this.#lose(client, error);
      throw error;
    }
    this.#failure = undefined;
    this.#client = client;
    return client;
  }

  #lose(client: pg.Client, error: Error): void {
    if (this.#client === client) this.#client = undefined;
    this.#extensions.clear();
    this.#failure = { error, at: this.#now() };
    client.end().catch(() => undefined);
  }
}
