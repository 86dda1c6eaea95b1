import type { Kind } from './handler.ts';

type Wire = Record<string, unknown>;

/**
 * Paths at which two values differ, as deep as both are objects; a list or a text is one thing. What is null or undefined is
 * not there. The order of an object's properties means nothing.
 *
 * @param path where the values are: `policies`
 */
export function details(before: unknown, after: unknown, path: string): Record<string, Kind> {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return Object.assign(
      {},
      ...names.map((name) => details(before[name], after[name], `${path}${step(name)}`)),
    ) as Record<string, Kind>;
  }
  const was = before ?? undefined;
  const is = after ?? undefined;
  if (same(was, is)) return {};
  if (was === undefined) return { [path]: 'add' };
  return { [path]: is === undefined ? 'delete' : 'update' };
}

/** Whether two values are the same, whatever the order of their properties. */
export function same(a: unknown, b: unknown): boolean {
  return ordered(a) === ordered(b);
}

function ordered(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    isObject(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** A property in a path, in brackets where a dot would mislead. */
function step(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
    ? `.${name}`
    : `["${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"]`;
}

function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
