// Parses the listing of the repository and finds continuous ranges of WAL.

import type { PhysicalBackup } from './info.ts';
import {
  timelineForks,
  ownerOf,
  parseLsn,
  parseSegment,
  segmentName,
  type TimelineFork,
  type SegmentName,
} from './wal.ts';

export interface ArchivedSegment extends SegmentName {
  /** Path in the repository, below archive/main. */
  readonly path: string;
}

/** The WAL archive of one cluster. */
export interface Archive {
  /** For example 17-1. */
  readonly id: string;
  /** Segments by name. */
  readonly segments: ReadonlyMap<string, ArchivedSegment>;
  /** Text of the history files by timeline. */
  readonly histories: ReadonlyMap<number, string>;
}

export interface Listing {
  /** Total size in bytes. */
  readonly bytes: number;
  readonly files: readonly string[];
}

/** Parses the output of `repo-ls --recurse --output=json`. */
export function parseListing(text: string): Listing {
  const entries = Object.entries(JSON.parse(text) as Record<string, { readonly size?: number }>);
  return {
    bytes: entries.reduce((sum, [, { size = 0 }]) => sum + size, 0),
    files: entries.filter(([, { size }]) => size !== undefined).map(([path]) => path),
  };
}

/** The history files: archive, timeline, path. */
export function historiesIn({ files }: Listing): { id: string; timeline: number; path: string }[] {
  return files.flatMap((path) => {
    const [, id, timeline] = /^archive\/main\/([^/]+)\/([0-9A-F]{8})\.history$/.exec(path) ?? [];
    if (id === undefined || timeline === undefined) return [];
    return [{ id, timeline: parseInt(timeline, 16), path }];
  });
}

const SEGMENT = /^archive\/main\/([^/]+)\/[0-9A-F]{16}\/([0-9A-F]{24})-[0-9a-f]{40}(\.\w+)?$/;

/**
 * @param histories text of the history files by path
 */
export function archivesIn(listing: Listing, histories: ReadonlyMap<string, string>): Archive[] {
  const segments = new Map<string, Map<string, ArchivedSegment>>();
  for (const path of listing.files) {
    const [, id, name] = SEGMENT.exec(path) ?? [];
    const parsed = name === undefined ? undefined : parseSegment(name);
    if (id === undefined || name === undefined || parsed === undefined) continue;
    const own = segments.get(id) ?? new Map<string, ArchivedSegment>();
    segments.set(id, own.set(name, { ...parsed, path }));
  }
  const found = historiesIn(listing);
  return [...segments].map(([id, own]) => ({
    id,
    segments: own,
    histories: new Map(
      found
        .filter((history) => history.id === id)
        .map(({ timeline, path }) => [timeline, histories.get(path) ?? '']),
    ),
  }));
}

/** A continuous range of WAL with at least one backup. */
export interface WalRange {
  readonly archiveId: string;
  readonly timeline: number;
  /** Backups in this range, oldest first; at least one. */
  readonly backups: readonly [PhysicalBackup, ...PhysicalBackup[]];
  readonly last: ArchivedSegment;
  /** Segments before `last`, newest first. They are searched for a commit if `last` contains none. */
  readonly before: readonly ArchivedSegment[];
  /** The missing segment after `last`, if later segments exist. */
  readonly missing: string | undefined;
}

/** Timelines with WAL, oldest first. */
export function timelinesOf(archive: Archive): number[] {
  const timelines = new Set([...archive.segments.values()].map(({ timeline }) => timeline));
  return [...timelines].sort((one, other) => one - other);
}

/** Whether a recovery to the newest timeline reads this segment. */
export function isOnNewestWay(archive: Archive, segment: SegmentName): boolean {
  const newest = timelinesOf(archive).at(-1) ?? segment.timeline;
  const way = timelineForks(newest, archive.histories.get(newest));
  return ownerOf(way, segment.number) === segment.timeline;
}

/** All continuous ranges in the history of a timeline, oldest first. */
export function walRangesOf(
  archive: Archive,
  timeline: number,
  backups: readonly PhysicalBackup[],
): WalRange[] {
  const way = timelineForks(timeline, archive.histories.get(timeline));
  const runs = runsOn(way, archive);
  return runs.flatMap((run, index) => {
    const [first, ...more] = backups.filter(
      (backup) => backup.archiveId === archive.id && isOn(way, backup) && isIn(run, backup),
    );
    const last = run.at(-1);
    if (first === undefined || last === undefined) return [];
    const next = last.number + 1;
    return {
      archiveId: archive.id,
      timeline,
      backups: [first, ...more] as const,
      last,
      before: run.slice(-LOOK_BACK, -1).reverse(),
      missing:
        index === runs.length - 1
          ? undefined
          : segmentName({ timeline: ownerOf(way, next), number: next }),
    };
  });
}

/** Without load there is a commit every few minutes, and about one segment per commit. */
const LOOK_BACK = 16;

/** Continuous sequences of the segments that a recovery along this history reads. */
function runsOn(way: readonly TimelineFork[], archive: Archive): ArchivedSegment[][] {
  const own = [...archive.segments.values()]
    .filter(({ timeline, number }) => ownerOf(way, number) === timeline)
    .sort((one, other) => one.number - other.number);
  const runs: ArchivedSegment[][] = [];
  for (const segment of own) {
    const run = runs.at(-1);
    if (run?.at(-1)?.number !== segment.number - 1) runs.push([segment]);
    else run.push(segment);
  }
  return runs;
}

/**
 * Whether a backup ended before the history branched off its timeline. A later branch may start at an earlier position
 * than the branch before it: a restore to a time before a timeline began still has that timeline as its parent.
 */
function isOn(way: readonly TimelineFork[], backup: PhysicalBackup): boolean {
  const timeline = parseSegment(backup.wal.first)?.timeline;
  const index = way.findIndex((branch) => branch.timeline === timeline);
  const left = Math.min(...way.slice(index + 1).map(({ from }) => from));
  return index >= 0 && (parseLsn(backup.lsn.stop) ?? Infinity) <= left;
}

function isIn(run: readonly ArchivedSegment[], { wal }: PhysicalBackup): boolean {
  const [first, last] = [run[0]?.number, run.at(-1)?.number];
  const [from, to] = [parseSegment(wal.first)?.number, parseSegment(wal.last)?.number];
  if (first === undefined || last === undefined || from === undefined || to === undefined)
    return false;
  return first <= from && to <= last;
}
