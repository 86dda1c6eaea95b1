// Common parts of the commands of plinth-backup.

import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Exit codes. */
export const exit = { ok: 0, failed: 1, typedWrong: 2, busy: 75 } as const;

export interface Command {
  /** The text of `--help`. The first line is the usage. */
  readonly help: string;
  /** @returns the exit code */
  run(args: readonly string[]): Promise<number>;
}

/** Invalid usage: exit code 2. */
export class UsageError extends Error {}

/**
 * Parses the arguments of a command.
 *
 * @throws {UsageError} for an unknown option or too many arguments
 */
export function read<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  words: 0 | 1 = 0,
) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: words > 0 });
    if (parsed.positionals.length > words) {
      throw new Error(`too many arguments: at most ${String(words)} is allowed after the command`);
    }
    return parsed;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Prints a value as JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Prints lines. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
