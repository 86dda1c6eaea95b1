// What a command of `plinth` is, and how its arguments are read.

import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** An option as parseArgs knows it, with the line that help prints about it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean;
  /** What stands for the value in help: `<stack>`. */
  readonly value?: string;
  readonly help: string;
}

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Further paragraphs of its own help. */
  readonly details?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What may follow the options; none when left out. */
  readonly positionals?: string;
  /** Returns the exit code. */
  readonly run: (values: Values, positionals: readonly string[]) => Promise<number>;
}

/** An error of the person who typed: it is shown as one sentence, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const jsonOption: Option = { type: 'boolean', help: 'print JSON, for programs' };
export const stackOption: Option = {
  type: 'string',
  short: 's',
  value: '<stack>',
  default: 'dev',
  help: 'the environment',
};

/** The value of a string option. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The stack an option names; refuses what cannot be one. */
export function stackOf(values: Values): string {
  const stack = text(values, 'stack') ?? 'dev';
  if (/^[a-z][a-z0-9-]{0,29}$/.test(stack)) return stack;
  throw new UsageError(
    `--stack is ${JSON.stringify(stack)}, but a stack's name is 1 to 30 lower-case letters, digits and hyphens: try dev`,
  );
}

/**
 * Refuses options that mean nothing to a subcommand.
 *
 * @param taken names of the options that mean something to it, beside `--stack`
 * @throws UsageError that names the others
 */
export function onlyTakes(subcommand: string, values: Values, taken: readonly string[]): void {
  const strange = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([option]) => option)
    .filter((option) => option !== 'stack' && !taken.includes(option));
  if (strange.length === 0) return;
  const named = strange.map((option) => `--${option}`).join(', ');
  throw new UsageError(`plinth ${subcommand} does not take ${named}`);
}

function config(command: Command): ParseArgsOptionsConfig {
  const options = Object.entries(command.options).map(([name, option]) => {
    const { type, short, multiple } = option;
    return [
      name,
      {
        type,
        ...(short === undefined ? {} : { short }),
        ...(multiple === undefined ? {} : { multiple }),
        ...(option.default === undefined ? {} : { default: option.default }),
      },
    ] as const;
  });
  return { ...Object.fromEntries(options), help: { type: 'boolean', short: 'h' } };
}

/** Reads a command's arguments; a mistake is a `UsageError` that says what is allowed. */
export function parse(
  name: string,
  command: Command,
  args: readonly string[],
): { values: Values; positionals: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: config(command),
      allowPositionals: command.positionals !== undefined,
      strict: true,
    });
    return { values: values as Values, positionals };
  } catch (error) {
    const known = Object.keys(command.options).map((option) => `--${option}`);
    const allowed = known.length === 0 ? 'no options' : known.join(', ');
    const said = (error as Error).message.replace(/\. To specify a positional.*$/s, '');
    throw new UsageError(
      `plinth ${name}: ${said} (allowed: ${allowed}); see plinth ${name} --help`,
    );
  }
}

/** A command's help. */
export function help(name: string, command: Command): string {
  const rows = [
    ...Object.entries(command.options).map(
      ([option, { short, value, default: preset, help: line }]) => {
        const left = `${short === undefined ? '    ' : `-${short}, `}--${option}${value === undefined ? '' : ` ${value}`}`;
        const end = typeof preset === 'string' ? ` (default: ${preset})` : '';
        return [left, `${line}${end}`] as const;
      },
    ),
    ['-h, --help', 'print this'] as const,
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  const usage = `plinth ${name} [options]${command.positionals === undefined ? '' : ` ${command.positionals}`}`;
  return [
    command.summary,
    '',
    `  ${usage}`,
    ...(command.details === undefined ? [] : ['', command.details]),
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
  ].join('\n');
}
