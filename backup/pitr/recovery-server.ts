// The temporary Postgres that replays WAL into a restored cluster. Only this process can connect to it. Unlike the
// temporary Postgres that loads dumps, it is crash-safe, because it is killed if it does not reach the target.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { memoryOfContainer } from '../temporary-postgres.ts';
import { parseInstant } from './instant.ts';
import { CONF, STANZA } from './settings.ts';
import { parseLsn } from './wal.ts';

export interface RecoveryArgs {
  readonly data: string;
  readonly timeline: number;
  /** Settings of the recovery target. */
  readonly recovery: Readonly<Record<string, string>>;
  readonly onMessage: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Recovered {
  /** Microseconds since 1970; undefined if nothing was committed since the backup. */
  readonly lastCommitAt: number | undefined;
  /** The position at which recovery ended. */
  readonly lsn: number;
}

const MIB = 1024 * 1024;

/**
 * Replays WAL up to the recovery target, promotes, and shuts down.
 *
 * @throws if the target was not reached, with the reason from the log of the server
 */
export async function recover(args: RecoveryArgs): Promise<Recovered> {
  const { data, signal } = args;
  const host = mkdtempSync(join(tmpdir(), 'recovery-'));
  writeFileSync(join(host, 'hba.conf'), 'local all postgres peer\n');
  writeFileSync(join(host, 'ident.conf'), '');
  writeFileSync(join(host, 'postgresql.conf'), '');
  writeFileSync(join(data, 'recovery.signal'), '');
  const options = Object.entries(settings(args, host)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const server = spawn('postgres', ['-D', data, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const words: string[] = [];
  const listen = (text: string): void => {
    for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
      words.splice(0, Math.max(0, words.push(line) - KEPT_LINES));
      if (WORTH_SAYING.test(line)) args.onMessage(line.replace(/^.*?(LOG|WARNING):\s+/, ''));
    }
  };
  server.stdout.setEncoding('utf8').on('data', listen);
  server.stderr.setEncoding('utf8').on('data', listen);
  const ended = new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.once('close', () => resolve());
  });
  try {
    while (isRunning(server)) {
      signal?.throwIfAborted();
      const state = await stateOf(host);
      if (state !== undefined) {
        await stopped(server, ended, 'SIGINT');
        if (server.exitCode !== 0)
          throw new Error(`the server did not shut down cleanly: ${why(words)}`);
        return state;
      }
      await wait(200);
    }
    await ended;
    throw new Error(why(words));
  } finally {
    await stopped(server, ended, 'SIGQUIT');
    rmSync(host, { recursive: true, force: true });
  }
}

const KEPT_LINES = 400;
const WORTH_SAYING =
  /starting (point-in-time|archive|backup) recovery|redo (starts|done)|recovery stopping|selected new timeline|last completed transaction/;

function settings(
  { data, timeline, recovery }: RecoveryArgs,
  host: string,
): Readonly<Record<string, string>> {
  const buffers = Math.min(1024, Math.max(64, Math.floor(memoryOfContainer() / MIB / 4)));
  return {
    config_file: join(host, 'postgresql.conf'),
    hba_file: join(host, 'hba.conf'),
    ident_file: join(host, 'ident.conf'),
    unix_socket_directories: host,
    listen_addresses: '',
    port: '5432',
    shared_buffers: `${String(buffers)}MB`,
    dynamic_shared_memory_type: 'mmap',
    // No queries run during recovery. Without hot standby, the settings of the original server need not be known.
    hot_standby: 'off',
    // Archiving is on, but without a command: the first files of the new timeline are marked as ready, and the server of
    // the environment archives them later. With archiving off, the repository would not contain the new timeline. The
    // next restore would use the same timeline number, and WAL segments of both would have the same names.
    archive_mode: 'on',
    archive_command: '',
    restore_command: `pgbackrest --config=${CONF} --stanza=${STANZA} --pg1-path=${data} --log-level-stderr=info archive-get %f "%p"`,
    recovery_target_timeline: String(timeline),
    recovery_target_action: 'promote',
    ...recovery,
    autovacuum: 'off',
    ssl: 'off',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_error_statement: 'panic',
  };
}

/** The result after the promotion; undefined before. */
async function stateOf(host: string): Promise<Recovered | undefined> {
  const client = new pg.Client({ host, port: 5432, user: 'postgres', database: 'postgres' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ lsn: string; at: string | null }>(
      `select pg_last_wal_replay_lsn()::text as lsn,
              to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
        where not pg_is_in_recovery()`,
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      lastCommitAt: row.at === null ? undefined : parseInstant(row.at),
      lsn: parseLsn(row.lsn) ?? 0,
    };
  } catch {
    // The server is starting or has ended. The caller checks which.
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Repeats the signal until the server has ended: a server that has just started may ignore it. */
async function stopped(
  server: ReturnType<typeof spawn>,
  ended: Promise<void>,
  signal: NodeJS.Signals,
): Promise<void> {
  while (isRunning(server)) {
    server.kill(signal);
    await Promise.race([ended, wait(500)]);
  }
}

function isRunning({ pid, exitCode, signalCode }: ReturnType<typeof spawn>): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

/** The fatal error, the log lines before it, and the error of pgBackRest about a missing WAL segment. */
function why(words: readonly string[]): string {
  const fatal = words.findLastIndex((line) => /(FATAL|PANIC):/.test(line));
  const archive = words
    .filter((line) => line.includes('ERROR: [') || line.includes('unable to find'))
    .slice(-1);
  const before = words.slice(0, Math.max(0, fatal)).filter((line) => line.includes('LOG:'));
  return [
    words[fatal] ?? words.at(-1) ?? 'the server logged no message',
    ...archive,
    ...before.slice(-3),
  ]
    .map((line) => line.replace(/^.*?(FATAL|PANIC|LOG|ERROR|INFO):\s+/, ''))
    .join('; ');
}
