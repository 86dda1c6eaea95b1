// The main loop of the backup container: schedule, first backup, retries after a failure, metrics.

import { attemptBackup, clearLeftOvers, type Outcome } from './attempt.ts';
import { connect, login } from '../connection.ts';
import { takeLock } from '../store/lock.ts';
import { errorMessage, type Log } from '../../lib/json-log.ts';
import { currentMetrics, renderMetrics } from '../metrics.ts';
import { httpPort, type Paths } from '../store/paths.ts';
import { isOverdue, schedule } from './schedule.ts';
import { serveHttp, type Health } from '../../lib/http-server.ts';
import type { BackupSettings } from '../settings.ts';
import { readStatus, type Status } from '../store/status.ts';
import { isReadableByAll } from '../store/recipients.ts';
import { knownBackups } from '../store/verification-results.ts';

export interface ServeArgs {
  readonly settings: BackupSettings;
  readonly places: Paths;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Seconds before the next connection attempt and before the next backup attempt. Each wait is twice as long. */
const FIRST_WAIT_SEC = 1;
const FIRST_RETRY_SEC = 30;
const LONGEST_WAIT_SEC = 900;

/** Runs until the signal aborts. A backup that is running is then aborted and removed. */
export async function serve(args: ServeArgs): Promise<void> {
  const { settings, places, log, signal } = args;
  await clearAfterOthers(args);
  let running: Promise<void> | undefined;
  // A run retries until it succeeds. While it retries, a scheduled run is not started.
  const begin = (work: () => Promise<void>): void => {
    running ??= work()
      .catch((error: unknown) => log.error(errorMessage(error)))
      .finally(() => (running = undefined));
  };
  const timer = schedule(settings.schedule, settings.timezone, () =>
    begin(() => attemptUntilItSucceeds(args)),
  );
  const http = await serveHttp(
    {
      metrics: async () => renderMetrics(await currentMetrics(places, timer.next())),
      health: async () => {
        const status = await readStatus(places.status);
        if (status.lastAttempt?.state !== 'running') return healthOf(status);
        await clearAfterOthers(args);
        return healthOf(await readStatus(places.status));
      },
    },
    httpPort,
  );
  log.info(`serving: the next backup is due at ${String(timer.next()?.toISOString())}`, {
    schedule: settings.schedule,
    timezone: settings.timezone,
  });
  if (await isDueNow(args)) begin(() => firstBackup(args));
  await aborted(signal);
  timer.stop();
  await running;
  http.close();
  http.closeAllConnections();
  log.info('stopped');
}

/** A killed run releases the lock without updating the status. If the lock is held, its process is alive and cleans up itself. */
async function clearAfterOthers({ places, log }: ServeArgs): Promise<void> {
  const lock = await takeLock(places.lock);
  if (lock === undefined) return;
  try {
    await clearLeftOvers(places, log);
  } finally {
    await lock.release();
  }
}

/**
 * Whether a backup is due: no backup is encrypted for all current recipients, the last attempt failed, or a scheduled
 * time passed while the container was not running.
 */
async function isDueNow({ settings, places }: ServeArgs): Promise<boolean> {
  const known = await knownBackups(places);
  if (!known.some((one) => one.state !== 'damaged' && isReadableByAll(one.manifest, settings)))
    return true;
  const { lastAttempt } = await readStatus(places.status);
  if (lastAttempt === null || lastAttempt.state === 'failed') return true;
  return isOverdue(
    settings.schedule,
    settings.timezone,
    new Date(lastAttempt.startedAt),
    new Date(),
  );
}

async function firstBackup(args: ServeArgs): Promise<void> {
  await serverAnswers(args);
  await attemptUntilItSucceeds(args);
}

/** Waits for the server. The first start of a stack takes some time, which is not a failed backup. */
async function serverAnswers({ settings, log, signal }: ServeArgs): Promise<void> {
  for (let waitSec = FIRST_WAIT_SEC; !signal.aborted; waitSec = longer(waitSec)) {
    try {
      const access = await login(settings.server);
      try {
        const { client } = await connect(access, settings.server.database ?? 'postgres');
        await client.end();
        return;
      } finally {
        await access.dispose();
      }
    } catch (error) {
      log.info(`waiting for the server: ${errorMessage(error)}`);
      await pause(waitSec, signal);
    }
  }
}

async function attemptUntilItSucceeds(args: ServeArgs): Promise<void> {
  const { log, signal } = args;
  for (let waitSec = FIRST_RETRY_SEC; !signal.aborted; waitSec = longer(waitSec)) {
    const outcome: Outcome = await attemptBackup({ ...args, label: null });
    if (outcome.state === 'succeeded') return;
    if (outcome.state === 'busy') {
      log.info('another run is in progress: this run is skipped');
      return;
    }
    log.info(`next attempt in ${String(waitSec)} s`);
    await pause(waitSec, signal);
  }
}

/** The result of the health check of the container. */
export function healthOf({ lastAttempt, lastSuccess }: Status): Health {
  if (lastAttempt?.state === 'failed') {
    return { healthy: false, reason: `the last backup failed: ${String(lastAttempt.reason)}` };
  }
  if (lastAttempt?.state === 'running') return { healthy: true, reason: 'a backup is in progress' };
  return {
    healthy: true,
    reason:
      lastSuccess === null ? 'no backup was attempted yet' : `the last backup is ${lastSuccess.id}`,
  };
}

function longer(waitSec: number): number {
  return Math.min(waitSec * 2, LONGEST_WAIT_SEC);
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) {
      done();
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    };
    const timer = setTimeout(finish, seconds * 1000);
    signal.addEventListener('abort', finish, { once: true });
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
