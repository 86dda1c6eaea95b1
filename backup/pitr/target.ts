// Recovery targets, and the selection of the backup and the timeline for a target.

import type { WalRange } from './archive.ts';
import type { PhysicalBackup, RestorePoint } from './info.ts';
import { formatInstant } from './instant.ts';
import { formatLsn, parseLsn, SEGMENT_BYTES } from './wal.ts';

export type Target =
  | { readonly kind: 'latest' }
  | { readonly kind: 'time'; /** Microseconds since 1970. */ readonly at: number }
  | { readonly kind: 'lsn'; readonly lsn: number }
  | { readonly kind: 'label'; readonly label: string };

/** A continuous range of WAL with the times that it covers, in microseconds since 1970. */
export interface RecoveryWindow extends WalRange {
  readonly from: number;
  /** Time of the last commit in it. */
  readonly to: number;
}

export interface Plan {
  readonly backup: PhysicalBackup;
  readonly timeline: number;
  /** Postgres settings of the recovery target. */
  readonly recovery: Readonly<Record<string, string>>;
  /** The start of the last WAL segment. If recovery ends before this position, WAL was skipped. */
  readonly mustPass: number | undefined;
}

/** The recovery target is not reachable. The message contains the reachable targets. */
export class TargetRefused extends Error {}

/** The time from which a backup is consistent. Its end time is in whole seconds, so one second is added. */
export function completeAt({ finishedAt }: PhysicalBackup): number {
  return (finishedAt + 1) * 1_000_000;
}

/**
 * @param reaches ranges of the relevant timelines, oldest first
 * @param currentArchiveId archive of the current cluster
 * @throws TargetRefused
 */
export function planRestore(
  target: Target,
  reaches: readonly RecoveryWindow[],
  points: readonly RestorePoint[],
  currentArchiveId: string | undefined,
): Plan {
  if (reaches.length === 0) {
    throw new TargetRefused(
      'the repository contains no backup that can be restored: `pitr list` shows its contents',
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
      // The name may exist twice. The position, which follows its record, is unique.
      return toLsn(parseLsn(point.lsn) ?? 0, own, 'off', `label ${point.label}`, reaches);
    }
  }
}

function toLatest(reaches: readonly RecoveryWindow[], currentArchiveId: string | undefined): Plan {
  const reach = reaches.findLast(({ archiveId }) => archiveId === currentArchiveId);
  if (reach === undefined) {
    throw new TargetRefused(
      `there is no backup of the current cluster yet, only of an earlier one: ${possible(reaches)}`,
    );
  }
  if (reach.missing !== undefined) {
    throw new TargetRefused(
      `the archive has a gap: WAL segment ${reach.missing} is missing, and later states are not reachable. ` +
        `The newest reachable state is --to-time ${formatInstant(reach.to)}`,
    );
  }
  return toEnd(reach);
}

function toTime(at: number, reaches: readonly RecoveryWindow[]): Plan {
  const reach = reaches.findLast(({ from, to }) => from <= at && at <= to);
  if (reach === undefined) throw new TargetRefused(outOfReach(formatInstant(at), reaches));
  const backup = reach.backups.findLast((one) => completeAt(one) <= at) ?? reach.backups[0];
  // Postgres stops at the first later commit. There is none, so recover to the end of the WAL.
  if (at === reach.to) return { ...toEnd(reach), backup };
  return {
    backup,
    timeline: reach.timeline,
    recovery: {
      // Postgres parses this before time zone abbreviations such as Z are loaded.
      recovery_target_time: formatInstant(at).replace('Z', '+00'),
      recovery_target_inclusive: 'on',
    },
    mustPass: undefined,
  };
}

function toLsn(
  lsn: number,
  reaches: readonly RecoveryWindow[],
  inclusive: 'on' | 'off',
  what: string,
  all: readonly RecoveryWindow[],
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

function toEnd(reach: RecoveryWindow): Plan {
  const backup = reach.backups.at(-1) ?? reach.backups[0];
  return {
    backup,
    timeline: reach.timeline,
    recovery: {},
    mustPass: reach.last.number * SEGMENT_BYTES,
  };
}

function outOfReach(what: string, reaches: readonly RecoveryWindow[]): string {
  return `${what} is not reachable: ${possible(reaches)}`;
}

function possible(reaches: readonly RecoveryWindow[]): string {
  const ranges = reaches
    .filter(({ from, to }) => from <= to)
    .map(({ from, to }) => `from ${formatInstant(from)} to ${formatInstant(to)}`);
  return ranges.length === 0
    ? 'only --latest is possible, because nothing was committed since the first backup'
    : `reachable is any time ${ranges.join(', or ')}`;
}

function unknownLabel(label: string, points: readonly RestorePoint[]): string {
  const known = points.map((point) => point.label).join(', ');
  const remedy = known === '' ? 'there are no labels yet' : `existing labels are ${known}`;
  return `the label ${label} is unknown: ${remedy}`;
}
