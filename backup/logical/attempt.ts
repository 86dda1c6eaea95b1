// A backup attempt: takes the lock, runs the backup, stores the status, and applies the retention after a success.

import { makeBackup } from './backup.ts';
import { removeBackup, removeLeftOvers } from '../store/folder.ts';
import { takeLock } from '../store/lock.ts';
import { errorMessage, type Log } from '../../lib/json-log.ts';
import type { Manifest } from '../store/manifest.ts';
import type { Paths } from '../store/paths.ts';
import { planRetention } from '../store/retention.ts';
import type { BackupSettings } from '../settings.ts';
import { begun, failed, readStatus, succeeded, writeStatus, type Status } from '../store/status.ts';
import { knownBackups, verifyBackups } from '../store/verification-results.ts';

export interface AttemptArgs {
  readonly settings: BackupSettings;
  readonly places: Paths;
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

/** Attempts a backup. Does not throw: a failure is an outcome. */
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
    await lock.release().catch((error: unknown) => log.warn(errorMessage(error)));
  }
}

async function underLock(args: AttemptArgs): Promise<Outcome> {
  const { settings, places, label, log, signal, clock = () => new Date() } = args;
  try {
    await clearLeftOvers(places, log);
    const now = clock();
    await remember(places, log, (status) => begun(status, now));
    log.info('backup started', { label });
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
      log.error(`old backups were not removed: ${errorMessage(error)}`);
      return [];
    });
    return { state: 'succeeded', manifest, removed };
  } catch (error) {
    return fail(args, error);
  }
}

async function fail({ places, log }: AttemptArgs, error: unknown): Promise<Outcome> {
  const reason = errorMessage(error);
  log.error(`backup failed: ${reason}`, { reason });
  await remember(places, log, (status) => failed(status, reason));
  return { state: 'failed', reason };
}

/**
 * Removes the incomplete backup of a killed run and counts the run as failed. The caller must hold the lock.
 */
export async function clearLeftOvers(places: Paths, log: Log): Promise<void> {
  for (const id of await removeLeftOvers(places.logical)) {
    log.warn(`removed the incomplete backup ${id} of a killed run`, { id });
  }
  const { lastAttempt } = await readStatus(places.status);
  if (lastAttempt?.state !== 'running') return;
  await remember(places, log, (status) => failed(status, 'the run was killed'));
}

/** Updates the status. On a full disk this fails too, and the error must not hide the original reason. */
async function remember(
  places: Paths,
  log: Log,
  change: (status: Status) => Status,
): Promise<void> {
  try {
    await writeStatus(places.status, change(await readStatus(places.status)));
  } catch (error) {
    log.error(`${places.status} could not be written: ${errorMessage(error)}`);
  }
}

/**
 * Verifies all backups, reports the damaged ones, and removes those that the retention does not keep.
 *
 * @param made the new backup
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
  // Remove old backups only if the new backup is verified.
  const proven = backups.find(({ id }) => id === made.id);
  if (proven?.state !== 'good') {
    throw new Error(`the new backup ${made.id} does not verify: ${String(proven?.reason)}`);
  }
  const plan = planRetention(backups, settings.retention, now, settings.timezone);
  for (const id of plan.remove) {
    signal.throwIfAborted();
    const state = String(backups.find((one) => one.id === id)?.state);
    await removeBackup(places.logical, id);
    log.info(`removed the ${state} backup ${id}: the retention does not keep it`, {
      id,
      state,
    });
  }
  return [...plan.remove];
}
