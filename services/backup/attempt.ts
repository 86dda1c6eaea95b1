// An attempt: a run under the lock, with what is remembered of it, and what may go once it has succeeded.

import { makeBackup } from './backup.ts';
import { removeBackup, removeLeftOvers } from './folder.ts';
import { takeLock } from './lock.ts';
import { reasonOf, type Log } from '../log.ts';
import type { Manifest } from './manifest.ts';
import type { Places } from './places.ts';
import { planRetention } from './retention.ts';
import type { BackupSettings } from './settings.ts';
import { begun, failed, readStatus, succeeded, writeStatus, type Status } from './status.ts';
import { knownBackups, verifyBackups } from './verified.ts';

export interface AttemptArgs {
  readonly settings: BackupSettings;
  readonly places: Places;
  readonly label: string | null;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** @default the machine's clock */
  readonly clock?: () => Date;
}

export type Outcome =
  | {
      readonly state: 'succeeded';
      readonly manifest: Manifest;
      readonly removed: readonly string[];
    }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'busy' };

/** Tries to make a backup. Does not throw: an attempt that fails is an outcome. */
export async function attemptBackup(args: AttemptArgs): Promise<Outcome> {
  const { places, log, signal } = args;
  let lock;
  try {
    lock = await takeLock(places.lock);
  } catch (error) {
    return fail(args, error);
  }
  if (lock === undefined) return { state: 'busy' };
  try {
    return await underLock({ ...args, signal: AbortSignal.any([signal, lock.lost]) });
  } finally {
    await lock.release().catch((error: unknown) => log.warn(reasonOf(error)));
  }
}

async function underLock(args: AttemptArgs): Promise<Outcome> {
  const { settings, places, label, log, signal, clock = () => new Date() } = args;
  try {
    await clearLeftOvers(places, log);
    const now = clock();
    await remember(places, log, (status) => begun(status, now));
    log.info('backup begun', { label });
    const manifest = await makeBackup({ settings, places, label, log, signal, now });
    const { id, durationSec, totals } = manifest;
    const { bytes, rows } = totals;
    log.info(
      `backup ${id} is complete: ${String(rows)} rows, ${String(bytes)} bytes, ${String(durationSec)} s`,
      {
        id,
        rows,
        bytes,
        durationSec,
      },
    );
    await remember(places, log, (status) =>
      succeeded(status, { id, finishedAt: clock().toISOString(), durationSec, bytes, rows }),
    );
    const removed = await applyRetention(args, manifest).catch((error: unknown) => {
      if (signal.aborted) return [];
      log.error(`old backups were not removed: ${reasonOf(error)}`);
      return [];
    });
    return { state: 'succeeded', manifest, removed };
  } catch (error) {
    return fail(args, error);
  }
}

async function fail({ places, log }: AttemptArgs, error: unknown): Promise<Outcome> {
  const reason = reasonOf(error);
  log.error(`backup failed: ${reason}`, { reason });
  await remember(places, log, (status) => failed(status, reason));
  return { state: 'failed', reason };
}

/**
 * Clears what a run that was killed has left, and counts it as failed. Only whoever holds the lock may.
 */
export async function clearLeftOvers(places: Places, log: Log): Promise<void> {
  for (const id of await removeLeftOvers(places.logical)) {
    log.warn(`removed the unfinished backup ${id} of a run that was killed`, { id });
  }
  const { lastAttempt } = await readStatus(places.status);
  if (lastAttempt?.state !== 'running') return;
  await remember(places, log, (status) => failed(status, 'the run was killed'));
}

/** A disk that is full takes no status either, and that must not hide why. */
async function remember(
  places: Places,
  log: Log,
  change: (status: Status) => Status,
): Promise<void> {
  try {
    await writeStatus(places.status, change(await readStatus(places.status)));
  } catch (error) {
    log.error(`${places.status} could not be written: ${reasonOf(error)}`);
  }
}

/**
 * Looks at every backup, says which are damaged, and removes those that need not stay.
 *
 * @param made the one that has just been read back
 */
async function applyRetention(
  { settings, places, log, signal, clock = () => new Date() }: AttemptArgs,
  made: Manifest,
): Promise<string[]> {
  const now = clock();
  const ids = (await knownBackups(places)).map(({ id }) => id);
  const backups = await verifyBackups(places, ids, now, false, signal);
  for (const { id, state, reason } of backups) {
    if (state === 'damaged')
      log.error(`backup ${id} is damaged: ${String(reason)}`, { id, reason });
  }
  // What makes others go has to be beyond doubt.
  const proven = backups.find(({ id }) => id === made.id);
  if (proven?.state !== 'good') {
    throw new Error(`the new backup ${made.id} does not verify: ${String(proven?.reason)}`);
  }
  const plan = planRetention(backups, settings.retention, now, settings.timezone);
  for (const id of plan.remove) {
    signal.throwIfAborted();
    const state = String(backups.find((one) => one.id === id)?.state);
    await removeBackup(places.logical, id);
    log.info(`removed the ${state} backup ${id}: nothing in the retention asks for it`, {
      id,
      state,
    });
  }
  return [...plan.remove];
}
