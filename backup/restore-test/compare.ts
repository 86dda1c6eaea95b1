// Compares two lists of lines.

export interface Difference {
  /** Lines that exist only in the first list (missing) or only in the second list (added). */
  readonly missing: readonly string[];
  readonly added: readonly string[];
}

/** The difference of two lists of lines, in any order. Duplicate lines count separately. */
export function difference(expected: readonly string[], found: readonly string[]): Difference {
  const counts = new Map<string, number>();
  for (const line of expected) counts.set(line, (counts.get(line) ?? 0) + 1);
  const added: string[] = [];
  for (const line of found) {
    const left = counts.get(line) ?? 0;
    if (left === 0) added.push(line);
    else counts.set(line, left - 1);
  }
  const missing = [...counts].flatMap(([line, left]) => Array.from({ length: left }, () => line));
  return { missing, added };
}

const SHOWN = 12;

/** The first differences as text. */
export function shown({ missing, added }: Difference, most = SHOWN): string[] {
  const all = [...missing.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)];
  const rest = all.length - most;
  return [...all.slice(0, most), ...(rest > 0 ? [`… and ${String(rest)} more`] : [])];
}
