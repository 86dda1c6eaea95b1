// A temporary Postgres for a restore or a restore test. Other users and containers cannot connect to it, and it syncs as
// little as possible to disk. The caller must always stop it, also after an error.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lastLines, output, ProgramFailed } from './restore/program.ts';

export interface TemporaryPostgresArgs {
  /** The data directory. The cluster is created if the directory is empty or missing. */
  readonly data: string;
  /** Number of parallel jobs; used to calculate the memory settings. @default 2 */
  readonly jobs?: number;
  /** Memory of the container. @default the limit of its control group */
  readonly memoryBytes?: number;
  /** Aborts the start. */
  readonly signal?: AbortSignal | undefined;
}

export interface TemporaryPostgres {
  /** The directory of its socket, which clients use as the host. */
  readonly host: string;
  readonly port: number;
  /** The superuser. It needs no password over the socket. */
  readonly user: string;
  /** Environment variables with which libpq clients connect to it. */
  readonly env: Readonly<Record<string, string>>;
  /** The last serious messages of its log; empty if there are none. */
  log(): string;
  /**
   * Stops it. Does nothing if it has already stopped.
   *
   * @param how `clean`: fast shutdown, the data is complete; `discard`: immediate shutdown, the data is not needed
   */
  stop(how: 'clean' | 'discard'): Promise<void>;
}

/** The same options as in images/postgres/entrypoint.sh, so that all clusters are identical. */
const INITDB = [
  '--username=postgres',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C.UTF-8',
  '--data-checksums',
  '--auth-local=peer',
  '--auth-host=scram-sha-256',
];
/** Session settings that a dump expects. They override the settings of a restored database or role. */
const SESSION: Readonly<Record<string, string>> = {
  client_min_messages: 'warning',
  default_transaction_read_only: 'off',
  row_security: 'off',
  search_path: '',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  statement_timeout: '0',
  transaction_timeout: '0',
  lock_timeout: '0',
  idle_session_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};
const PORT = 5432;
const MIB = 1024 * 1024;

/**
 * Settings for fast loading. Crash safety is not needed: an incomplete cluster is deleted, and a complete one is stopped
 * and synced as a whole.
 */
export function loadSettings(memoryBytes: number, jobs: number): Readonly<Record<string, string>> {
  const within = (bytes: number, most: number): string =>
    `${String(Math.floor(Math.max(32 * MIB, Math.min(most * MIB, bytes)) / MIB))}MB`;
  return {
    listen_addresses: '',
    shared_buffers: within(memoryBytes / 8, 1024),
    maintenance_work_mem: within(memoryBytes / 4 / (jobs + 1), 1024),
    work_mem: within(memoryBytes / 32, 64),
    max_connections: '100',
    // /dev/shm is small in a container.
    dynamic_shared_memory_type: 'mmap',
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    archive_mode: 'off',
    max_wal_size: '2GB',
    checkpoint_timeout: '1h',
    autovacuum: 'off',
    jit: 'off',
    ssl: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    log_checkpoints: 'off',
    // The client reports its own errors. Statements contain data and must not be logged.
    log_min_error_statement: 'panic',
    log_min_messages: 'warning',
  };
}

/** The memory limit of the control group (version 2 or 1), or the memory of the machine. */
export function memoryOfContainer(read: (file: string) => string | undefined = text): number {
  const limits = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']
    .map((file) => Number(read(file)))
    .filter((bytes) => Number.isFinite(bytes) && bytes > 0);
  return Math.min(totalmem(), ...limits);
}

function text(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/**
 * Starts it with a socket in a directory that only this user can access. No password is needed there.
 *
 * @throws if it does not accept queries, with the messages of its log
 */
export async function startTemporaryPostgres(
  args: TemporaryPostgresArgs,
): Promise<TemporaryPostgres> {
  const { data, jobs = 2, memoryBytes = memoryOfContainer(), signal } = args;
  if (!existsSync(join(data, 'PG_VERSION'))) await makeCluster(data, signal);
  const host = mkdtempSync(join(tmpdir(), 'server-'));
  const files = {
    hba_file: join(host, 'hba.conf'),
    ident_file: join(host, 'ident.conf'),
    config_file: join(host, 'postgresql.conf'),
  };
  mkdirSync(host, { recursive: true });
  writeFileSync(files.hba_file, 'local all all trust\n');
  writeFileSync(files.ident_file, '');
  writeFileSync(files.config_file, '');
  const settings = {
    ...loadSettings(memoryBytes, jobs),
    unix_socket_directories: host,
    port: String(PORT),
    ...files,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn('postgres', ['-D', data, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  const listen = (chunk: Buffer): void => {
    words = (words + chunk.toString()).slice(-64 * 1024);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const ended = endOf(child);
  const server: TemporaryPostgres = {
    host,
    port: PORT,
    user: 'postgres',
    env: {
      PGHOST: host,
      PGPORT: String(PORT),
      PGUSER: 'postgres',
      PGDATABASE: 'postgres',
      PGOPTIONS: Object.entries(SESSION)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    },
    log: () => lastLines(words.split('\n').filter(isGrave).join('\n'), 6),
    stop: async (how) => {
      while (child.exitCode === null && child.signalCode === null) {
        // Fast or immediate shutdown. Repeat the signal: a server that has just started may ignore it.
        child.kill(how === 'clean' ? 'SIGINT' : 'SIGQUIT');
        await Promise.race([ended, wait(200)]);
      }
      rmSync(host, { recursive: true, force: true });
    },
  };
  try {
    await answering(server, child, signal);
  } catch (error) {
    await server.stop('discard');
    throw error;
  }
  return server;
}

/** Whether a log line is serious. The clients receive their own errors. */
function isGrave(line: string): boolean {
  return !/ (LOG|ERROR|WARNING|HINT|DETAIL|CONTEXT|STATEMENT): {2}/.test(line);
}

async function makeCluster(data: string, signal: AbortSignal | undefined): Promise<void> {
  const args = ['--pgdata', data, ...INITDB, '--no-sync'];
  await output({ program: 'initdb', args, what: 'creating a new cluster', signal });
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
}

async function answering(
  server: TemporaryPostgres,
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(`the temporary Postgres ended unexpectedly: ${server.log()}`);
    }
    try {
      await psql(server, 'postgres', 'select 1');
      return;
    } catch (error) {
      if (!(error instanceof ProgramFailed)) throw error;
    }
    await wait(50);
  }
}

/**
 * Runs SQL with psql and returns its output, unaligned and without headers.
 *
 * @throws ProgramFailed at the first statement that fails
 */
export function psql(
  server: Pick<TemporaryPostgres, 'env'>,
  database: string,
  sql: string,
  options: { readonly what?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return output({
    program: 'psql',
    args: [...PSQL, '-q', '-A', '-t', '-f', '-'],
    // libpq interprets a name on the command line as a connection string if it contains "=". PGDATABASE is only a name.
    env: { ...server.env, PGDATABASE: database },
    input: sql,
    ...options,
  });
}

/** Options of every psql call. */
export const PSQL: readonly string[] = ['-X', '-w', '-v', 'ON_ERROR_STOP=1'];

/** A connection string for a database of any name, for programs that need it as an argument. */
export function conninfo(database: string): string {
  return `dbname='${database.replace(/[\\']/g, (found) => `\\${found}`)}'`;
}

/** Flushes a stopped cluster to disk. */
export async function syncCluster(data: string): Promise<void> {
  await output({
    program: 'initdb',
    args: ['--sync-only', '--pgdata', data],
    what: 'writing to disk',
  });
}
