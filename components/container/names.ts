/** Physical name of a part of a stack: `plinth-dev-postgres`. */
export function physicalName(stack: string, ...parts: readonly string[]): string {
  return ['plinth', stack, ...parts].join('-');
}

/** Labels that say which stack and part a Docker object belongs to, in the provider's shape. */
export function labels(
  stack: string,
  part: string,
  more: Readonly<Record<string, string>> = {},
): { label: string; value: string }[] {
  const all = { 'plinth.project': 'plinth', 'plinth.stack': stack, 'plinth.part': part, ...more };
  return Object.entries(all).map(([label, value]) => ({ label, value }));
}
