/**
 * The entry of that name. Names come from databases and declarations, where a table may well be called `constructor`:
 * what every object inherits is no entry.
 */
export function getOwn<T>(entries: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}
