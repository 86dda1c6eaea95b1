// Connections to the server, for this program and for the Postgres client programs.

import { readFileSync } from 'node:fs';
import { rm, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { passwordFile } from './store/paths.ts';
import type { ServerAddress } from './settings.ts';

/** Connection timeout in seconds. */
const CONNECT_TIMEOUT_SEC = 10;
/** Seconds that a dump waits for a lock on a table. */
export const lockTimeoutSec = 60;

/** Interval at which an idle session that holds a snapshot is checked. */
const WATCH_SEC = 15;
/** Seconds without an answer after which the session counts as lost. */
const ANSWER_TIMEOUT_SEC = 60;

/** A server and the credentials to read it. */
export interface Login {
  readonly server: ServerAddress;
  readonly password: string;
  /** Path of a file with the same password, for libpq. The password itself is never in the environment. */
  readonly passwordFile: string;
  dispose(): Promise<void>;
}

/** @throws {Error} if there is no password */
export async function login(server: ServerAddress, file: string = passwordFile): Promise<Login> {
  let password: string;
  try {
    password = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new Error(`${file} cannot be read: mount the password of ${server.user} there`, {
      cause,
    });
  }
  const folder = await mkdtemp(join(tmpdir(), 'plinth-login-'));
  const path = join(folder, 'pgpass');
  const escaped = password.replaceAll(/[\\:]/g, '\\$&');
  await writeFile(path, `*:*:*:*:${escaped}\n`, { mode: 0o600 });
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return { server, password, passwordFile: path, dispose };
}

/**
 * Settings of every session that reads rows. They override the settings of the server and the role: no rows are filtered
 * by row-level security, no values are rounded, and no timeout ends the session. No parallel workers are used, so that
 * the load of other sessions has priority.
 */
export const sessionSettings: Readonly<Record<string, string>> = {
  row_security: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  lock_timeout: `${String(lockTimeoutSec)}s`,
  search_path: '',
  extra_float_digits: '3',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
  synchronize_seqscans: 'off',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
};

/** Environment variables for libpq programs: the address of the server and the session settings. */
export function toolEnvironment(
  { server, passwordFile }: Login,
  database: string,
  encoding?: string,
): Record<string, string> {
  return {
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGUSER: server.user,
    PGDATABASE: database,
    PGPASSFILE: passwordFile,
    PGCONNECT_TIMEOUT: String(CONNECT_TIMEOUT_SEC),
    PGAPPNAME: 'plinth-backup',
    PGOPTIONS: Object.entries(sessionSettings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    ...(encoding === undefined ? {} : { PGCLIENTENCODING: encoding }),
  };
}

/**
 * Opens a session. `lost` aborts when the connection is lost, also if no query is running.
 *
 * @throws {Error} with the name of the server, if the connection fails
 */
export async function connect(
  { server, password }: Login,
  database: string,
): Promise<{ readonly client: pg.Client; readonly lost: AbortSignal }> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.user,
    password,
    database,
    application_name: 'plinth-backup',
    connectionTimeoutMillis: CONNECT_TIMEOUT_SEC * 1000,
    keepAlive: true,
  });
  const lost = new AbortController();
  client.on('error', (cause) =>
    lost.abort(
      new Error(`the connection to ${database} was lost: is the server running?`, { cause }),
    ),
  );
  try {
    await client.connect();
    await client.query(
      'select set_config(s.name, s.value, false) from unnest($1::text[], $2::text[]) as s(name, value)',
      [Object.keys(sessionSettings), Object.values(sessionSettings)],
    );
  } catch (cause) {
    await client.end().catch(() => undefined);
    const at = `${server.host}:${String(server.port)}/${database} as ${server.user}`;
    throw new Error(
      `cannot connect to ${at}: is the server running, and is the password correct?`,
      { cause },
    );
  }
  return { client, lost: lost.signal };
}

/**
 * Checks a session periodically. If a server or its network fails without closing the connection, the backup would
 * otherwise wait for hours.
 *
 * @returns the timer; clear it when the session is no longer needed
 */
export function watch(client: pg.ClientBase, fail: (error: Error) => void): NodeJS.Timeout {
  const ask = (): void => {
    const late = setTimeout(() => {
      fail(
        new Error(
          `the server has not answered for ${String(ANSWER_TIMEOUT_SEC)} s: check the server and the network`,
        ),
      );
    }, ANSWER_TIMEOUT_SEC * 1000);
    client.query('select 1').then(
      () => clearTimeout(late),
      (error: unknown) => {
        clearTimeout(late);
        fail(error instanceof Error ? error : new Error(String(error)));
      },
    );
  };
  return setInterval(ask, WATCH_SEC * 1000);
}
