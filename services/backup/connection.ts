// How this program and the tools of Postgres reach the server.

import { readFileSync } from 'node:fs';
import { rm, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { passwordFile } from './places.ts';
import type { ServerAddress } from './settings.ts';

/** Seconds to wait for a server that does not answer. */
const CONNECT_TIMEOUT_SEC = 10;
/** Seconds that a dump waits for somebody who changes a table. */
export const lockTimeoutSec = 60;

/** How often a session that only holds a snapshot is asked whether it is still there. */
const WATCH_SEC = 15;
/** Seconds after which one that does not answer is given up. */
const ANSWER_TIMEOUT_SEC = 60;

/** A server, and the right to read it. */
export interface Login {
  readonly server: ServerAddress;
  readonly password: string;
  /** The same for libpq, which is told where it is and never what it says. */
  readonly passwordFile: string;
  dispose(): Promise<void>;
}

/** @throws {Error} when there is no password */
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
 * Settings of every session that reads rows. Whatever the server or the role is set to, nothing is
 * filtered, nothing is rounded, and nothing is cut short; and the machine's other work goes first.
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

/** Where libpq's tools find the server, and what their sessions are set to. */
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
 * A session of our own. Losing it is told by `lost`, whoever waits for something at that time.
 *
 * @throws {Error} naming the server, when it cannot be reached or refuses
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
    lost.abort(new Error(`the connection to ${database} was lost: is the server up?`, { cause })),
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
      `cannot connect to ${at}: is the server up, and does the login still have this password?`,
      { cause },
    );
  }
  return { client, lost: lost.signal };
}

/**
 * Asks a session again and again whether it is there: a server that has gone without a word, with its
 * machine or its network, would keep everybody waiting for hours.
 *
 * @returns what to clear when nobody needs to know any more
 */
export function watch(client: pg.ClientBase, fail: (error: Error) => void): NodeJS.Timeout {
  const ask = (): void => {
    const late = setTimeout(() => {
      fail(
        new Error(
          `the server has not answered for ${String(ANSWER_TIMEOUT_SEC)} s: is it up, and the network?`,
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
