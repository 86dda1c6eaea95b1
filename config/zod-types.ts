/**
 * The types of settings. Each type describes its own rule: the message of zod always completes the sentence
 * `<path> is <got> …` (see `problems.ts`).
 */
import { z } from 'zod';
import { parseDuration, parseSize } from './units.ts';
import type { Duration, Parsed, Size } from './units.ts';

type Told = { readonly input?: unknown };

/** A whole number from `min` to `max`. */
export function int(min: number, max: number, description: string) {
  const error = (issue: Told) =>
    `but must be a whole number from ${min} to ${max}: ${numberRemedy(issue.input, min, max, true)}`;
  return z
    .number({ error })
    .int({ error })
    .min(min, { error })
    .max(max, { error })
    .meta({ description })
    .optional();
}

/** A number from `min` to `max`. */
export function number(min: number, max: number, description: string) {
  const error = (issue: Told) =>
    `but must be a number from ${min} to ${max}: ${numberRemedy(issue.input, min, max, false)}`;
  return z
    .number({ error })
    .min(min, { error })
    .max(max, { error })
    .meta({ description })
    .optional();
}

/** A port that is published on 127.0.0.1 of this machine. */
export function port(fallback: number, what: string) {
  return int(1024, 65535, `${what}, on 127.0.0.1. Default ${fallback}.`);
}

/** The CPU limit of a container. */
export function cpus() {
  return number(0.1, 256, 'CPU limit of the container. Default: by preset.');
}

/** true or false. */
export function bool(description: string) {
  return z
    .boolean({ error: ({ input }: Told) => `but must be true or false: ${flagRemedy(input)}` })
    .meta({ description })
    .optional();
}

/** One of a list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(
  words: T,
  description: string,
) {
  const allowed = [words.slice(0, -1).join(', '), words.at(-1)]
    .filter((part) => part !== '')
    .join(' or ');
  const meaning = (input: unknown) =>
    typeof input === 'string'
      ? words.find((word) => word.toLowerCase() === input.trim().toLowerCase())
      : undefined;
  const error = ({ input }: Told) =>
    `but must be ${allowed}: ${meaning(input) === undefined ? 'choose one of them' : `write ${String(meaning(input))}`}`;
  return z.enum(words, { error }).meta({ description }).optional();
}

/** A string that `rule` accepts. `rule` returns the rest of the error sentence, or undefined. */
export function text(rule: (value: string) => string | undefined, description: string) {
  return z
    .string({ error: () => 'but must be a string: put it in quotes' })
    .transform((value, context) => {
      const problem = rule(value);
      if (problem === undefined) return value;
      context.issues.push({ code: 'custom', message: problem, input: value });
      return z.NEVER;
    })
    .meta({ description })
    .optional();
}

/** A list of strings. `rule` checks each of them. */
export function list(rule: (value: string) => string | undefined, description: string) {
  const error = () => 'but must be a list: write each on a line of its own, after a hyphen';
  const item = z
    .string({ error: () => 'but must be a string: put it in quotes' })
    .transform((value, context) => {
      const problem = rule(value);
      if (problem === undefined) return value;
      context.issues.push({ code: 'custom', message: problem, input: value });
      return z.NEVER;
    });
  return z.array(item, { error }).meta({ description }).optional();
}

/** A size with a unit, from `min` to `max`. The result is in bytes. */
export function size(min: Size, max: Size, description: string) {
  return measured(parseSize, min, max, '^[0-9]+(B|KiB|MiB|GiB)$', description);
}

/** A duration with a unit, from `min` to `max`. The result is in milliseconds. */
export function duration(min: Duration, max: Duration, description: string) {
  return measured(parseDuration, min, max, '^[0-9]+(ms|s|min|h|d)$', description);
}

/** A group of settings. An unknown key is an error. */
export function group<T extends z.core.$ZodLooseShape>(shape: T, description: string) {
  return z.strictObject(shape, { error: groupError }).meta({ description }).optional();
}

/** Groups of the same shape, under names that the user chooses. */
export function recordOf<T extends z.core.$ZodLooseShape>(shape: T, description: string) {
  const one = z.strictObject(shape, { error: groupError });
  return z.object({}, { error: groupError }).catchall(one).meta({ description }).optional();
}

/** The error of every group. `problems.ts` writes the message for unknown keys itself. */
export function groupError(issue: {
  readonly code: string;
  readonly input?: unknown;
}): string | undefined {
  if (issue.code === 'unrecognized_keys') return undefined;
  return issue.input === null
    ? 'but must be a group of settings: remove it, or write settings under it'
    : 'but must be a group of settings: write them indented under it, one on a line';
}

function measured(
  parse: (value: unknown) => Parsed,
  min: string,
  max: string,
  pattern: string,
  description: string,
) {
  const least = bound(parse(min));
  const most = bound(parse(max));
  const judge = (input: unknown): Parsed => {
    const parsed = parse(input);
    if ('problem' in parsed || (parsed.value >= least && parsed.value <= most)) return parsed;
    return {
      problem: `but must be from ${min} to ${max}: ${parsed.value < least ? 'raise' : 'lower'} it`,
    };
  };
  const error = ({ input }: Told) => {
    const judged = judge(input);
    return 'problem' in judged ? judged.problem : 'but must be a string: put it in quotes';
  };
  return z
    .string({ error })
    .transform((value, context) => {
      const judged = judge(value);
      if ('value' in judged) return judged.value;
      context.issues.push({ code: 'custom', message: judged.problem, input: value });
      return z.NEVER;
    })
    .meta({ description: `${description} From ${min} to ${max}.`, pattern })
    .optional();
}

function bound(parsed: Parsed): number {
  if ('problem' in parsed) throw new Error(`a bound of the schema ${parsed.problem}`);
  return parsed.value;
}

function numberRemedy(input: unknown, min: number, max: number, wholeOnly: boolean): string {
  if (typeof input === 'string' && /^-?\d+(\.\d+)?$/.test(input))
    return `write ${input} without quotes`;
  if (typeof input !== 'number' || Number.isNaN(input)) return 'write a number';
  if (input < min) return 'raise it';
  if (input > max) return 'lower it';
  return wholeOnly ? 'round it' : 'write a number';
}

function flagRemedy(input: unknown): string {
  if (typeof input === 'string') {
    if (/^(no|off|n|false|0)$/i.test(input)) return 'write false, without quotes';
    if (/^(yes|on|y|true|1)$/i.test(input)) return 'write true, without quotes';
  }
  if (input === 0) return 'write false';
  if (input === 1) return 'write true';
  return 'write one of the two';
}
