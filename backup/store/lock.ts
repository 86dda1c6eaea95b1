// A file lock that allows one run at a time, across processes and containers. A child process (flock) holds it and ends
// with this process, even if this process is killed. So no stale lock remains.

import { spawn } from 'node:child_process';

export interface Lock {
  /** Aborts when the lock is lost, which happens only if the child process is killed. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

const TAKEN = 75;

/**
 * Takes the lock without waiting.
 *
 * @returns undefined if another run holds the lock
 * @throws {Error} if the lock file cannot be created
 */
export async function takeLock(file: string): Promise<Lock | undefined> {
  // `cat` reads until this process ends, because only this process holds the other end of the pipe.
  const script = 'echo held; exec cat';
  const args = ['--nonblock', '--conflict-exit-code', String(TAKEN), '--no-fork', file];
  const child = spawn('flock', [...args, 'sh', '-c', script], { stdio: 'pipe', detached: true });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  const held = new Promise<'held'>((done) => child.stdout.once('data', () => done('held')));
  const first = await Promise.race([held, ended]);
  if (first === TAKEN) return undefined;
  if (first !== 'held') {
    throw new Error(`${file} could not be locked (${words.trim()}): is the volume writable?`);
  }
  const lost = new AbortController();
  void ended.then(() =>
    lost.abort(
      new Error(
        `the lock ${file} was lost because the process that held it was killed: run it again`,
      ),
    ),
  );
  return {
    lost: lost.signal,
    release: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
