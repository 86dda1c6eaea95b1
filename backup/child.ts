// Runs other programs. Each runs in its own process group, which is killed as a whole. If this process is killed, the
// kernel kills the program too. So no program outlives this process.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard input. @default empty */
  readonly input?: string;
  /** Kills the program and its child processes. */
  readonly signal?: AbortSignal;
}

/** Number of bytes of standard error that are kept. The last ones contain the error. */
const KEPT = 8192;
const END_TIMEOUT_MS = 10_000;

/** A running program. */
export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** Resolves when the program has ended with exit code 0 and its child processes have ended. Otherwise it rejects. */
  readonly ended: Promise<void>;
  /** The end of its standard error. */
  words(): string;
}

/** PATH and a locale for readable messages. Nothing else is inherited. */
function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: '/tmp', LC_ALL: 'C.UTF-8', ...more };
}

/** Starts a program without a shell. */
export function start(program: string, args: readonly string[], options: ChildOptions = {}): Child {
  options.signal?.throwIfAborted();
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
    cwd: options.cwd,
    env: environment(options.env),
    detached: true,
    stdio: 'pipe',
  });
  // If a program ends without reading its input, its exit code is the error.
  child.stdin.on('error', () => undefined);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-KEPT);
  });
  const kill = (): void => killGroup(child.pid);
  options.signal?.addEventListener('abort', kill, { once: true });
  const ended = new Promise<void>((done, fail) => {
    child.once('error', (cause) => fail(new Error(`${program} could not be started`, { cause })));
    // Its child processes keep its output open. Without the kill, 'close' would not be emitted.
    child.once('exit', (code) => {
      if (code !== 0) kill();
    });
    child.once('close', (code, signal) => {
      options.signal?.removeEventListener('abort', kill);
      const problem = problemOf(program, code, signal, words);
      void (problem === undefined ? Promise.resolve() : groupGone(child.pid)).then(() => {
        if (problem === undefined) done();
        else if (options.signal?.aborted === true) fail(abortReason(options.signal));
        else fail(new Error(problem));
      });
    });
  });
  // Prevents an unhandled rejection if the caller does not wait for it.
  ended.catch(() => undefined);
  return { process: child, ended, words: () => words.trim() };
}

/** Runs a program and returns its standard output. */
export async function run(
  program: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<string> {
  const child = start(program, args, options);
  const chunks: Buffer[] = [];
  child.process.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.process.stdin.end(options.input ?? '');
  await child.ended;
  return Buffer.concat(chunks).toString();
}

function problemOf(
  program: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  words: string,
): string | undefined {
  if (code === 0) return undefined;
  const how = signal === null ? `ended with exit code ${String(code)}` : `was killed by ${signal}`;
  const said = words.trim();
  return said === '' ? `${program} ${how}` : `${program} ${how}: ${said}`;
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('it was stopped');
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process group has already ended.
  }
}

/** Kills the child processes that a failed program left running. They might still write to our files. */
async function groupGone(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const deadline = Date.now() + END_TIMEOUT_MS;
  while (Date.now() < deadline) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      return;
    }
    await new Promise((next) => setTimeout(next, 10));
  }
}
