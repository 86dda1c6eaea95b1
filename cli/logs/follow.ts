// What is said from now on, by containers that come and go.

import { setTimeout as wait } from 'node:timers/promises';
import type { Entry } from './entry.ts';
import { earlier } from './merge.ts';
import { live, type Source } from './source.ts';

/** Entries that arrive this close to each other are put in order. */
const ORDER_MS = 400;
/** How often it looks for containers that were started since. */
const LOOK_MS = 2000;

/**
 * Shows entries as they come, until it is told to stop.
 *
 * @param sources the containers to follow, asked again and again
 */
export async function follow(
  sources: () => Promise<readonly Source[]>,
  since: Date,
  show: (entry: Entry) => void,
  signal: AbortSignal,
): Promise<void> {
  const waiting: { readonly entry: Entry; readonly due: number }[] = [];
  const followed = new Map<string, Promise<void>>();
  const lastSeen = new Map<string, string>();
  const failures: unknown[] = [];

  const flush = (nowMs: number): void => {
    const due = waiting.filter((one) => one.due <= nowMs);
    if (due.length === 0) return;
    const kept = waiting.filter((one) => one.due > nowMs);
    waiting.splice(0, waiting.length, ...kept);
    due
      .map(({ entry }) => entry)
      .sort((a, b) => (earlier(a, b) ? -1 : earlier(b, a) ? 1 : 0))
      .forEach(show);
  };
  const begin = (source: Source): void => {
    const { container } = source;
    const seen = lastSeen.get(container);
    const from = seen ?? since.toISOString();
    const take = (entry: Entry): void => {
      // Docker begins anew with what was the last.
      if (seen !== undefined && entry.time <= seen) return;
      lastSeen.set(container, entry.time);
      waiting.push({ entry, due: Date.now() + ORDER_MS });
    };
    const ended = live(source, from, take, signal)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => void followed.delete(container));
    followed.set(container, ended);
  };

  const timer = setInterval(() => flush(Date.now()), ORDER_MS / 4);
  try {
    while (!isOver(signal)) {
      for (const source of await sources()) {
        // It may have been told to stop while Docker was asked.
        if (isOver(signal)) break;
        if (source.running && !followed.has(source.container)) begin(source);
      }
      if (failures.length > 0) throw failures[0];
      await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    clearInterval(timer);
    await Promise.all(followed.values());
    flush(Infinity);
  }
}

/** Read anew each time: it changes while one waits. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
