// Many parts to one stream, in the order of time.

import type { Entry } from './entry.ts';

/** Docker writes nine digits after the second, so that the order of texts is that of time. */
export function earlier(a: Entry, b: Entry): boolean {
  return a.time < b.time;
}

/**
 * Merges streams that are each in order. Holds one entry of each, however much there is.
 *
 * Where two were said at once the earlier stream comes first.
 */
export async function* merged(streams: readonly AsyncIterable<Entry>[]): AsyncGenerator<Entry> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((one) => one.next()));
  try {
    for (;;) {
      let first = -1;
      let best: Entry | undefined;
      heads.forEach((head, index) => {
        if (head.done === true) return;
        if (best === undefined || earlier(head.value, best)) {
          best = head.value;
          first = index;
        }
      });
      const iterator = iterators[first];
      if (best === undefined || iterator === undefined) return;
      yield best;
      heads[first] = await iterator.next();
    }
  } finally {
    for (const one of iterators) await one.return?.();
  }
}

/** The last of a stream, in their order. */
export async function lastOf(stream: AsyncIterable<Entry>, count: number): Promise<Entry[]> {
  const ring: Entry[] = [];
  let at = 0;
  for await (const entry of stream) {
    if (ring.length < count) ring.push(entry);
    else ring[at % count] = entry;
    at += 1;
  }
  const start = ring.length < count ? 0 : at % count;
  return [...ring.slice(start), ...ring.slice(0, start)];
}
