/** How long a program takes, on the clock and on the processor, its children included. */
import { spawnSync } from 'node:child_process';

export interface Took {
  readonly wallMs: number;
  readonly processorMs: number;
}

const SCRIPT = 'TIMEFORMAT="%R %U %S"; { time "$@" 2>&3; } 3>&2';

/** Runs a program to its end; it must succeed. */
export function timed(
  command: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Took {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', SCRIPT, 'timed', ...command], {
    ...options,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    throw new Error(`${command.join(' ')} ended with ${String(status)}\n${stdout}${stderr}`);
  }
  return tookOf(stderr);
}

/** What bash says last: wall, user and system time in seconds. */
export function tookOf(said: string): Took {
  const [wall = NaN, user = NaN, system = NaN] = (said.trimEnd().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { wallMs: 1000 * wall, processorMs: 1000 * (user + system) };
}
