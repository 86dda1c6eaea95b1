// The server that replays WAL into a restored cluster. Nobody can reach it but us, and unlike a server that only loads
// it writes everything safely, because it is killed when it does not get where it should.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { memoryOfContainer } from '../private-server.ts';
import { parseInstant } from './instant.ts';
import { CONF, STANZA } from './settings.ts';
import { parseLsn } from './wal.ts';

export interface RecoveryArgs {
  readonly data: string;
  readonly timeline: number;
  /** Settings that say where it ends. */
  readonly recovery: Readonly<Record<string, string>>;
  readonly onMessage: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Recovered {
  /** Microseconds since 1970; undefined when nothing was committed since the backup. */
  readonly lastCommitAt: number | undefined;
  /** Where replaying ended. */
  readonly lsn: number;
}

const MIB = 1024 * 1024;

/**
 * Replays until the target, promotes, and stops in order.
 *
 * @throws when the target was not reached, with the server's reason
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
        if (server.exitCode !== 0) throw new Error(`the server did not stop well: ${why(words)}`);
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
    // Nobody reads before the end, and then the settings of the lost server need not be known.
    hot_standby: 'off',
    // On, but with nothing to call: what the new timeline begins with is marked for archiving, and the environment's
    // own server archives it. With archiving off the repository would never learn of the new timeline, the next
    // restore would take the same number again, and their WAL would meet under one name.
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

/** Once it has promoted; undefined before. */
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
    // Starting up, or ended: the caller looks which.
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Asked again until it has gone: a server that has only just been started does not hear it yet. */
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

/** Its reason, what it said just before, and what pgBackRest said about WAL that it could not give. */
function why(words: readonly string[]): string {
  const fatal = words.findLastIndex((line) => /(FATAL|PANIC):/.test(line));
  const archive = words
    .filter((line) => line.includes('ERROR: [') || line.includes('unable to find'))
    .slice(-1);
  const before = words.slice(0, Math.max(0, fatal)).filter((line) => line.includes('LOG:'));
  return [
    words[fatal] ?? words.at(-1) ?? 'the server said nothing',
    ...archive,
    ...before.slice(-3),
  ]
    .map((line) => line.replace(/^.*?(FATAL|PANIC|LOG|ERROR|INFO):\s+/, ''))
    .join('; ');
}
