// A PostgreSQL of our own: for a restore, or for as long as a drill takes. Nobody else can reach it, it writes no more
// than it has to, and whoever starts it stops it on every way out.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lastLines, output, ProgramFailed } from './restore/program.ts';

export interface PrivateServerArgs {
  /** The cluster; made where the folder is empty or missing. */
  readonly data: string;
  /** What may be used at the same time by one command, for its memory. @default 2 */
  readonly jobs?: number;
  /** Memory of the container. @default what the kernel says */
  readonly memoryBytes?: number;
  /** Ends the start. */
  readonly signal?: AbortSignal | undefined;
}

export interface PrivateServer {
  /** Folder of its socket, and the host as clients want it. */
  readonly host: string;
  readonly port: number;
  /** The superuser; needs no password over the socket. */
  readonly user: string;
  /** Makes the clients of PostgreSQL come here. */
  readonly env: Readonly<Record<string, string>>;
  /** Why it ended by itself, in its own words; empty as long as it runs. */
  log(): string;
  /**
   * Stops it. Harmless when it has stopped.
   *
   * @param how `clean`: everything is written; `discard`: at once, the data is not needed any more
   */
  stop(how: 'clean' | 'discard'): Promise<void>;
}

/** Of images/postgres/entrypoint.sh: a cluster is the same whoever makes it. */
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
/** Whatever a restored database or role is set to, these sessions are as a dump expects them. */
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
 * Settings for one that loads: nothing has to survive a crash before the end, because an unfinished cluster is thrown
 * away, and a finished one has been stopped and synced as a whole.
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
    // A container's /dev/shm is small.
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
    // What fails is told by whoever asked; a statement holds data.
    log_min_error_statement: 'panic',
    log_min_messages: 'warning',
  };
}

/** What the container may use, by control group version 2 or 1, else what the machine has. */
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
 * Starts it on a socket in a folder that only this user can enter: whoever is in there needs no password.
 *
 * @throws when it does not take queries, with its own words
 */
export async function startPrivateServer(args: PrivateServerArgs): Promise<PrivateServer> {
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
  const server: PrivateServer = {
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
        // Fast, or without writing anything. Asked again: one that has only just started does not hear it yet.
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

/** What a client has done wrong, it is told itself. */
function isGrave(line: string): boolean {
  return !/ (LOG|ERROR|WARNING|HINT|DETAIL|CONTEXT|STATEMENT): {2}/.test(line);
}

async function makeCluster(data: string, signal: AbortSignal | undefined): Promise<void> {
  const args = ['--pgdata', data, ...INITDB, '--no-sync'];
  await output({ program: 'initdb', args, what: 'making a new cluster', signal });
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
  server: PrivateServer,
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(`the server for the restore ended by itself: ${server.log()}`);
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
 * What psql prints for some SQL, without headings; columns are apart by `separator`.
 *
 * @throws ProgramFailed at the first statement that fails
 */
export function psql(
  server: Pick<PrivateServer, 'env'>,
  database: string,
  sql: string,
  options: { readonly what?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return output({
    program: 'psql',
    args: [...PSQL, '-q', '-A', '-t', '-f', '-'],
    // Unlike a name on the command line, this one is never taken for a list of settings.
    env: { ...server.env, PGDATABASE: database },
    input: sql,
    ...options,
  });
}

/** What every psql of ours is called with. */
export const PSQL: readonly string[] = ['-X', '-w', '-v', 'ON_ERROR_STOP=1'];

/** A connection to a database of any name, for the programs that want it as an argument. */
export function conninfo(database: string): string {
  return `dbname='${database.replace(/[\\']/g, (found) => `\\${found}`)}'`;
}

/** Writes a stopped cluster to disk for good. */
export async function syncCluster(data: string): Promise<void> {
  await output({
    program: 'initdb',
    args: ['--sync-only', '--pgdata', data],
    what: 'writing to disk',
  });
}
