// Where to go back to, and with what.

import type { Stretch } from './archive.ts';
import type { PhysicalBackup, RestorePoint } from './info.ts';
import { formatInstant } from './instant.ts';
import { formatLsn, parseLsn, SEGMENT_BYTES } from './wal.ts';

export type Target =
  | { readonly kind: 'latest' }
  | { readonly kind: 'time'; /** Microseconds since 1970. */ readonly at: number }
  | { readonly kind: 'lsn'; readonly lsn: number }
  | { readonly kind: 'label'; readonly label: string };

/** A stretch with the times it covers, in microseconds since 1970. */
export interface Reach extends Stretch {
  readonly from: number;
  /** Time of the last commit in it. */
  readonly to: number;
}

export interface Plan {
  readonly backup: PhysicalBackup;
  readonly timeline: number;
  /** Settings of Postgres that say where recovery ends. */
  readonly recovery: Readonly<Record<string, string>>;
  /** Position that must have been passed, or WAL was left out: the beginning of the last segment. */
  readonly mustPass: number | undefined;
}

/** One cannot go there; the sentence says where one can. */
export class TargetRefused extends Error {}

/** From this on a backup is complete: its own end, in whole seconds, and one more. */
export function completeAt({ finishedAt }: PhysicalBackup): number {
  return (finishedAt + 1) * 1_000_000;
}

/**
 * @param reaches of the timelines in question, oldest first
 * @param currentArchiveId of the cluster that is backed up now
 * @throws TargetRefused
 */
export function planRestore(
  target: Target,
  reaches: readonly Reach[],
  points: readonly RestorePoint[],
  currentArchiveId: string | undefined,
): Plan {
  if (reaches.length === 0) {
    throw new TargetRefused(
      'the repository holds no backup that could be restored: `pitr list` shows what is there',
    );
  }
  switch (target.kind) {
    case 'latest':
      return toLatest(reaches, currentArchiveId);
    case 'time':
      return toTime(target.at, reaches);
    case 'lsn': {
      const current = reaches.filter(({ archiveId }) => archiveId === currentArchiveId);
      return toLsn(target.lsn, current, 'on', `position ${formatLsn(target.lsn)}`, reaches);
    }
    case 'label': {
      const point = points.findLast(({ label }) => label === target.label);
      if (point === undefined) throw new TargetRefused(unknownLabel(target.label, points));
      const own = reaches.filter(
        ({ archiveId, timeline }) => archiveId === point.archiveId && timeline === point.timeline,
      );
      // The name itself could be there twice; the position is just behind the record that has it.
      return toLsn(parseLsn(point.lsn) ?? 0, own, 'off', `label ${point.label}`, reaches);
    }
  }
}

function toLatest(reaches: readonly Reach[], currentArchiveId: string | undefined): Plan {
  const reach = reaches.findLast(({ archiveId }) => archiveId === currentArchiveId);
  if (reach === undefined) {
    throw new TargetRefused(
      `there is no backup of the present cluster yet, only of one before it: ${possible(reaches)}`,
    );
  }
  if (reach.missing !== undefined) {
    throw new TargetRefused(
      `the archive breaks off: WAL segment ${reach.missing} is missing and nothing behind it can be reached. ` +
        `The newest state without a break is --to-time ${formatInstant(reach.to)}`,
    );
  }
  return toEnd(reach);
}

function toTime(at: number, reaches: readonly Reach[]): Plan {
  const reach = reaches.findLast(({ from, to }) => from <= at && at <= to);
  if (reach === undefined) throw new TargetRefused(outOfReach(formatInstant(at), reaches));
  const backup = reach.backups.findLast((one) => completeAt(one) <= at) ?? reach.backups[0];
  // Postgres stops at the first commit that is later, and there is none: the end is meant.
  if (at === reach.to) return { ...toEnd(reach), backup };
  return {
    backup,
    timeline: reach.timeline,
    recovery: {
      // Postgres reads this before it knows what Z stands for.
      recovery_target_time: formatInstant(at).replace('Z', '+00'),
      recovery_target_inclusive: 'on',
    },
    mustPass: undefined,
  };
}

function toLsn(
  lsn: number,
  reaches: readonly Reach[],
  inclusive: 'on' | 'off',
  what: string,
  all: readonly Reach[],
): Plan {
  const stop = (backup: PhysicalBackup): number => parseLsn(backup.lsn.stop) ?? Infinity;
  const reach = reaches.findLast(
    ({ backups, last }) => stop(backups[0]) <= lsn && lsn < (last.number + 1) * SEGMENT_BYTES,
  );
  const backup = reach?.backups.findLast((one) => stop(one) <= lsn);
  if (reach === undefined || backup === undefined) throw new TargetRefused(outOfReach(what, all));
  return {
    backup,
    timeline: reach.timeline,
    recovery: { recovery_target_lsn: formatLsn(lsn), recovery_target_inclusive: inclusive },
    mustPass: undefined,
  };
}

function toEnd(reach: Reach): Plan {
  const backup = reach.backups.at(-1) ?? reach.backups[0];
  return {
    backup,
    timeline: reach.timeline,
    recovery: {},
    mustPass: reach.last.number * SEGMENT_BYTES,
  };
}

function outOfReach(what: string, reaches: readonly Reach[]): string {
  return `${what} is out of reach: ${possible(reaches)}`;
}

function possible(reaches: readonly Reach[]): string {
  const ranges = reaches
    .filter(({ from, to }) => from <= to)
    .map(({ from, to }) => `from ${formatInstant(from)} to ${formatInstant(to)}`);
  return ranges.length === 0
    ? 'no time is possible yet, only --latest: nothing was committed since the first backup'
    : `possible is any time ${ranges.join(', or ')}`;
}

function unknownLabel(label: string, points: readonly RestorePoint[]): string {
  const known = points.map((point) => point.label).join(', ');
  const remedy = known === '' ? 'there are none yet' : `there are ${known}`;
  return `the label ${label} is unknown: ${remedy}`;
}
