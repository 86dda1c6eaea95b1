// Which test job starts next. Pure: time comes in as a number.

/** One child process of the test run: the type check, the unit tests, or one file of stack tests. */
export interface Job {
  /** What the summary calls it: `types`, `unit` or the file's path below the checkout. */
  readonly name: string;
  /** Wall time of the last good run. Undefined for a new file. */
  readonly expectedSec: number | undefined;
  /** Jobs of a lower rank start first; within a rank, the longest. */
  readonly rank: number;
  /** Whether the job runs even if the budget is too small for it. */
  readonly always: boolean;
}

/** A job that has started. */
export interface Started {
  readonly job: Job;
  readonly startedSec: number;
  /** Undefined while it runs. */
  readonly endedSec: number | undefined;
}

/** What a file is assumed to take before it has been measured. */
const UNKNOWN_SEC = 180;
/** Estimates are that much too low before a job is left out too late. */
const MARGIN = 1.1;

/** The order in which jobs start. */
export function inOrder(jobs: readonly Job[]): Job[] {
  const length = ({ expectedSec = UNKNOWN_SEC }: Job): number => expectedSec;
  return [...jobs].sort(
    (a, b) => a.rank - b.rank || length(b) - length(a) || a.name.localeCompare(b.name),
  );
}

/**
 * How many times slower than the recorded durations the ended jobs were together. Never below 1, as a fast start is no
 * promise.
 */
export function measuredSlowness(started: readonly Started[]): number {
  const ended = started.filter(
    ({ job, endedSec }) => job.expectedSec !== undefined && endedSec !== undefined,
  );
  const sum = (of: (one: Started) => number): number =>
    ended.reduce((total, one) => total + of(one), 0);
  const expected = sum(({ job }) => job.expectedSec ?? 0);
  const took = sum(({ startedSec, endedSec }) => (endedSec ?? startedSec) - startedSec);
  return Math.max(1, expected > 0 ? took / expected : 1);
}

/** The same, with jobs that still run and are late already. */
export function slowness(started: readonly Started[], nowSec: number): number {
  const running = started
    .filter(({ job, endedSec }) => job.expectedSec !== undefined && endedSec === undefined)
    .map(({ job, startedSec }) => (nowSec - startedSec) / (job.expectedSec ?? UNKNOWN_SEC));
  return Math.max(measuredSlowness(started), ...running);
}

/** Whether a job that starts now ends within the budget, in seconds since the run began. */
export function fits(
  job: Job,
  slow: number,
  nowSec: number,
  budgetSec: number | undefined,
): boolean {
  if (budgetSec === undefined || job.always) return true;
  return nowSec + (job.expectedSec ?? UNKNOWN_SEC) * slow * MARGIN <= budgetSec;
}

/** After how many seconds a job counts as hung: generous, as a slow machine must not look like a hang. */
export function timeLimitSec(job: Job, slow: number): number {
  return 10 * 60 + 4 * (job.expectedSec ?? UNKNOWN_SEC) * slow;
}
