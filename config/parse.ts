/** Parses the Pulumi config into an environment, or throws one error with all mistakes. Pure. */
import { crossFieldProblems, userProblems } from './checks.ts';
import type { EnvironmentConfig } from './environment.ts';
import { schemaGuide } from './schema-lookup.ts';
import { stackNameProblem } from './names.ts';
import { ConfigError, formatPath, overlap, problemsOf, show } from './errors.ts';
import type { Path, ConfigProblem } from './errors.ts';
import { resolve } from './resolve.ts';
import { environmentSchema } from './schema.ts';
import { editDistance } from '../lib/suggest.ts';

/** The namespace of every key. */
export const namespace = 'plinth';
/** Settings that are plain strings. Pulumi stores all others as JSON. */
const texts: readonly string[] = ['preset', 'timezone'];

export interface Where {
  readonly stack: string;
  /** @default plinth */
  readonly project?: string;
  /** Database where `postgres.database` says none: the application's. @default app */
  readonly database?: string;
  /** Keys that Pulumi stores encrypted. @default none */
  readonly secretKeys?: readonly string[];
}

/**
 * Parses an environment.
 *
 * @param raw the result of `pulumi.runtime.allConfig()`: `plinth:postgres` → JSON text. Other namespaces are ignored.
 * @throws {ConfigError} with all mistakes
 */
export function parseEnvironment(
  raw: Readonly<Record<string, string>>,
  where: Where,
): EnvironmentConfig {
  const { values, problems } = unpack(raw, where.secretKeys ?? []);
  const stackProblem = stackNameProblem(where.stack);
  if (stackProblem !== undefined)
    problems.push({ paths: [], text: `stack is ${show(where.stack)} ${stackProblem}` });
  const users = values['users'];
  if (isGroup(users)) problems.push(...userProblems(users));

  // Report and remove each wrong setting, then check the remaining settings together. So one run reports all
  // mistakes.
  for (const { paths } of problems) remove(values, paths[0] ?? []);
  let parsed = environmentSchema.safeParse(values, { reportInput: true });
  while (!parsed.success) {
    const found = oneForEach(problemsOf(parsed.error.issues, schemaGuide));
    problems.push(...found);
    for (const { paths } of found) remove(values, paths[0] ?? []);
    parsed = environmentSchema.safeParse(values, { reportInput: true });
  }
  const config = resolve(
    parsed.data,
    where.project ?? namespace,
    where.stack,
    where.database ?? 'app',
  );
  const mistaken = problems.flatMap(({ paths }) => paths);
  const presetKnown = !mistaken.some((path) => path[0] === 'preset');
  if (presetKnown) {
    const touched = (path: Path) =>
      mistaken.some((other) => overlap(path, other) || overlap(other, path));
    problems.push(...crossFieldProblems(config).filter(({ paths }) => !paths.some(touched)));
  }
  if (problems.length > 0) {
    throw new ConfigError(
      `Pulumi.${where.stack}.yaml`.replaceAll(/[^\w.-]/g, '?'),
      problems.map(({ text }) => text).sort(),
    );
  }
  return config;
}

/** Removes the namespace, parses JSON, and finds keys that are encrypted or have a misspelled namespace. */
function unpack(raw: Readonly<Record<string, string>>, secretKeys: readonly string[]) {
  const values: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [key, text] of Object.entries(raw)) {
    const colon = key.indexOf(':');
    const space = colon < 0 ? '' : key.slice(0, colon);
    const name = key.slice(colon + 1);
    if (space !== namespace) {
      if (space.length > 3 && space.length < 12 && editDistance(space, namespace) <= 2) {
        problems.push({
          paths: [],
          text: `${formatKey(key)} is in an unknown namespace: did you mean ${formatKey(`${namespace}:${name}`)}?`,
        });
      }
    } else if (secretKeys.includes(key)) {
      problems.push({
        paths: [[name]],
        text: `${formatPath([name])} is encrypted but is not a secret: set it again without --secret`,
      });
    } else {
      define(values, name, texts.includes(name) ? text : json(text));
    }
  }
  return { values, problems };
}

/** A key as in the file. A key with unusual characters is quoted. */
function formatKey(key: string): string {
  return /^[\w:.-]{1,64}$/.test(key) ? key : show(key);
}

/** The first problem of each setting. A second one would only repeat it. */
function oneForEach(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ paths: [path = []] }) => {
    const key = JSON.stringify(path);
    return !seen.has(key) && seen.add(key);
  });
}

/** Text that is not JSON stays a string. The schema then rejects it with the appropriate message. */
function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * Deletes the value at a path. Everything in the schema is optional, so the rest stays valid. A list with a mistake is
 * deleted as a whole.
 */
function remove(values: Record<string, unknown>, path: Path): void {
  let group: Record<PropertyKey, unknown> = values;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(group, key) ? group[key] : undefined;
    if (!isGroup(next)) {
      Reflect.deleteProperty(group, key);
      return;
    }
    group = next;
  }
  const last = path.at(-1);
  if (last !== undefined) Reflect.deleteProperty(group, last);
}

/** Sets a key of any name. An assignment to `__proto__` would not create a key. */
function define(values: object, name: string, value: unknown): void {
  Object.defineProperty(values, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function isGroup(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
