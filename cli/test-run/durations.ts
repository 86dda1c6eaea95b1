// Durations of the last good run, in the repository: what is longest starts first.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Seconds by job, and by file of the unit tests. */
export type Durations = Readonly<Record<string, number>>;

/** Shorter ones make no difference to the order. */
const SHORTEST_SEC = 0.5;

const recorded = (root: string): string => join(root, 'test/durations.json');
/** Where every run leaves its own, for a person to look at. */
const latest = (root: string): string => join(root, '.plinth/test-durations.json');

export function readDurations(root: string): Durations {
  const file = recorded(root);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Durations) : {};
}

/** Writes the durations of this run; `keep` makes them those of the repository. */
export function writeDurations(root: string, durations: Durations, keep: boolean): void {
  const rows = Object.entries(durations)
    .filter(([, seconds]) => seconds >= SHORTEST_SEC)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, seconds]) => [name, Math.round(seconds * 10) / 10] as const);
  const text = `${JSON.stringify(Object.fromEntries(rows), undefined, 2)}\n`;
  for (const file of [latest(root), ...(keep ? [recorded(root)] : [])]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
