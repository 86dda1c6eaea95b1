/** A container that is waited for, asked through the docker client: that reaches remote engines too. */
import { spawn } from 'node:child_process';
import { plainLine } from './log-messages.ts';
import type { Activity } from './progress.ts';
import type { Answer, State, Subject } from './wait.ts';

export interface ContainerOf {
  /** Its id. */
  readonly container: string;
  /** Its name. */
  readonly service: string;
  /** The health check: a program in the container, and its arguments. */
  readonly test: readonly string[];
  readonly dockerHost?: string;
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A check that has no answer after this long is asked again. Nothing is given up because of it. */
const ASK_MS = 60_000;
const FORMAT =
  '{{.State.Running}} {{.State.Restarting}} {{.RestartCount}} {{.State.ExitCode}} {{.State.OOMKilled}}';

export function containerSubject(of: ContainerOf): Subject {
  const docker = (...args: string[]) => run(of.dockerHost, args);
  return {
    name: of.service,
    ask: async () => answerOf(of, await docker('exec', of.container, ...of.test)),
    state: async () => stateOf(await docker('inspect', '--format', FORMAT, of.container)),
    activity: async () => activityOf(await docker('top', of.container, '-eo', 'pid,stat,cputimes')),
    lines: async (count) => {
      const { code, output } = await docker('logs', '--tail', String(count), of.container);
      return code === 0 ? linesOf(output).map(plainLine) : [];
    },
  };
}

/** What the check says last, or the engine where it cannot run it: that names the container by its id, which says nothing to people. */
function answerOf({ container, service }: ContainerOf, { code, output }: Ended): Answer {
  const last = linesOf(output).at(-1) ?? '';
  const words = last.replace(/^Error response from daemon: Container /, '');
  return { ready: code === 0, words: words.replaceAll(container, service) };
}

/** Out of what `docker inspect` says; undefined when there is no such container. */
export function stateOf({ code, output }: Ended): State | undefined {
  if (code !== 0) {
    if (/no such/i.test(output)) return undefined;
    throw new Error(`docker inspect failed: ${output.trim()}`);
  }
  const [running, restarting, restarts, exitCode, outOfMemory] = output.trim().split(' ');
  return {
    running: running === 'true',
    restarting: restarting === 'true',
    restarts: Number(restarts),
    exitCode: Number(exitCode),
    outOfMemory: outOfMemory === 'true',
  };
}

/** Out of what `docker top` says; undefined where the engine knows no such columns. */
export function activityOf({ code, output }: Ended): Activity | undefined {
  const [head = '', ...rows] = linesOf(output).map((line) => line.trim().split(/\s+/));
  if (code !== 0 || head[0] !== 'PID' || rows.some((row) => row.length !== 3)) return undefined;
  return {
    // R: runs or could run. D: waits for a disk.
    busy: rows.some(([, state = '']) => /^[RD]/.test(state)),
    cpuSeconds: rows.reduce((sum, [, , seconds]) => sum + Number(seconds), 0),
  };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Never throws: a failure is an exit code, and what was said. */
function run(host: string | undefined, args: readonly string[]): Promise<Ended> {
  return new Promise((done) => {
    const where = host === undefined ? [] : ['--host', host];
    const child = spawn('docker', [...where, ...args], {
      env: process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: ASK_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const keep = (text: string) => (output += text);
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => done({ code: 127, output: error.message }));
    child.once('close', (code, signal) =>
      done(
        signal === null
          ? { code: code ?? 1, output }
          : { code: 1, output: `${output}\nit did not answer within ${ASK_MS / 1000} s` },
      ),
    );
  });
}
