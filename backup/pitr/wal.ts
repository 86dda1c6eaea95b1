// Calculations with WAL segments, positions (LSN) and timelines.

/** Size of a WAL segment. The clusters use the default of Postgres. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;
const SEGMENTS_PER_ID = 0x1_0000_0000 / SEGMENT_BYTES;

/** The parts of the name of a WAL segment. */
export interface SegmentName {
  readonly timeline: number;
  /** Segment number; it continues across timelines. */
  readonly number: number;
}

/** Parses `000000010000000A000000FF`. Undefined for any other name, including partial segments. */
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

/** Parses an LSN into a number of bytes. The number is exact up to 2^53, which a cluster never reaches. */
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

/** The segment that contains the byte at a position. */
export function segmentAt(lsn: number): number {
  return Math.floor(lsn / SEGMENT_BYTES);
}

/** A timeline and the position at which it branches off its parent. */
export interface TimelineFork {
  readonly timeline: number;
  /** Position at which it branches off; 0 without a parent. */
  readonly from: number;
  /** First segment of this timeline, which contains `from`. */
  readonly first: number;
}

/**
 * The history of a timeline: its ancestors, oldest first, and the timeline itself.
 *
 * @param history text of its history file; undefined for the first timeline, which has none
 */
export function timelineForks(timeline: number, history: string | undefined): TimelineFork[] {
  const branches: TimelineFork[] = [];
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

/** The timeline whose copy of a segment a recovery along these branches reads. */
export function ownerOf(branches: readonly TimelineFork[], number: number): number {
  const owner = branches.findLast(({ first }) => first <= number) ?? branches[0];
  return owner?.timeline ?? 1;
}
