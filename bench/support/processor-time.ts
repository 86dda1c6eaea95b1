/** What a piece of work costs in processor time: of the processes that were started, and of the whole machine. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessorTime {
  readonly wallSec: number;
  /** User and system time of the process and all that it waited for. */
  readonly ownSec: number;
  /** Busy time of all cores meanwhile: the only one that sees what the Docker daemons did, and it sees everybody else too. */
  readonly machineSec: number;
  readonly code: number;
}

/** Of the kernel's counters; user space sees hundredths of a second. */
const TICKS_PER_SEC = 100;
const MARK = 'plinth-times';

/** Busy seconds of all cores since the start, from the text of /proc/stat. */
export function busySeconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    /^cpu +(.*)$/m.exec(stat)?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SEC;
}

/** User and system time together, from what bash's `time` says with our mark; undefined when it says nothing. */
export function ownSeconds(text: string): number | undefined {
  const found = new RegExp(`^${MARK} ([\\d.]+) ([\\d.]+)$`, 'm').exec(text);
  return found === null ? undefined : Number(found[1]) + Number(found[2]);
}

/** Runs a program to its end, at most for so long; what it says goes to standard error. */
export async function processorTime(
  command: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; atMostSec: number },
): Promise<ProcessorTime> {
  const before = { busy: busySeconds(readFileSync('/proc/stat', 'utf8')), at: performance.now() };
  const limited = ['timeout', '--kill-after=10', String(Math.ceil(options.atMostSec)), ...command];
  const child = spawn('bash', ['-c', `TIMEFORMAT='${MARK} %U %S'; time "$@"`, 'time', ...limited], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number>((end) => child.once('close', (exit) => end(exit ?? 1)));
  if (code !== 0) process.stderr.write(`${said.split('\n').slice(-12).join('\n')}\n`);
  return {
    wallSec: (performance.now() - before.at) / 1000,
    ownSec: ownSeconds(said) ?? Number.NaN,
    machineSec: busySeconds(readFileSync('/proc/stat', 'utf8')) - before.busy,
    code,
  };
}
