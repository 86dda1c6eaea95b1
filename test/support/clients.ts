import pg from 'pg';

/** First facilitator of the example data: the same on every machine. */
export const TENANT = 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d';

/** Runs statements on a connection of its own; the rows of the last one. */
export async function query(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) {
      const result = await client.query<Record<string, unknown>>(statement);
      rows = result.rows;
    }
    return rows;
  } finally {
    await client.end();
  }
}

/** Whether a login is let in; the server's words when it is not. */
export async function login(url: string): Promise<string> {
  try {
    const [row] = await query(url, 'select current_user as name');
    return (row as { name: string }).name;
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

/** The same URL with another password. */
export function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.toString();
}

export interface LoadResult {
  readonly done: number;
  readonly failures: readonly string[];
  /** Longest wait of one query. */
  readonly longestMs: number;
}

/**
 * Writers that insert one row a transaction through `url` until `stop` is called, at most
 * `maxRows`. Every acknowledged row can be counted afterwards.
 */
export function load(url: string, table: string, writers: number, maxRows = 100_000) {
  const failures: string[] = [];
  let done = 0;
  let longestMs = 0;
  let stopped = false;
  const pool = new pg.Pool({ connectionString: url, max: writers });
  pool.on('error', (error) => failures.push(error.message));
  const write = async (): Promise<void> => {
    while (!stopped && done < maxRows) {
      const begin = performance.now();
      try {
        await pool.query(`insert into ${table} default values`);
        done += 1;
      } catch (error) {
        failures.push((error as Error).message);
        await new Promise((next) => setTimeout(next, 100));
      }
      longestMs = Math.max(longestMs, performance.now() - begin);
    }
  };
  const running = Promise.all(Array.from({ length: writers }, write));
  return {
    async stop(): Promise<LoadResult> {
      stopped = true;
      await running;
      await pool.end();
      return { done, failures, longestMs: Math.round(longestMs) };
    },
  };
}
