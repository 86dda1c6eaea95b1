// What a part says, whatever form it says it in.

export const severities = ['debug', 'info', 'warning', 'error', 'fatal'] as const;
export type LogSeverity = (typeof severities)[number];

export interface Entry {
  /** When Docker was given it, to the nanosecond: all parts by one clock. */
  readonly time: string;
  readonly part: string;
  readonly severity: LogSeverity;
  readonly text: string;
  /** What else it said, by its own names. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A line as one of the parsers understands it. */
export interface Parsed {
  readonly severity: LogSeverity;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** It belongs to what the same process said before, under that name. */
  readonly belongsTo?: { readonly pid: number; readonly field: string };
}

/** Reads a line of one form; undefined when it is of another. */
export type Parser = (line: string) => Parsed | undefined;

/** Whether something is at least as grave. */
export function atLeast(severity: LogSeverity, least: LogSeverity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least);
}

const WORDS: Readonly<Record<string, LogSeverity>> = {
  trace: 'debug',
  noise: 'debug',
  debug: 'debug',
  debug1: 'debug',
  debug2: 'debug',
  debug3: 'debug',
  debug4: 'debug',
  debug5: 'debug',
  log: 'info',
  info: 'info',
  notice: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  err: 'error',
  critical: 'error',
  fatal: 'fatal',
  panic: 'fatal',
};

/** The severity a program means by its own word. */
export function severityOf(word: unknown): LogSeverity {
  const lower = typeof word === 'string' ? word.toLowerCase() : '';
  return Object.hasOwn(WORDS, lower) ? (WORDS[lower] ?? 'info') : 'info';
}
