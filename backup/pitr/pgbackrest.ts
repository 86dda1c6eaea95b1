// Runs pgBackRest as a child process.

import { spawn } from 'node:child_process';
import { CONF, STANZA } from './settings.ts';

/** pgBackRest failed. The message is its error without the log prefix. */
export class PgbackrestFailed extends Error {
  readonly code: number;

  constructor(command: string, code: number, said: string) {
    super(`pgbackrest ${command}: ${said}`);
    this.name = 'PgbackrestFailed';
    this.code = code;
  }
}

/** Exit code: another process holds the lock of the stanza. */
export const LOCKED = 50;
/** Exit codes: the repository does not match the cluster. */
const BACKUP_MISMATCH = 51;
const FILE_INVALID = 28;

/** Whether the error means that the repository belongs to another cluster. */
export function isOfAnotherCluster(error: unknown): boolean {
  return (
    error instanceof PgbackrestFailed &&
    [BACKUP_MISMATCH, FILE_INVALID].includes(error.code) &&
    error.message.includes('do not match the database')
  );
}

export interface PgbackrestOptions {
  readonly args?: readonly string[];
  /** Called with each log message. */
  readonly onMessage?: (message: string) => void;
  /** Stops it with SIGTERM. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a command and returns its standard output.
 *
 * @throws PgbackrestFailed
 */
export async function pgbackrest(
  command: string,
  options: PgbackrestOptions = {},
): Promise<Buffer> {
  const { args = [], onMessage = () => undefined, signal } = options;
  signal?.throwIfAborted();
  const child = spawn(
    'pgbackrest',
    [
      `--config=${CONF}`,
      `--stanza=${STANZA}`,
      '--log-level-stderr=detail',
      '--no-log-timestamp',
      ...args,
      ...command.split(' '),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stop = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const said: string[] = [];
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    said.splice(0, Math.max(0, said.push(...lines) - KEPT_LINES));
    lines.flatMap(messageOf).forEach(onMessage);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? TERMINATED));
  }).finally(() => signal?.removeEventListener('abort', stop));
  signal?.throwIfAborted();
  if (code !== 0) throw new PgbackrestFailed(command, code, errorIn([...said, rest]));
  return Buffer.concat(chunks);
}

const KEPT_LINES = 200;
const TERMINATED = 143;

/** Extracts the message of a log line such as `P00   INFO: new backup label = …`. Begin and end lines are skipped. */
function messageOf(line: string): string[] {
  const [, level, text] = /^(?:P\d+\s+)?\s*(INFO|WARN|ERROR): (.*)$/.exec(line) ?? [];
  if (level === undefined || text === undefined) return [];
  return /command (begin|end)/.test(text) ? [] : [level === 'INFO' ? text : `${level}: ${text}`];
}

/** The last error with its continuation lines. */
export function errorIn(lines: readonly string[]): string {
  const begin = lines.findLastIndex((line) => /ERROR: /.test(line));
  if (begin < 0)
    return lines
      .filter((line) => line.trim() !== '')
      .slice(-3)
      .join('; ');
  const [first = '', ...more] = lines.slice(begin);
  const end = more.findIndex((line) => /^(?:P\d+)?\s*(INFO|WARN|DETAIL):/.test(line));
  return [first.replace(/^.*?ERROR: /, ''), ...more.slice(0, end < 0 ? undefined : end)]
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ');
}
