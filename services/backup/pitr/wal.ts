// Arithmetic of the write-ahead log: segments, positions, timelines.

/** Bytes of a segment; the platform's clusters are made with Postgres's own default. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;
const SEGMENTS_PER_ID = 0x1_0000_0000 / SEGMENT_BYTES;

/** One segment's name, taken apart. */
export interface SegmentName {
  readonly timeline: number;
  /** Counts on across all timelines. */
  readonly number: number;
}

/** `000000010000000A000000FF`; undefined for anything else, partial segments included. */
export function parseSegment(name: string): SegmentName | undefined {
  const [, timeline, id, segment] =
    /^([0-9A-F]{8})([0-9A-F]{8})000000([0-9A-F]{2})$/.exec(name) ?? [];
  if (timeline === undefined || id === undefined || segment === undefined) return undefined;
  return {
    timeline: parseInt(timeline, 16),
    number: parseInt(id, 16) * SEGMENTS_PER_ID + parseInt(segment, 16),
  };
}

export function segmentName({ timeline, number }: SegmentName): string {
  const id = Math.floor(number / SEGMENTS_PER_ID);
  return [timeline, id, number % SEGMENTS_PER_ID]
    .map((part) => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
}

/** A position as a number of bytes; exact, as a cluster never writes 2^53 of them. */
export function parseLsn(text: string): number | undefined {
  const [, high, low] = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const lsn = parseInt(high, 16) * 0x1_0000_0000 + parseInt(low, 16);
  return Number.isSafeInteger(lsn) ? lsn : undefined;
}

export function formatLsn(lsn: number): string {
  const high = Math.floor(lsn / 0x1_0000_0000);
  return `${high.toString(16).toUpperCase()}/${(lsn % 0x1_0000_0000).toString(16).toUpperCase()}`;
}

/** The segment that holds the byte at a position. */
export function segmentAt(lsn: number): number {
  return Math.floor(lsn / SEGMENT_BYTES);
}

/** A timeline and where it left the one before it. */
export interface Branch {
  readonly timeline: number;
  /** Position at which it left its parent; 0 for one without. */
  readonly from: number;
  /** First segment that is this timeline's own: the one that holds `from`. */
  readonly first: number;
}

/**
 * The way to a timeline, oldest first.
 *
 * @param history text of its history file; undefined for one that has none, which then begins at nothing
 */
export function branchesOf(timeline: number, history: string | undefined): Branch[] {
  const branches: Branch[] = [];
  let from = 0;
  for (const line of (history ?? '').split('\n')) {
    const [, parent, left] = /^\s*(\d+)\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)/.exec(line) ?? [];
    const lsn = left === undefined ? undefined : parseLsn(left);
    if (parent === undefined || lsn === undefined) continue;
    branches.push({ timeline: Number(parent), from, first: segmentAt(from) });
    from = lsn;
  }
  return [...branches, { timeline, from, first: segmentAt(from) }];
}

/** The timeline whose copy of a segment counts on a way. */
export function ownerOf(branches: readonly Branch[], number: number): number {
  const owner = branches.findLast(({ first }) => first <= number) ?? branches[0];
  return owner?.timeline ?? 1;
}
