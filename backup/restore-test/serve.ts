// The main loop of the drill container: restore tests on a schedule, the first one soon after the first backup.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { errorMessage, type Log } from '../../lib/json-log.ts';
import { renderMetrics } from '../metrics.ts';
import { httpPort, places } from '../store/paths.ts';
import { isReadableByAll } from '../store/recipients.ts';
import { isOverdue, schedule } from '../logical/schedule.ts';
import { serveHttp, type Health } from '../../lib/http-server.ts';
import type { BackupSettings } from '../settings.ts';
import { knownBackups } from '../store/verification-results.ts';
import { attemptRestoreTest, clearLeftOvers } from './attempt.ts';
import { readMetrics } from './report-store.ts';
import { restoreTestPaths } from './paths.ts';
import { closingLine, type RestoreTestReport } from './report.ts';

export interface ServeArgs {
  readonly settings: BackupSettings;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Interval of the check for a first backup. */
const LOOK_MS = 5_000;

/** Runs until the signal aborts. A restore test that is running is then aborted. */
export async function serve(args: ServeArgs): Promise<void> {
  const { settings, log, signal } = args;
  await clearLeftOvers();
  let running: Promise<void> = Promise.resolve();
  const enqueue = (): Promise<void> => {
    running = running
      .then(() => once(args))
      .catch((error: unknown) => {
        if (!signal.aborted) log.error(errorMessage(error));
      });
    return running;
  };
  const timer = schedule(settings.drill.schedule, settings.timezone, () => {
    void enqueue();
  });
  const http = await serveHttp(
    {
      metrics: () => Promise.resolve(renderMetrics(readMetrics(restoreTestPaths.status))),
      health: () => Promise.resolve(healthOf(newestReport())),
    },
    httpPort,
  );
  log.info(`serving: the next restore test is due at ${String(timer.next()?.toISOString())}`, {
    schedule: settings.drill.schedule,
    timezone: settings.timezone,
  });
  try {
    if (isDue(settings, newestReport(), await openable(settings), new Date())) {
      await firstBackup(args);
      void enqueue();
    }
    await wait(2 ** 31 - 1, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    timer.stop();
    await running;
    http.close();
    http.closeAllConnections();
    log.info('stopped');
  }
}

async function once({ settings, log, signal }: ServeArgs): Promise<void> {
  log.info('restore test started');
  const report = await attemptRestoreTest({
    settings,
    signal,
    onStep: (step) => {
      log.info(step);
    },
  });
  if (report === undefined) {
    log.info('another restore test is in progress: this one is skipped');
    return;
  }
  const { passed, checks, backup, restoreSeconds } = report;
  const details = { passed, backup: backup?.id ?? null, restoreSeconds };
  if (passed) log.info(closingLine(report), details);
  else log.error(closingLine(report), { ...details, failed: failuresOf(checks) });
}

function failuresOf(checks: RestoreTestReport['checks']): string[] {
  return checks
    .filter(({ verdict }) => verdict === 'failed')
    .map(({ name, says }) => `${name}: ${says}`);
}

/**
 * Whether a restore test is due: none has run yet, the last one failed, its backup no longer exists or is not encrypted
 * for the current recipients, or a scheduled time passed while the container was not running.
 *
 * @param mine ids of the backups that are encrypted for the current recipients
 */
export function isDue(
  { drill, timezone }: Pick<BackupSettings, 'drill' | 'timezone'>,
  last: RestoreTestReport | undefined,
  mine: readonly string[],
  now: Date,
): boolean {
  if (last?.passed !== true || !mine.includes(last.backup?.id ?? '')) return true;
  return isOverdue(drill.schedule, timezone, new Date(last.startedAt), now);
}

/** Waits for a backup that is encrypted for the current recipients. The backup container makes one. */
async function firstBackup({ settings, signal }: ServeArgs): Promise<void> {
  while ((await openable(settings)).length === 0) {
    await wait(LOOK_MS, undefined, { signal });
  }
}

/** Ids of the backups that are encrypted for the current recipients. */
async function openable(settings: BackupSettings): Promise<string[]> {
  const known = await knownBackups(places);
  return known.filter(({ manifest }) => isReadableByAll(manifest, settings)).map(({ id }) => id);
}

/** The result of the health check of the container. */
export function healthOf(last: RestoreTestReport | undefined): Health {
  if (last === undefined) return { healthy: true, reason: 'no restore test has finished yet' };
  if (last.passed) return { healthy: true, reason: closingLine(last) };
  return { healthy: false, reason: [closingLine(last), ...failuresOf(last.checks)].join('; ') };
}

/** The newest report, if it can be read. */
function newestReport(): RestoreTestReport | undefined {
  if (!existsSync(restoreTestPaths.reports)) return undefined;
  const newest = readdirSync(restoreTestPaths.reports)
    .filter((name) => name.endsWith('Z.json'))
    .sort()
    .at(-1);
  if (newest === undefined) return undefined;
  try {
    return JSON.parse(
      readFileSync(join(restoreTestPaths.reports, newest), 'utf8'),
    ) as RestoreTestReport;
  } catch {
    return undefined;
  }
}
