// A file of settings, as a component of Plinth writes it for a program of ours: there is nothing to
// default, and what does not fit is refused, all of it at once.

import { readFileSync } from 'node:fs';

/** What is wrong with a value, as the end of a sentence; undefined when nothing is. */
export type Check = (value: unknown) => string | undefined;

/** By path: `server.port`. */
export type Checks = Readonly<Record<string, Check>>;

/** @throws {Error} when the file cannot be read */
export function readSettings(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} cannot be read: mount the settings of the stack there`, { cause });
  }
}

/**
 * @param path only named in errors
 * @throws {Error} with every problem in it
 */
export function checkedSettings(text: string, path: string, checks: Checks): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is no JSON: run the stack's update again to write it anew`, { cause });
  }
  const problems = problemsOf(value, checks);
  if (problems.length > 0) {
    throw new Error(
      `${path} does not fit this image (${problems.join('; ')}): run the stack's update again, so that both are of one version`,
    );
  }
  return value;
}

export const isText: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'must be a text';

export const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;

/** What may be left out. */
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);

/** A list, each with these; what is wrong names the place in the list. */
export const listOf =
  (checks: Checks): Check =>
  (value) => {
    if (!Array.isArray(value)) return 'must be a list';
    const problems = value.flatMap((one: unknown, index) =>
      problemsOf(one, checks).map((problem) => `[${index}].${problem}`),
    );
    return problems.length === 0 ? undefined : `has ${problems.join(', ')}`;
  };

function problemsOf(value: unknown, checks: Checks): string[] {
  return Object.entries(checks).flatMap(([path, check]) => {
    const problem = check(at(value, path.split('.')));
    return problem === undefined ? [] : [`${path} ${problem}`];
  });
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}
