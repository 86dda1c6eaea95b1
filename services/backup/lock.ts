// One run at a time, across processes and containers. The kernel's file lock is held by a small child
// that ends with this process, however that ends; so there is never a lock without its holder.

import { spawn } from 'node:child_process';

export interface Lock {
  /** Aborts when the lock is lost, which only happens when its holder was killed. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

const TAKEN = 75;

/**
 * Takes the lock, or says at once that somebody has it.
 *
 * @returns undefined when another run is under way
 * @throws {Error} when the file cannot be made
 */
export async function takeLock(file: string): Promise<Lock | undefined> {
  // `cat` reads until we end: the pipe's other end is ours alone.
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
    lost.abort(new Error(`the lock ${file} was lost: its holder was killed, run it again`)),
  );
  return {
    lost: lost.signal,
    release: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
