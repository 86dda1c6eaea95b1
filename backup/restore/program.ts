// Runs other programs. Data is never passed to a shell, and secrets are never in arguments or the environment.

import { start } from '../child.ts';

/** A program that failed: its purpose and the end of its standard error. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
  /** The end of its standard error. */
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
  /** Its purpose, for error messages: `the roles`. @default the name of the program */
  readonly what?: string;
  /** Kills the program. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program and returns its standard output as text.
 *
 * @throws ProgramFailed, or the reason of the signal if it was aborted
 */
export async function output(call: Call): Promise<string> {
  return (await bytes(call)).toString('utf8');
}

/** Runs a program and returns its standard output as bytes. */
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

/** The last non-empty lines of a text. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
