// Operations on the repository, scheduled or manual.

import { setTimeout as wait } from 'node:timers/promises';
import { labelAnnotation, LABEL, labelValue, type BackupType, type RestorePoint } from './info.ts';
import { isOfAnotherCluster, LOCKED, pgbackrest, PgbackrestFailed } from './pgbackrest.ts';
import { missingSegments, verifyRepository } from './verify.ts';
import { newest, verifiedAnnotation } from './schedule.ts';
import { readInfo, readRepository } from './repository.ts';
import { archiverState, makeRestorePoint } from './server.ts';

export interface JobOptions {
  readonly onMessage?: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Prepares the repository for this cluster. If it belonged to another cluster, the older backups can still be restored.
 *
 * @returns `upgraded` if the repository belonged to another cluster
 */
export async function prepareRepository(options: JobOptions = {}): Promise<'ready' | 'upgraded'> {
  try {
    await pgbackrest('stanza-create', options);
    return 'ready';
  } catch (error) {
    if (!isOfAnotherCluster(error)) throw error;
    await pgbackrest('stanza-upgrade', options);
    return 'upgraded';
  }
}

/**
 * Switches to a new WAL segment, waits until the old one is archived, and then checks for gaps.
 *
 * @throws with all problems
 */
export async function check(options: JobOptions = {}): Promise<void> {
  await pgbackrest('check', options);
  const problems = missingSegments(await readRepository(options.signal));
  if (problems.length > 0) throw new Error(problems.join('; '));
}

/** @throws PgbackrestFailed */
export async function takeBackup(
  type: BackupType,
  options: JobOptions & { readonly label?: string | undefined } = {},
): Promise<void> {
  const { label, ...rest } = options;
  const annotation = label === undefined ? [] : [`--annotation=${LABEL}=${label}`];
  await pgbackrest('backup', { ...rest, args: [`--type=${type}`, ...annotation] });
}

/**
 * Verifies the whole repository. If there are no problems, stores the time in the repository.
 *
 * @returns the problems
 */
export async function verify(options: JobOptions = {}): Promise<string[]> {
  const problems = await verifyRepository(options.signal);
  const mark = verifiedAnnotation(await readInfo(options.signal), new Date());
  if (problems.length === 0 && mark !== undefined)
    await annotate(mark.id, mark.annotation, options);
  return problems;
}

/**
 * Creates a named restore point in the WAL and stores it as an annotation of the full backup that a restore would start
 * from. Both expire together.
 *
 * @throws if the label exists, if there is no full backup, or if the WAL is not archived
 */
export async function makeLabel(label: string, options: JobOptions = {}): Promise<RestorePoint> {
  const info = await readInfo(options.signal);
  const full = newest(
    info.backups.filter(({ archiveId }) => archiveId === info.currentArchiveId),
    ['full'],
  );
  if (full === undefined) throw new Error('there is no full backup yet: take one with --type full');
  refuseTaken(label, info.restorePoints);
  const made = await makeRestorePoint(label);
  await archived(made.segment, options.signal);
  const point = {
    label,
    archiveId: full.archiveId,
    timeline: made.timeline,
    lsn: made.lsn,
    at: made.at,
  };
  await annotate(full.id, `${labelAnnotation(label)}=${labelValue(point)}`, options);
  return point;
}

/** @throws if the label exists */
export function refuseTaken(label: string, points: readonly RestorePoint[]): void {
  const taken = points.find((point) => point.label === label);
  if (taken === undefined) return;
  const since = new Date(taken.at / 1000).toISOString();
  throw new Error(`the label ${label} already exists since ${since}: choose another`);
}

const ARCHIVE_TIMEOUT_MS = 60_000;

async function archived(segment: string, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + ARCHIVE_TIMEOUT_MS;
  for (;;) {
    signal?.throwIfAborted();
    const { lastArchived } = await archiverState();
    if (lastArchived !== null && lastArchived.slice(0, 24) >= segment) return;
    if (Date.now() > deadline) {
      throw new Error(
        `WAL segment ${segment} was not archived within ${String(ARCHIVE_TIMEOUT_MS / 1000)} s: ` +
          'see the log of the Postgres container',
      );
    }
    await wait(200);
  }
}

const LOCK_TIMEOUT_MS = 10 * 60_000;

/** Adds an annotation. A running backup locks the repository, so it waits until the backup ends. */
async function annotate(id: string, annotation: string, options: JobOptions): Promise<void> {
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      await pgbackrest('annotate', {
        ...options,
        args: [`--set=${id}`, `--annotation=${annotation}`],
      });
      return;
    } catch (error) {
      const busy = error instanceof PgbackrestFailed && error.code === LOCKED;
      if (!busy || Date.now() > deadline) throw error;
    }
    await wait(1000);
  }
}
