// Runs a restore test under its lock and stores the report.

import { rmSync } from 'node:fs';
import { takeLock } from '../store/lock.ts';
import { places } from '../store/paths.ts';
import type { BackupSettings } from '../settings.ts';
import { runRestoreTest } from './restore-test.ts';
import { keepReport } from './report-store.ts';
import { accessFile, restoreTestPaths, identityFile } from './paths.ts';
import type { RestoreTestReport } from './report.ts';

export interface AttemptArgs {
  readonly settings: Pick<BackupSettings, 'stack' | 'jobs'>;
  /** @default the newest */
  readonly which?: string | undefined;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/**
 * Runs one restore test and stores the report.
 *
 * @returns undefined if another restore test is in progress
 * @throws if it was aborted or the report cannot be written
 */
export async function attemptRestoreTest(
  args: AttemptArgs,
): Promise<RestoreTestReport | undefined> {
  const { settings, which, signal, onStep } = args;
  const lock = await takeLock(restoreTestPaths.lock);
  if (lock === undefined) return undefined;
  try {
    const report = await runRestoreTest({
      stack: settings.stack,
      jobs: settings.jobs,
      backups: places.logical,
      ...(which === undefined ? {} : { which }),
      work: restoreTestPaths.work,
      identity: identityFile,
      access: accessFile,
      signal: AbortSignal.any([signal, lock.lost]),
      onStep,
    });
    keepReport(restoreTestPaths, report);
    return report;
  } finally {
    await lock.release();
  }
}

/** Deletes the files of a killed restore test. They contain rows in plaintext. */
export async function clearLeftOvers(): Promise<void> {
  const lock = await takeLock(restoreTestPaths.lock);
  if (lock === undefined) return;
  rmSync(restoreTestPaths.work, { recursive: true, force: true });
  await lock.release();
}
