// A test run: jobs in parallel lanes, each a process of its own.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duration } from '../../lib/progress.ts';
import {
  closingLine,
  durationsOf,
  failuresOf,
  none,
  totalsOf,
  type Failure,
  type JestReport,
  type Totals,
} from './report.ts';
import { startJob, type JobResult, type RunningJob } from './run-job.ts';
import {
  fits,
  inOrder,
  measuredSlowness,
  slowness,
  timeLimitSec,
  type Job,
  type Started,
} from './schedule.ts';

export interface RunOptions {
  readonly root: string;
  /** The command line of a job. One that runs Jest writes Jest's JSON report to `report`. */
  readonly commandOf: (job: Job, report: string) => readonly string[];
  readonly lanes: number;
  /** Seconds from now after which no job may still run. @default - no limit */
  readonly budgetSec: number | undefined;
  /** After how long a job is killed, by its expected duration and the measured slowness. @default - generous */
  readonly timeLimitSec?: (job: Job, slow: number) => number;
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

/** What came of one job. */
export interface JobOutcome {
  readonly job: Job;
  /** `cut`: killed when the budget was used up. */
  readonly state: 'ended' | 'skipped' | 'cut';
  readonly totals: Totals;
  readonly failures: readonly Failure[];
  readonly wallSec: number;
  readonly cpuSec: number;
  /** Seconds by file. */
  readonly files: Readonly<Record<string, number>>;
}

/** How often the time limits are looked at. */
const TICK_MS = 1000;
const SIGN_OF_LIFE_SEC = 60;
/** What a running job may exceed the budget by, before it is killed. */
const OVERTIME = 1.12;

/** Runs the jobs, the most important and the longest first. */
export async function runJobs(
  jobs: readonly Job[],
  options: RunOptions,
): Promise<readonly JobOutcome[]> {
  const begun = performance.now();
  const nowSec = (): number => (performance.now() - begun) / 1000;
  const waiting = inOrder(jobs);
  const started: { job: Job; startedSec: number; endedSec: number | undefined }[] = [];
  const outcomes: JobOutcome[] = [];
  const alive = new Set<RunningJob>();

  const lane = async (number: number): Promise<void> => {
    for (;;) {
      const at = waiting.findIndex((job) =>
        fits(job, slowness(started, nowSec()), nowSec(), options.budgetSec),
      );
      const [job] = at < 0 ? [] : waiting.splice(at, 1);
      if (job === undefined) return;
      const entry: (typeof started)[number] = { job, startedSec: nowSec(), endedSec: undefined };
      started.push(entry);
      const outcome = await runJob(job, number, jobs.length === 1, options, alive, () =>
        lateness(entry, started, nowSec(), options),
      );
      entry.endedSec = nowSec();
      outcomes.push(outcome);
    }
  };
  const release = killOnSignal(alive);
  const signs = setInterval(() => {
    const running = started.filter(({ endedSec }) => endedSec === undefined);
    const parts = running.map(
      ({ job, startedSec }) => `${job.name} ${duration((nowSec() - startedSec) * 1000)}`,
    );
    if (parts.length > 0) options.say(`  … ${parts.join(' · ')}`);
  }, SIGN_OF_LIFE_SEC * 1000);
  try {
    await Promise.all(Array.from({ length: options.lanes }, (_, index) => lane(index + 1)));
  } finally {
    clearInterval(signs);
    release();
  }
  return [...outcomes, ...waiting.map((job) => unfinished(job, 'skipped'))];
}

/** Why a running job has to be killed now; undefined while it may go on. */
function lateness(
  entry: Started,
  all: readonly Started[],
  nowSec: number,
  { budgetSec, timeLimitSec: limitOf = timeLimitSec }: RunOptions,
): 'hung' | 'budget' | undefined {
  if (budgetSec !== undefined && nowSec > budgetSec * OVERTIME) return 'budget';
  const limit = limitOf(entry.job, measuredSlowness(all));
  return nowSec - entry.startedSec > limit ? 'hung' : undefined;
}

async function runJob(
  job: Job,
  lane: number,
  alone: boolean,
  options: RunOptions,
  alive: Set<RunningJob>,
  late: () => 'hung' | 'budget' | undefined,
): Promise<JobOutcome> {
  const { root, env, say } = options;
  const folder = mkdtempSync(join(tmpdir(), 'plinth-job-'));
  const report = join(folder, 'report.json');
  const current = join(folder, 'current-test');
  say(`· ${job.name}`);
  const running = startJob(options.commandOf(job, report), {
    cwd: root,
    env: { ...env, PLINTH_TEST_LANE: String(lane), PLINTH_TEST_CURRENT: current },
    live: alone,
  });
  let killed: ReturnType<typeof late>;
  const guard = setInterval(() => {
    killed ??= late();
    if (killed !== undefined) running.kill();
  }, TICK_MS);
  alive.add(running);
  const result = await running.ended;
  alive.delete(running);
  clearInterval(guard);
  try {
    const read = existsSync(report)
      ? (JSON.parse(readFileSync(report, 'utf8')) as JestReport)
      : undefined;
    const outcome = outcomeOf(job, result, read, killed, { root, test: textOf(current) });
    announce(outcome, result, alone, say);
    return outcome;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outcomeOf(
  job: Job,
  { code, output, wallSec, cpuSec }: JobResult,
  report: JestReport | undefined,
  killed: 'hung' | 'budget' | undefined,
  { root, test }: { readonly root: string; readonly test: string | undefined },
): JobOutcome {
  if (killed === 'budget') return { ...unfinished(job, 'cut'), wallSec, cpuSec };
  const ended = { job, state: 'ended', wallSec, cpuSec } as const;
  if (report !== undefined) {
    const failures = failuresOf(report, root);
    return { ...ended, totals: totalsOf(report), failures, files: durationsOf(report, root) };
  }
  const files = { [job.name]: wallSec };
  if (code === 0) return { ...ended, totals: { ...none, passed: 1 }, failures: [], files };
  const cause =
    killed === 'hung'
      ? `killed after ${duration(wallSec * 1000)}: it hung in this test or after it, or takes several times longer than recorded`
      : `ended with ${code ?? 'a signal'}: ${output.trim().split('\n').slice(0, 3).join(' | ')}`;
  const failures = [{ file: job.name, test: test ?? 'the whole job', cause }];
  return { ...ended, totals: { ...none, failed: 1 }, failures, files };
}

/** Jobs are process groups of their own, which the terminal's Ctrl-C does not reach. */
function killOnSignal(running: ReadonlySet<RunningJob>): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const end = (signal: NodeJS.Signals): void => {
    for (const job of running) job.kill();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  for (const signal of signals) process.on(signal, end);
  return () => signals.forEach((signal) => process.off(signal, end));
}

/** The text of a file; undefined where there is none. */
function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function unfinished(job: Job, state: 'skipped' | 'cut'): JobOutcome {
  const totals = { ...none, skipped: 1 };
  return { job, state, totals, failures: [], wallSec: 0, cpuSec: 0, files: {} };
}

function announce(
  { job, state, totals, failures, wallSec }: JobOutcome,
  { output }: JobResult,
  alone: boolean,
  say: (line: string) => void,
): void {
  const took = duration(wallSec * 1000);
  if (state === 'cut') {
    say(`- ${job.name}: stopped after ${took}, the budget is used up`);
    return;
  }
  if (failures.length > 0 && !alone) say(output.trimEnd());
  say(`${failures.length === 0 ? '✓' : '✗'} ${job.name}: ${closingLine(totals)} (${took})`);
}
