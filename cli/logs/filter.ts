// Which entries somebody wants to see. Pure.

import { UsageError, text, type Values } from '../command.ts';
import { atLeast, severities, type Entry, type LogSeverity } from './entry.ts';

export type Filter = (entry: Entry) => boolean;

/**
 * What `--severity` and `--grep` let through.
 *
 * @throws UsageError with what is allowed
 */
export function filterOf(values: Values): Filter {
  const least = leastOf(text(values, 'severity') ?? 'debug');
  const pattern = patternOf(text(values, 'grep'));
  return (entry) =>
    atLeast(entry.severity, least) &&
    (pattern === undefined ||
      pattern.test(entry.text) ||
      pattern.test(JSON.stringify(entry.fields)));
}

function leastOf(typed: string): LogSeverity {
  const found = severities.find((one) => one === typed);
  if (found !== undefined) return found;
  throw new UsageError(
    `--severity is ${JSON.stringify(typed)}, but must be one of ${severities.join(', ')}`,
  );
}

function patternOf(typed: string | undefined): RegExp | undefined {
  if (typed === undefined) return undefined;
  try {
    return new RegExp(typed, 'i');
  } catch (error) {
    throw new UsageError(`--grep: ${(error as Error).message}`);
  }
}

/**
 * The parts that `--part` names, among those there are.
 *
 * @throws UsageError with what is allowed
 */
export function partsOf<T extends { readonly part: string }>(
  typed: string | undefined,
  all: readonly T[],
): readonly T[] {
  if (typed === undefined) return all;
  const wanted = typed.split(',').map((part) => part.trim());
  const strange = wanted.filter((part) => !all.some((one) => one.part === part));
  if (strange.length > 0) {
    const known = [...new Set(all.map(({ part }) => part))].join(', ');
    throw new UsageError(`--part: there is no ${strange.join(', ')}; there is ${known}`);
  }
  return all.filter(({ part }) => wanted.includes(part));
}

/**
 * A whole number above zero.
 *
 * @throws UsageError with what is allowed
 */
export function countOf(option: string, typed: string): number {
  if (/^[1-9]\d{0,8}$/.test(typed)) return Number(typed);
  throw new UsageError(
    `--${option} is ${JSON.stringify(typed)}, but must be a whole number from 1 on`,
  );
}
