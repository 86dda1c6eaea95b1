/** From Pulumi's record of texts to an environment, or to one error with every mistake. Pure. */
import { crossProblems, userProblems } from './checks.ts';
import type { EnvironmentConfig } from './environment.ts';
import { guide } from './guide.ts';
import { stackNameProblem } from './names.ts';
import { ConfigError, formatPath, overlap, problemsOf, show } from './problems.ts';
import type { Path, Problem } from './problems.ts';
import { resolve } from './resolve.ts';
import { environmentSchema } from './schema.ts';
import { editDistance } from './suggest.ts';

/** The namespace of every key. */
export const namespace = 'plinth';
/** Settings that are texts as they stand; all others are JSON in Pulumi's record. */
const texts: readonly string[] = ['preset', 'timezone'];

export interface Where {
  readonly stack: string;
  /** @default plinth */
  readonly project?: string;
  /** Database where `postgres.database` says none: the application's. @default app */
  readonly database?: string;
  /** Keys that are stored encrypted, as Pulumi names them. @default none */
  readonly secretKeys?: readonly string[];
}

/**
 * Reads an environment.
 *
 * @param raw what `pulumi.runtime.allConfig()` gives: `plinth:postgres` → JSON text; other namespaces are ignored
 * @throws {ConfigError} with every mistake at once
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

  // What is wrong is taken out and told; what is right is still checked together, so that nobody has to
  // mend one mistake to be shown the next.
  for (const { paths } of problems) remove(values, paths[0] ?? []);
  let parsed = environmentSchema.safeParse(values, { reportInput: true });
  while (!parsed.success) {
    const found = oneForEach(problemsOf(parsed.error.issues, guide));
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
    problems.push(...crossProblems(config).filter(({ paths }) => !paths.some(touched)));
  }
  if (problems.length > 0) {
    throw new ConfigError(
      `Pulumi.${where.stack}.yaml`.replaceAll(/[^\w.-]/g, '?'),
      problems.map(({ text }) => text).sort(),
    );
  }
  return config;
}

/** Takes the namespace off, reads JSON, and finds keys that are encrypted or nearly in the namespace. */
function unpack(raw: Readonly<Record<string, string>>, secretKeys: readonly string[]) {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [key, text] of Object.entries(raw)) {
    const colon = key.indexOf(':');
    const space = colon < 0 ? '' : key.slice(0, colon);
    const name = key.slice(colon + 1);
    if (space !== namespace) {
      if (space.length > 3 && space.length < 12 && editDistance(space, namespace) <= 2) {
        problems.push({
          paths: [],
          text: `${formatKey(key)} is in no namespace that is known: did you mean ${formatKey(`${namespace}:${name}`)}?`,
        });
      }
    } else if (secretKeys.includes(key)) {
      problems.push({
        paths: [[name]],
        text: `${formatPath([name])} is encrypted but holds no secret: set it again without --secret`,
      });
    } else {
      define(values, name, texts.includes(name) ? text : json(text));
    }
  }
  return { values, problems };
}

/** A key as it stands in the file; an odd one in quotes. */
function formatKey(key: string): string {
  return /^[\w:.-]{1,64}$/.test(key) ? key : show(key);
}

/** The first problem of each setting: a second would say the same in other words. */
function oneForEach(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ paths: [path = []] }) => {
    const key = JSON.stringify(path);
    return !seen.has(key) && seen.add(key);
  });
}

/** A text that is not JSON stays a text, which the schema then refuses with the right words. */
function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * Deletes what is at a path. Everything in the schema is optional, so what is left can be read; a list with
 * a mistake in it goes as a whole.
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

/** Sets a key whatever its name: an assignment to `__proto__` would not. */
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
