// The main loop of the pitr container: prepares the repository, runs due backups and verifications, and measures the
// archive lag.

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { errorMessage, type Log } from '../../lib/json-log.ts';
import { metricsOf, type LiveState } from './facts.ts';
import type { RepositoryInfo } from './info.ts';
import { check, prepareRepository, takeBackup, verify } from './jobs.ts';
import { ArchiveLag } from './lag.ts';
import { LOCKED, PgbackrestFailed } from './pgbackrest.ts';
import { readInfo, readRepository } from './repository.ts';
import { dueTimes, taskDue, type Task } from './schedule.ts';
import { ServerSession, writeHeartbeat, type ArchiverState } from './server.ts';
import type { PointInTimeSettings } from './settings.ts';

export interface ServeArgs {
  readonly settings: PointInTimeSettings;
  readonly timezone: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 5_000;
/** Longer, because the repository may be remote. */
const PLAN_EVERY_MS = 30_000;
/** Interval of heartbeats while nothing is committed. Each uses a WAL segment; the alerts need one this often. */
const HEARTBEAT_AFTER_SEC = 300;
const RETRY_AFTER_MS = { first: 60_000, most: 60 * 60_000 };
const MEASURE_EVERY_MS = 10 * 60_000;
const LIVE_FILE = '/tmp/pitr.live.json';
const VERIFY_FAILED_FILE = '/tmp/pitr.verify-failed';

/** The last state that `serve` wrote in this container; undefined if it does not run. */
export function liveState(): LiveState | undefined {
  try {
    return JSON.parse(readFileSync(LIVE_FILE, 'utf8')) as LiveState;
  } catch {
    return undefined;
  }
}

/** Stores the result of a verification in this container, scheduled or manual. */
export function noteVerified(problems: readonly string[]): void {
  if (problems.length === 0) rmSync(VERIFY_FAILED_FILE, { force: true });
  else writeFileSync(VERIFY_FAILED_FILE, `${problems.join('\n')}\n`);
}

function lastVerifyFailed(): boolean {
  return existsSync(VERIFY_FAILED_FILE);
}

/** Runs until the signal aborts. */
export class PointInTimeService {
  readonly #args: ServeArgs;
  readonly #lag = new ArchiveLag();
  readonly #server = new ServerSession();
  #info: RepositoryInfo | undefined;
  #archiver: ArchiverState | undefined;
  #repositoryBytes = 0;
  #measuredAt = 0;
  #backupFailed = false;
  #failures = 0;
  #notBefore = 0;
  #problem: string | undefined = 'the repository is not ready yet';

  constructor(args: ServeArgs) {
    this.#args = args;
  }

  /** Why it is not healthy; undefined if it is healthy. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The current metrics; empty until the first values are known. */
  metrics(): ReturnType<typeof metricsOf> {
    const live = this.#live();
    return this.#info === undefined || live === undefined ? {} : metricsOf(this.#info, live);
  }

