import type { ArchiverState } from './server.ts';
import { parseLsn, parseSegment, SEGMENT_BYTES } from './wal.ts';

/** The visible snapshot when the WAL ended at a position. */
interface Mark {
  readonly at: number;
  readonly lsn: number;
  readonly snapshot: string;
}

/**
 * The archive lag: the time span of commits that would be lost if the disk of the server failed now. It is calculated
 * from periodic observations, so it is too small by at most one interval. WAL without a commit does not count.
 */
export class ArchiveLag {
  #marks: Mark[] = [];
  #lagSec = 0;
  #idleSince: number | undefined;

  /** Archive lag in seconds, at the last observation. */
  get seconds(): number {
    return this.#lagSec;
  }

  /** Time of the last observation with a new commit, microseconds since 1970. */
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
    // The oldest mark is the newest archived one. If no mark is archived yet, the oldest mark is the best estimate.
    if (oldest !== undefined && (safe < 0 || oldest.snapshot !== state.snapshot))
      since.push(oldest.at);
    this.#lagSec = Math.max(0, state.at - Math.min(state.at, ...since)) / 1_000_000;
  }
}

/** In an empty segment, the WAL ends after the header of the first page. */
function withoutHeader(lsn: number): number {
  const into = lsn % SEGMENT_BYTES;
  return into <= LONG_HEADER_BYTES ? lsn - into : lsn;
}
const LONG_HEADER_BYTES = 40;

/** End of the last archived WAL segment. */
function archivedUntil(name: string | null): number {
  const segment = parseSegment((name ?? '').slice(0, 24));
  return segment === undefined ? -1 : (segment.number + 1) * SEGMENT_BYTES;
}

const MOST_MARKS = 4096;

/** Limits the number of marks, because archiving may fail for weeks. Older marks are thinned out; the oldest is kept. */
function thinned(marks: Mark[]): Mark[] {
  if (marks.length <= MOST_MARKS) return marks;
  return marks.filter((_, index) => index % 2 === 0 || index > MOST_MARKS / 2);
}
