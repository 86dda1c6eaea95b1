/** Waits until a service answers, as long as it gets somewhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Progress, type Activity } from './progress.ts';

/** What the engine says about the container. */
export interface State {
  readonly running: boolean;
  readonly restarting: boolean;
  /** How often the engine has started it again after it ended. */
  readonly restarts: number;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
}

export interface Answer {
  readonly ready: boolean;
  /** The last line of what the health check said. */
  readonly words: string;
}

/** A container that is waited for. */
export interface Subject {
  /** `plinth-dev-postgres` */
  readonly name: string;
  /** Runs its health check once. */
  ask(): Promise<Answer>;
  /** Undefined when the container is gone. */
  state(): Promise<State | undefined>;
  activity(): Promise<Activity | undefined>;
  /** The newest log lines, as sentences. */
  lines(count: number): Promise<readonly string[]>;
}

export interface Waiting {
  /** Says how far it is, on a long wait. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly now?: () => number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const FIRST_PAUSE_MS = 200;
const GROWTH = 1.3;
const LONGEST_PAUSE_MS = 5_000;
/** A service that is ready within this time is not looked at more closely. */
const CLOSER_AFTER_MS = 5_000;
const SAY_EVERY_MS = 15_000;
/** This long without any progress means that there will be none. */
export const PATIENCE_MS = 180_000;
/** A service may end while what it needs is not there yet, but not for ever. */
export const MOST_RESTARTS = 5;
const WATCHED_LINES = 50;
const SHOWN_LINES = 8;

/**
 * Returns when the service is ready.
 *
 * @throws an error in sentences when the container is gone, ends again and again, or makes no progress
 */
export async function waitUntilReady(subject: Subject, waiting: Waiting): Promise<void> {
  const { say, signal, now = Date.now, pause = wait } = waiting;
  const begun = now();
  const progress = new Progress(begun);
  let restartsAtFirst: number | undefined;
  let saidAt = begun;
  for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(ms * GROWTH, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const { ready, words } = await subject.ask();
    if (ready) return;
    const state = await subject.state();
    restartsAtFirst ??= state?.restarts;
    const ended = endOf(state, restartsAtFirst ?? 0);
    if (ended !== undefined) throw await failure(subject, `${subject.name} ${ended}`, words);
    if (now() - begun > CLOSER_AFTER_MS) {
      const look = {
        words,
        lines: await subject.lines(WATCHED_LINES),
        activity: await subject.activity(),
      };
      if (progress.idleMs(now(), look) > PATIENCE_MS) {
        const waited = `${subject.name} is not ready after ${seconds(now() - begun)}`;
        const idle = `nothing has moved in it for ${seconds(PATIENCE_MS)}`;
        throw await failure(subject, `${waited}, and ${idle}`, words);
      }
    }
    if (now() - saidAt >= SAY_EVERY_MS) {
      saidAt = now();
      say(`waiting for ${subject.name} for ${seconds(now() - begun)}: ${words}`);
    }
    await pause(ms, signal);
  }
}

/** Why it is of no use to wait; undefined while it is. */
function endOf(state: State | undefined, restartsAtFirst: number): string | undefined {
  if (state === undefined) return 'was removed while it was waited for';
  const how = state.outOfMemory
    ? 'for want of memory: its limit is too low'
    : `with exit code ${state.exitCode}`;
  const restarts = state.restarts - restartsAtFirst;
  if (restarts >= MOST_RESTARTS) return `ended ${restarts} times, the last time ${how}`;
  if (!state.running && !state.restarting) return `was stopped, ${how}`;
  return undefined;
}

async function failure(subject: Subject, what: string, words: string): Promise<Error> {
  const lines = await subject.lines(SHOWN_LINES).catch(() => []);
  const check = words === '' ? [] : [`Its health check says: ${words}`];
  const log =
    lines.length === 0
      ? ['It has logged nothing.']
      : ['Its last log lines:', ...lines.map((line) => `  ${line}`)];
  const next = `Look at 'docker logs ${subject.name}', then run the update again: it goes on waiting.`;
  return new Error([`${what}.`, ...check, ...log, next].join('\n'));
}

export function seconds(ms: number): string {
  const all = Math.round(ms / 1000);
  return all < 120 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
}

/** Ends at once when the update is canceled. */
function wait(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal });
}
