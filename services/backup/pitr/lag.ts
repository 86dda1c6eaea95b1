import type { ArchiverState } from './server.ts';
import { parseLsn, parseSegment, SEGMENT_BYTES } from './wal.ts';

/** What was visible when WAL ended at a position. */
interface Mark {
  readonly at: number;
  readonly lsn: number;
  readonly snapshot: string;
}

/**
 * How far back one would fall if the server's disk were gone now. Watched from outside, moment by moment: the answer is
 * never too small by more than the time between two looks, and WAL that holds no commit does not count.
 */
export class ArchiveLag {
  #marks: Mark[] = [];
  #lagSec = 0;
  #idleSince: number | undefined;

  /** Seconds, as of the last look. */
  get seconds(): number {
    return this.#lagSec;
  }

  /** Microseconds since 1970 of the last look at which something new was visible. */
  get idleSince(): number | undefined {
    return this.#idleSince;
  }

  look(state: ArchiverState): void {
    const mark = {
      at: state.at,
      lsn: withoutHeader(parseLsn(state.lsn) ?? 0),
      snapshot: state.snapshot,
    };
    if (this.#marks.at(-1)?.snapshot !== state.snapshot) this.#idleSince = state.at;
    this.#marks = thinned([...this.#marks, mark]);
    const archived = archivedUntil(state.lastArchived);
    const safe = this.#marks.findLastIndex(({ lsn }) => lsn <= archived);
    if (safe > 0) this.#marks.splice(0, safe);
    const [oldest] = this.#marks;
    const since = [state.waitingSince ?? Infinity];
    // The oldest mark is the newest that is safe, or there is none yet, and then nobody knows better.
    if (oldest !== undefined && (safe < 0 || oldest.snapshot !== state.snapshot))
      since.push(oldest.at);
    this.#lagSec = Math.max(0, state.at - Math.min(state.at, ...since)) / 1_000_000;
  }
}

/** In a segment that holds nothing yet, WAL ends behind the header of its first page. */
function withoutHeader(lsn: number): number {
  const into = lsn % SEGMENT_BYTES;
  return into <= LONG_HEADER_BYTES ? lsn - into : lsn;
}
const LONG_HEADER_BYTES = 40;

/** End of the last segment that is in the repository. */
function archivedUntil(name: string | null): number {
  const segment = parseSegment((name ?? '').slice(0, 24));
  return segment === undefined ? -1 : (segment.number + 1) * SEGMENT_BYTES;
}

const MOST_MARKS = 4096;

/** Archiving may be broken for weeks: the older, the further apart. The oldest stays. */
function thinned(marks: Mark[]): Mark[] {
  if (marks.length <= MOST_MARKS) return marks;
  return marks.filter((_, index) => index % 2 === 0 || index > MOST_MARKS / 2);
}
