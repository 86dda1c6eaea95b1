/**
 * A container that stays, for many short commands. Starting a container costs several times what such a command
 * costs, so a lab that asks the backup's program a hundred things asks them all here. What a container itself has to
 * show (its signals, its end, its network) still runs in one of its own: {@link Lab.run}.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Ended } from './containers.ts';

/** Runs in the container: reads commands, a JSON object a line, runs them side by side, and writes how each ended. */
const AGENT = `
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { constants } from 'node:os';
const { signals } = constants;
process.stdout.write(JSON.stringify({ id: 0 }) + '\\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { id, command: [program, ...args], input, env } = JSON.parse(line);
  const child = spawn(program, args, { env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const end = (code) => process.stdout.write(JSON.stringify({ id, code, stdout, stderr }) + '\\n');
  child.once('error', (error) => { stderr += String(error); end(127); });
  child.once('close', (code, signal) => end(code ?? 128 + signals[signal]));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
}
process.exit(0);
`;

/** Process 1 is a shell: unlike Node, it takes note of orphans that have ended. */
export const HELPER_ENTRYPOINT = 'bash';
export const HELPER_ARGUMENTS = [
  '-c',
  'node --input-type=module -e "$0"; exit "$?"',
  AGENT,
] as const;

export interface CommandOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

type Answer = Ended & { readonly id: number };

export class Helper {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (ended: Ended) => void>();
  #next = 1;
  #words = '';

  private constructor(args: readonly string[]) {
    this.#child = spawn('docker', args);
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#words += chunk.toString()));
    this.#child.stdin.on('error', () => undefined);
  }

  /** @param args of docker, with the entry point and the arguments above */
  static async start(args: readonly string[]): Promise<Helper> {
    const helper = new Helper(args);
    await new Promise<void>((ready, fail) => {
      helper.#waiting.set(0, () => ready());
      helper.#child.once('close', (code) => {
        const gone = `the helper ended with ${String(code)}: ${helper.#words}`;
        fail(new Error(gone));
        for (const end of helper.#waiting.values()) end({ code: 137, stdout: '', stderr: gone });
      });
      createInterface({ input: helper.#child.stdout }).on('line', (line) => {
        const { id, ...ended } = JSON.parse(line) as Answer;
        helper.#waiting.get(id)?.(ended);
        helper.#waiting.delete(id);
      });
    });
    return helper;
  }

  /** Runs a program there; several run side by side. */
  run(command: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.stdin.write(`${JSON.stringify({ id, command, input: '', ...options })}\n`);
    });
  }

  /** Ends the container. */
  async end(): Promise<void> {
    const gone = new Promise((done) => this.#child.once('close', done));
    this.#child.stdin.end();
    await gone;
  }

  /** Runs a script of bash that must end well; what it has printed. */
  async bash(script: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(['bash', '-ec', script, 'bash', ...args]);
    if (code !== 0) throw new Error(`${script} ended with ${String(code)}: ${stderr}`);
    return stdout;
  }
}
