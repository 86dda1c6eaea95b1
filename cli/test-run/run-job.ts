// Runs one job of a test run as a process group of its own, with a time limit.

import { spawn } from 'node:child_process';

export interface JobResult {
  /** Exit code; undefined when the job was killed. */
  readonly code: number | undefined;
  /** Both streams, in the order in which they came. */
  readonly output: string;
  readonly wallSec: number;
  /** Processor time of the job and of all processes it waited for. Containers are not part of it. */
  readonly cpuSec: number;
}

export interface RunningJob {
  readonly ended: Promise<JobResult>;
  /** Ends the job and every process it started. */
  kill(): void;
}

/** Runs the arguments and writes what the shell's `times` counted to descriptor 3. */
const SHELL = '"$@" 3>&-; code=$?; times >&3; exit $code';

/** @param live whether the output goes to this terminal as it comes, too */
export function startJob(
  args: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string>>; live: boolean },
): RunningJob {
  const begun = performance.now();
  const child = spawn('sh', ['-c', SHELL, 'sh', ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let times = '';
  const [, stdout, stderr, counted] = child.stdio;
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (options.live) process.stderr.write(chunk);
    });
  }
  counted?.on('data', (chunk: Buffer) => (times += chunk.toString()));
  const ended = new Promise<JobResult>((resolve) => {
    child.once('close', (code) =>
      resolve({
        code: code ?? undefined,
        output,
        wallSec: (performance.now() - begun) / 1000,
        cpuSec: secondsOf(times),
      }),
    );
  });
  return { ended, kill: () => killGroup(child.pid) };
}

/** The sum of everything that `times` prints: `1m2.34s 0m0.50s`, for the shell and for its children. */
export function secondsOf(times: string): number {
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  );
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
