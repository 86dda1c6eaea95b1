// Determines due tasks from the existing backups. So a missed run is executed later, and no run is executed twice.

import { Cron } from 'croner';
import { VERIFIED, type BackupType, type PhysicalBackup, type RepositoryInfo } from './info.ts';
import type { PointInTimeSettings } from './settings.ts';

export type Task = BackupType | 'verify';

/** The next time of a schedule after an instant. */
function next(schedule: string, timezone: string, after: Date): number {
  return new Cron(schedule, { timezone }).nextRun(after)?.getTime() ?? Infinity;
}

/** A full backup also counts as a differential one, and both count as an incremental one. */
const counts: Readonly<Record<BackupType, readonly BackupType[]>> = {
  full: ['full'],
  diff: ['full', 'diff'],
  incr: ['full', 'diff', 'incr'],
};
const names = { full: 'full', diff: 'differential', incr: 'incremental' } as const;

/**
 * The due time of each task, milliseconds since 1970. It is in the past if the task is overdue.
 *
 * @param now the due time of a full backup if there is none
 */
export function dueTimes(
  info: RepositoryInfo,
  schedule: PointInTimeSettings['schedule'],
  timezone: string,
  now: Date,
): Readonly<Record<Task, number>> {
  const own = info.backups.filter(({ archiveId }) => archiveId === info.currentArchiveId);
  const due = (type: BackupType): number => {
    const last = newest(own, counts[type]);
    if (last === undefined) return type === 'full' ? now.getTime() : Infinity;
    return next(schedule[names[type]], timezone, new Date(last.startedAt * 1000));
  };
  const [first] = own;
  const verified = info.verifiedAt === undefined ? first?.finishedAt : info.verifiedAt / 1_000_000;
  return {
    full: due('full'),
    diff: due('diff'),
    incr: due('incr'),
    verify:
      verified === undefined
        ? Infinity
        : next(schedule.verify, timezone, new Date(verified * 1000)),
  };
}

/** The task to run now. A full backup comes first, because it also counts as the others. */
export function taskDue(due: Readonly<Record<Task, number>>, now: Date): Task | undefined {
  return (['full', 'diff', 'incr', 'verify'] as const).find((task) => due[task] <= now.getTime());
}

export function newest(
  backups: readonly PhysicalBackup[],
  types: readonly BackupType[],
): PhysicalBackup | undefined {
  return backups.findLast(({ type }) => types.includes(type));
}

/** The annotation that records a successful verification, and its backup: the newest full backup. */
export function verifiedAnnotation(
  info: RepositoryInfo,
  at: Date,
): { readonly id: string; readonly annotation: string } | undefined {
  const full = newest(info.backups, ['full']);
  if (full === undefined) return undefined;
  return { id: full.id, annotation: `${VERIFIED}=${String(at.getTime() * 1000)}` };
}
