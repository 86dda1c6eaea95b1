// The only connection to the server, reopened after it is lost. All queries wait in one queue, so there is never a second
// connection.

import pg from 'pg';
import type { Query } from '../lib/query.ts';

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Read at each connect, because a rotation changes the file. */
  readonly password: () => string;
}

/** Milliseconds. */
const CONNECT_TIMEOUT = 3_000;
const STATEMENT_TIMEOUT = 5_000;
const LOCK_TIMEOUT = 500;
/** Client-side timeout, for a server that no longer responds and cannot enforce statement_timeout. */
const ANSWER_TIMEOUT = STATEMENT_TIMEOUT + 1_000;
/** No reconnect for this time after a failure, so that the other collectors of the round fail at once. */
const PAUSE = 1_000;

/** A session that runs one query at a time. */
export class Session {
  readonly #login: Login;
  readonly #now: () => number;
  #client: pg.Client | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: Error; readonly at: number } | undefined;
  /** Schemas of extensions by name, quoted; cached per connection. */
  #extensions = new Map<string, string>();

  constructor(login: Login, now: () => number = () => performance.now()) {
    this.#login = login;
    this.#now = now;
  }

  /** Runs one statement after all earlier ones, and returns its rows. */
  readonly query: Query = (sql, values = []) => {
    const answer = this.#tail.then(() => this.#ask(sql, values));
    this.#tail = answer.catch(() => undefined);
    return answer;
  };

  /**
   * The schema of an extension, as an identifier.
   *
   * @throws {Error} if the extension is not installed in the database
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
      // An error from the server leaves the connection usable; all other errors do not.
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
      // An empty search_path prevents calls to objects in other schemas; no parallel workers are used.
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
