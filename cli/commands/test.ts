import { loadavg } from 'node:os';
import { join } from 'node:path';
import { places } from '../../lib/paths.ts';
import { setup, SetupFailed } from '../../bootstrap/setup.ts';
import { text, UsageError, type Command, type Values } from '../command.ts';
import { readDurations, writeDurations } from '../test-run/durations.ts';
import { argumentsOf, stackJobs, unitJobs } from '../test-run/jobs.ts';
import { busySec, MemoryWatch } from '../test-run/machine.ts';
import { closingLine, none, sum, type Failure } from '../test-run/report.ts';
import { runJobs, type JobOutcome } from '../test-run/run.ts';
import type { Job } from '../test-run/schedule.ts';
import {
  failureLines,
  jobLines,
  phaseLines,
  skippedLines,
  slowestLines,
  type Phase,
} from '../test-run/summary.ts';
import { parseTimeSpan } from '../time-options.ts';

const DEFAULT_LANES = 4;
const MOST_LANES = 16;

const say = (line: string): void => console.error(line);

/** The work, and what it cost the whole machine. */
async function phase<T>(name: string, phases: Phase[], work: () => Promise<T>): Promise<T> {
  const [begun, busy] = [performance.now(), busySec()];
  try {
    return await work();
  } finally {
    phases.push({ name, wallSec: (performance.now() - begun) / 1000, cpuSec: busySec() - busy });
  }
}

/** Provides what stack tests need; what is missing is a failure of the run, not its end. */
async function provide(phases: Phase[]): Promise<readonly Failure[]> {
  try {
    await phase('set-up', phases, () => setup());
    return [];
  } catch (error) {
    if (!(error instanceof SetupFailed)) throw error;
    return error.problems.map((cause) => ({ file: 'set-up', test: 'npx plinth setup', cause }));
  }
}

function lanesOf(values: Values): number {
  const typed = text(values, 'lanes');
  if (typed === undefined) return DEFAULT_LANES;
  const lanes = Number(typed);
  if (Number.isInteger(lanes) && lanes >= 1 && lanes <= MOST_LANES) return lanes;
  throw new UsageError(
    `--lanes is ${JSON.stringify(typed)}, but must be a whole number from 1 to ${MOST_LANES}`,
  );
}

/** Seconds by job, and by file for the unit tests, which are one job. */
function durations(outcomes: readonly JobOutcome[]): Record<string, number> {
  const ended = outcomes.filter(({ state }) => state === 'ended');
  return Object.fromEntries(
    ended.flatMap(({ job, wallSec, files }) => [...Object.entries(files), [job.name, wallSec]]),
  );
}

function finish(
  outcomes: readonly JobOutcome[],
  missing: readonly Failure[],
  phases: readonly Phase[],
  memory: MemoryWatch,
): number {
  const failures = [...outcomes.flatMap((outcome) => outcome.failures), ...missing];
  const totals = sum([
    ...outcomes.map((outcome) => outcome.totals),
    { ...none, failed: missing.length },
  ]);
  const files = Object.fromEntries(outcomes.flatMap((outcome) => Object.entries(outcome.files)));
  const unfinished = outcomes.filter(({ state }) => state !== 'ended');
  const machine = { load: loadavg()[0] ?? 0, peakBytes: memory.stop() };
  for (const lines of [
    jobLines(outcomes.map(({ job, wallSec, cpuSec }) => ({ name: job.name, wallSec, cpuSec }))),
    slowestLines(files),
    phaseLines(phases, machine),
    skippedLines(unfinished.map(({ job }) => job.name)),
    failureLines(failures),
  ]) {
    if (lines.length > 0) say(`\n${lines.join('\n')}`);
  }
  if (totals.passed + totals.failed === 0) say('plinth: no test was run');
  console.log(`\n${closingLine(totals)}`);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

export const command: Command = {
  summary: 'run the tests: type check, unit and component tests, and real environments',
  details:
    'Ends with one line, "N passed, N failed". Words after the options choose test files by their path.\n' +
    'Stack tests run in parallel lanes, the longest files first. With --budget no file starts that cannot end in time\n' +
    'at the speed measured so far; files that did not run are listed, and counted as skipped.',
  options: {
    unit: { type: 'boolean', help: 'only what needs neither Docker nor Pulumi' },
    stack: { type: 'boolean', help: 'only the real environments' },
    full: { type: 'boolean', help: 'every repetition of every test, as in the nightly run' },
    budget: { type: 'string', value: '<time>', help: 'end within this time, set-up included: 75m' },
    lanes: {
      type: 'string',
      value: '<n>',
      help: `how many jobs run at a time (default: ${DEFAULT_LANES})`,
    },
    record: { type: 'boolean', help: 'keep the durations of this run in test/durations.json' },
  },
  positionals: '[path …]',
  run: async (values, words) => {
    const begun = performance.now();
    const { root } = places();
    const budget = text(values, 'budget');
    const budgetMs = budget === undefined ? undefined : parseTimeSpan('budget', budget);
    const lanes = lanesOf(values);
    const memory = new MemoryWatch();
    const phases: Phase[] = [];
    const known = readDurations(root);
    const both = values['unit'] !== true && values['stack'] !== true;
    const stack = both || values['stack'] === true ? stackJobs(root, words, known) : [];
    const unit = both || values['unit'] === true ? unitJobs(known, words) : [];
    const missing = stack.length === 0 ? [] : await provide(phases);
    // What can be tested without the missing parts is tested.
    const jobs: readonly Job[] = missing.length === 0 ? [...unit, ...stack] : unit;
    const outcomes = await phase('tests', phases, () =>
      runJobs(jobs, {
        root,
        lanes,
        commandOf: (job, report) =>
          argumentsOf(job, { root, report, words, alone: jobs.length === 1 }),
        say,
        budgetSec:
          budgetMs === undefined ? undefined : (budgetMs - (performance.now() - begun)) / 1000,
        env: {
          // Tests that start Node themselves get this one.
          PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
          ...(values['full'] === true ? { PLINTH_TEST_FULL: '1' } : {}),
        },
      }),
    );
    const code = finish(outcomes, missing, phases, memory);
    writeDurations(root, durations(outcomes), values['record'] === true && code === 0);
    return code;
  },
};
