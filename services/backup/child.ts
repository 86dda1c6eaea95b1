// Programs of others, run so that nothing of them outlives us: each in a process group of its own that
// is ended whole, and ended by the kernel when this process is killed.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it reads; nothing by default. */
  readonly input?: string;
  /** Ends it, and everything it has started. */
  readonly signal?: AbortSignal;
}

/** Bytes of standard error that are kept: the last ones say what went wrong. */
const KEPT = 8192;
const END_TIMEOUT_MS = 10_000;

/** A program that is running; `ended` rejects when it does not end well. */
export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** Resolves when it, and everything it has started, has ended with 0. */
  readonly ended: Promise<void>;
  /** The last words on its standard error. */
  words(): string;
}

/** A search path and a language, so that what the programs say can be read; nothing else is inherited. */
function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: '/tmp', LC_ALL: 'C.UTF-8', ...more };
}

/** Starts a program; its name and arguments are never seen by a shell. */
export function start(program: string, args: readonly string[], options: ChildOptions = {}): Child {
  options.signal?.throwIfAborted();
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
    cwd: options.cwd,
    env: environment(options.env),
    detached: true,
    stdio: 'pipe',
  });
  // A program that ends without reading says why by its exit code.
  child.stdin.on('error', () => undefined);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-KEPT);
  });
  const kill = (): void => killGroup(child.pid);
  options.signal?.addEventListener('abort', kill, { once: true });
  const ended = new Promise<void>((done, fail) => {
    child.once('error', (cause) => fail(new Error(`${program} could not be started`, { cause })));
    // What it has left behind holds its output open, so its end would not be heard of otherwise.
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
  // Whoever waits gets it; nobody has to.
  ended.catch(() => undefined);
  return { process: child, ended, words: () => words.trim() };
}

/** Runs a program to its end; its standard output. */
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
  const how = signal === null ? `ended with ${String(code)}` : `was ended by ${signal}`;
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
    // Everything in it has ended.
  }
}

/** Ends what a program that failed has left running: it may still write into our files. */
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
