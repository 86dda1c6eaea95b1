// Other programs: no shell ever sees data, nothing secret is in an argument or the environment.

import { start } from '../child.ts';

/** Another program that failed: for what it was called, and its last words. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
  /** What it said last. */
  readonly words: string;

  constructor(what: string, words: string, cause: unknown) {
    super(`${what}: ${lastLines(words, 4)}`, { cause });
    this.words = words;
  }
}

export interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** What it is for, in an error: `the roles`. @default the program's name */
  readonly what?: string;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a program says on standard output.
 *
 * @throws ProgramFailed, with its last words; the signal's reason when that ended it
 */
export async function output(call: Call): Promise<string> {
  return (await bytes(call)).toString('utf8');
}

/** The same, as it is. */
export async function bytes(call: Call): Promise<Buffer> {
  const { program, args, env, input, what = program, signal } = call;
  const child = start(program, args, {
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { signal }),
  });
  const said: Buffer[] = [];
  child.process.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.process.stdin.end(input ?? '');
  try {
    await child.ended;
  } catch (error) {
    signal?.throwIfAborted();
    throw new ProgramFailed(what, (error as Error).message, error);
  }
  return Buffer.concat(said);
}

/** The last lines of a text that say something. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
