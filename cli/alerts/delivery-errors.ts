// Why a delivery failed, in the words of Alertmanager's log.

import type { Entry } from '../logs/entry.ts';
import { past, sourcesOf } from '../logs/source.ts';

/** The last that it said of a receiver; the end of a round says more than one attempt. Pure. */
export function reasonFrom(entries: readonly Entry[], receiver: string): string | undefined {
  const prefix = `${receiver}/`;
  const said = entries.flatMap(({ fields }) => {
    const { err, receiver: named } = fields;
    if (typeof err !== 'string') return [];
    if (err.startsWith(prefix)) return [err.slice(prefix.length).replace(/^\w+\[\d+\]: /, '')];
    return named === receiver ? [err] : [];
  });
  return said.findLast((err) => err.includes('retry canceled')) ?? said.at(-1);
}

/** The same from the container of a stack; secrets are masked. */
export async function reasonOf(
  stack: string,
  receiver: string,
  since: Date,
): Promise<string | undefined> {
  const entries: Entry[] = [];
  for (const source of await sourcesOf(stack)) {
    if (source.part !== 'alertmanager') continue;
    for await (const entry of past(source, { since: since.toISOString() })) entries.push(entry);
  }
  return reasonFrom(entries, receiver);
}
