// Restores a cluster to a recovery target, from the repository alone.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { claim } from '../restore/volume.ts';
import { formatInstant } from './instant.ts';
import { pgbackrest } from './pgbackrest.ts';
import { recover } from './recovery-server.ts';
import { readRepository, walRangesIn, withTimes } from './repository.ts';
import { planRestore, type Plan, type Target } from './target.ts';
import { formatLsn, segmentAt, segmentName } from './wal.ts';

export interface RestoreArgs {
  readonly target: Target;
  /** @default the newest timeline, or the timeline of the label */
  readonly timeline?: number | undefined;
  /** The environment that the data is for. */
  readonly environment: string;
  readonly volume: string;
  readonly onStep: (step: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Restored {
  readonly backup: string;
  readonly timeline: number;
  /** ISO time of the last transaction; null if nothing was committed since the backup. */
  readonly lastCommitAt: string | null;
  readonly lsn: string;
}

/**
 * Restores into an empty volume. After an error, the volume contains no cluster that a server would start.
 *
 * @throws TargetRefused before anything is written, RepositoryUnreadable, or the reason why the target was not reached
 */
export async function restoreTo(args: RestoreArgs): Promise<Restored> {
  const { onStep, signal } = args;
  // Postgres passes the path to a shell in restore_command.
  if (!/^\/[\w./-]*$/.test(args.volume)) {
    throw new Error(
      `the volume is ${args.volume}: use an absolute path of letters, digits, ".", "_", "-"`,
    );
  }
  onStep('selecting the backup and the timeline');
  const plan = await planFor(args);
  const volume = await claim(args.volume);
  try {
    mkdirSync(volume.work, { mode: 0o700 });
    onStep(`backup ${plan.backup.id}`);
    // With --type=none, pgBackRest does not write recovery settings. The recovery target is set on the command line of
    // Postgres, so no settings remain in the cluster.
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
  const reaches = await withTimes(walRangesIn(repository, timeline ?? point?.timeline), signal);
  return planRestore(target, reaches, restorePoints, currentArchiveId);
}

/** Without a recovery target, recovery ends successfully at the first WAL segment that is not available. Detects that. */
function checkPassed({ mustPass, timeline }: Plan, lsn: number): void {
  if (mustPass === undefined || lsn > mustPass) return;
  const last = segmentName({ timeline, number: segmentAt(mustPass) });
  throw new Error(
    `recovery ended at ${formatLsn(lsn)}, before the last archived WAL segment ${last}: ` +
      'a segment in between is damaged. `pitr verify` shows which; use --to-time to restore to a time before it',
  );
}

/** Removes files that only the recovery needed. */
function clean(data: string): void {
  if (existsSync(join(data, 'recovery.signal'))) {
    throw new Error('the server has not finished recovery: the restored cluster is not usable');
  }
  // From the backup, which was taken while the original server was running.
  rmSync(join(data, 'backup_label.old'), { force: true });
  rmSync(join(data, 'postmaster.opts'), { force: true });
}