  async run(): Promise<void> {
    const { signal } = this.#args;
    await this.#prepare();
    await Promise.all([this.#watch(), this.#work()]);
    await this.#server.end();
    signal.throwIfAborted();
  }

  async #prepare(): Promise<void> {
    const { log, signal } = this.#args;
    for (let delay = 1000; !signal.aborted; delay = Math.min(30_000, delay * 2)) {
      try {
        await this.#look();
        const done = await prepareRepository({ signal });
        if (done === 'upgraded') {
          log.warn(
            'the repository belongs to another cluster: it now also stores this cluster, and older backups can still be restored',
          );
        }
        await check({ signal }).catch((error: unknown) => {
          // Gaps in older WAL must not prevent new backups.
          if (error instanceof PgbackrestFailed) throw error;
          log.error('the repository is incomplete', { reason: errorMessage(error) });
        });
        this.#info = await readInfo(signal);
        this.#problem = undefined;
        log.info('the repository is ready', { backups: this.#info.backups.length });
        return;
      } catch (error) {
        if (this.#stopped()) return;
        this.#problem = errorMessage(error);
        log.warn('the repository is not ready', { reason: this.#problem });
      }
      await pause(delay, signal);
    }
  }

  /** Measures the archive lag periodically. */
  async #watch(): Promise<void> {
    const { log, signal } = this.#args;
    let away = false;
    while (!signal.aborted) {
      try {
        await this.#look();
        if (away) log.info('the server answers again');
        away = false;
      } catch (error) {
        if (!away) log.warn('the server does not answer', { reason: errorMessage(error) });
        away = true;
      }
      await pause(LOOK_EVERY_MS, signal);
    }
  }

  async #look(): Promise<void> {
    const state = await this.#server.archiverState();
    const failedBefore = this.#archiver?.failing ?? false;
    if (state.failing && !failedBefore) {
      this.#args.log.warn('archiving of WAL fails: the server keeps the WAL and retries', {
        failedCount: state.failedCount,
      });
    }
    if (!state.failing && failedBefore) this.#args.log.info('WAL is archived again');
    this.#archiver = state;
    this.#lag.look(state);
    this.#keepLive();
    const idleSec = (state.at - (this.#lag.idleSince ?? state.at)) / 1_000_000;
    if (idleSec >= HEARTBEAT_AFTER_SEC) await writeHeartbeat();
  }

  async #work(): Promise<void> {
    const { log, signal, settings, timezone } = this.#args;
    while (!signal.aborted) {
      try {
        const now = new Date();
        // Includes manual backups.
        this.#info = await readInfo(signal);
        if (now.getTime() - this.#measuredAt > MEASURE_EVERY_MS) await this.#measure();
        const due = dueTimes(this.#info, settings.schedule, timezone, now);
        const task = now.getTime() < this.#notBefore ? undefined : taskDue(due, now);
        if (task !== undefined) await this.#do(task);
      } catch (error) {
        if (this.#stopped()) return;
        log.error('the repository cannot be read', { reason: errorMessage(error) });
        this.#backupFailed = true;
      }
      await pause(PLAN_EVERY_MS, signal);
    }
  }

  async #measure(): Promise<void> {
    this.#repositoryBytes = (await readRepository(this.#args.signal)).bytes;
    this.#measuredAt = Date.now();
  }

  async #do(task: Task): Promise<void> {
    const { log, signal } = this.#args;
    const started = performance.now();
    const details = () => ({ task, seconds: Math.round((performance.now() - started) / 100) / 10 });
    try {
      if (task === 'verify') {
        const problems = await verify({ signal });
        noteVerified(problems);
        if (problems.length > 0) throw new Error(problems.join('; '));
      } else {
        await takeBackup(task, { signal });
        this.#backupFailed = false;
        // Creates the first commit that can be a recovery target.
        await writeHeartbeat();
      }
      this.#failures = 0;
      log.info(`${task} done`, details());
      this.#info = await readInfo(signal);
      await this.#measure();
    } catch (error) {
      if (this.#stopped()) return;
      if (error instanceof PgbackrestFailed && error.code === LOCKED) return;
      if (task !== 'verify') this.#backupFailed = true;
      const delay = Math.min(RETRY_AFTER_MS.most, RETRY_AFTER_MS.first * 2 ** this.#failures);
      this.#failures += 1;
      this.#notBefore = Date.now() + delay;
      log.error(`${task} failed`, {
        ...details(),
        reason: errorMessage(error),
        retryInSec: delay / 1000,
      });
    }
  }

  #stopped(): boolean {
    return this.#args.signal.aborted;
  }

  #live(): LiveState | undefined {
    if (this.#archiver === undefined) return undefined;
    return {
      archiveLagSec: this.#lag.seconds,
      archiver: this.#archiver,
      repositoryBytes: this.#repositoryBytes,
      lastAttemptFailed: this.#backupFailed,
      lastVerifyFailed: lastVerifyFailed(),
    };
  }

  #keepLive(): void {
    writeFileSync(`${LIVE_FILE}.new`, JSON.stringify(this.#live()));
    renameSync(`${LIVE_FILE}.new`, LIVE_FILE);
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}
