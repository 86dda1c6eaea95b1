// What every command of plinth-backup is.

import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Exit codes. */
export const exit = { ok: 0, failed: 1, typedWrong: 2, busy: 75 } as const;

export interface Command {
  /** Lines for `--help`, the first of them how to type it. */
  readonly help: string;
  /** @returns the exit code */
  run(args: readonly string[]): Promise<number>;
}

/** Something was typed wrong: exit code 2. */
export class TypedWrong extends Error {}

/**
 * Reads what was typed after a command.
 *
 * @throws {TypedWrong} for an option that there is not, or too many words
 */
export function read<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  words: 0 | 1 = 0,
) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: words > 0 });
    if (parsed.positionals.length > words) {
      throw new Error(`only ${String(words)} word belongs after the command`);
    }
    return parsed;
  } catch (error) {
    throw new TypedWrong(error instanceof Error ? error.message : String(error));
  }
}

/** A value for programs to read. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Lines for a person. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
