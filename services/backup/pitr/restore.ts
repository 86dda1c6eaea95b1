// From the repository alone to a cluster as it was at some instant.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { claim } from '../restore/volume.ts';
import { formatInstant } from './instant.ts';
import { pgbackrest } from './pgbackrest.ts';
import { recover } from './recovery-server.ts';
import { readRepository, stretchesIn, withTimes } from './repository.ts';
import { planRestore, type Plan, type Target } from './target.ts';
import { formatLsn, segmentAt, segmentName } from './wal.ts';

export interface RestoreArgs {
  readonly target: Target;
  /** @default the newest one, or the one that a label is on */
  readonly timeline?: number | undefined;
  /** Whose data it will be. */
  readonly environment: string;
  readonly volume: string;
  readonly onStep: (step: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Restored {
  readonly backup: string;
  readonly timeline: number;
  /** ISO, of the last transaction; null when nothing was committed since the backup. */
  readonly lastCommitAt: string | null;
  readonly lsn: string;
}

/**
 * Restores into an empty volume. Whatever goes wrong leaves no cluster there that a server would start.
 *
 * @throws TargetRefused before anything is written, RepositoryUnreadable, or with the reason why it did not get there
 */
export async function restoreTo(args: RestoreArgs): Promise<Restored> {
  const { onStep, signal } = args;
  // Postgres gives the path to a shell.
  if (!/^\/[\w./-]*$/.test(args.volume)) {
    throw new Error(
      `the volume is ${args.volume}: use a whole path of letters, digits, ".", "_", "-"`,
    );
  }
  onStep('looking for the way there');
  const plan = await planFor(args);
  const volume = await claim(args.volume);
  try {
    mkdirSync(volume.work, { mode: 0o700 });
    onStep(`backup ${plan.backup.id}`);
    // Of type none, it leaves Postgres's own files as they were: where recovery ends is told on the command line, so
    // nothing of it stays behind.
    await pgbackrest('restore', {
      args: [`--pg1-path=${volume.work}`, `--set=${plan.backup.id}`, '--type=none'],
      signal,
    });
    onStep('write-ahead log');
    const { timeline, recovery } = plan;
    const reached = await recover({
      data: volume.work,
      timeline,
      recovery,
      onMessage: onStep,
      signal,
    });
    checkPassed(plan, reached.lsn);
    clean(volume.work);
    const restored = {
      backup: plan.backup.id,
      timeline,
      lastCommitAt: reached.lastCommitAt === undefined ? null : formatInstant(reached.lastCommitAt),
      lsn: formatLsn(reached.lsn),
    };
    await volume.finish(args.environment, {
      pointInTime: restored,
      restoredAt: new Date().toISOString(),
    });
    return restored;
  } catch (error) {
    volume.abandon();
    throw error;
  } finally {
    await volume.release();
  }
}

async function planFor({ target, timeline, signal }: RestoreArgs): Promise<Plan> {
  const repository = await readRepository(signal);
  const { restorePoints, currentArchiveId } = repository.info;
  const point =
    target.kind === 'label'
      ? restorePoints.findLast(({ label }) => label === target.label)
      : undefined;
  const reaches = await withTimes(stretchesIn(repository, timeline ?? point?.timeline), signal);
  return planRestore(target, reaches, restorePoints, currentArchiveId);
}

/** A recovery without a target ends well wherever WAL cannot be had, and would leave out the rest unseen. */
function checkPassed({ mustPass, timeline }: Plan, lsn: number): void {
  if (mustPass === undefined || lsn > mustPass) return;
  const last = segmentName({ timeline, number: segmentAt(mustPass) });
  throw new Error(
    `replaying ended at ${formatLsn(lsn)}, before the last archived segment ${last}: ` +
      'a segment in between is damaged. `pitr verify` names it; --to-time restores to a time before it',
  );
}

/** What only the way here needed. */
function clean(data: string): void {
  if (existsSync(join(data, 'recovery.signal'))) {
    throw new Error('the server has not ended its recovery: this is no state to go on with');
  }
  // Of a backup that was taken while another environment's server ran.
  rmSync(join(data, 'backup_label.old'), { force: true });
  rmSync(join(data, 'postmaster.opts'), { force: true });
}
