// The closing lines of a test run. Pure.

import { duration } from '../../lib/progress.ts';
import { table } from '../table.ts';
import type { Durations } from './durations.ts';
import type { Failure } from './report.ts';

const SLOWEST = 10;
/** A failed run must name its causes in the last 40 lines of the output. */
const MOST_FAILURES = 12;
const GIB = 1024 ** 3;

export interface Phase {
  readonly name: string;
  readonly wallSec: number;
  /** Processor time of the whole machine, containers and daemons included. */
  readonly cpuSec: number;
}

/** What one job took: its own processes, without containers and daemons. */
export interface JobCost {
  readonly name: string;
  readonly wallSec: number;
  readonly cpuSec: number;
}

/** The files that took longest. */
export function slowestLines(files: Durations): string[] {
  const rows = Object.entries(files)
    .sort(([, a], [, b]) => b - a)
    .slice(0, SLOWEST)
    .map(([file, seconds]) => [duration(seconds * 1000).padStart(12), file]);
  return rows.length === 0 ? [] : ['slowest files', ...table(rows).split('\n')];
}

/** What every job took, the longest first. */
export function jobLines(jobs: readonly JobCost[]): string[] {
  const rows = [...jobs]
    .sort((a, b) => b.wallSec - a.wallSec)
    .map(({ name, wallSec, cpuSec }) => [name, duration(wallSec * 1000), duration(cpuSec * 1000)]);
  return rows.length < 2 ? [] : table([['JOB', 'WALL', 'ITS PROCESSES'], ...rows]).split('\n');
}

/** Wall and processor time of each phase, and what the machine did otherwise. */
export function phaseLines(
  phases: readonly Phase[],
  machine: { readonly load: number; readonly peakBytes: number },
): string[] {
  const rows = phases.map(({ name, wallSec, cpuSec }) => [
    name,
    duration(wallSec * 1000),
    duration(cpuSec * 1000),
  ]);
  return [
    ...table([['PHASE', 'WALL', 'PROCESSOR'], ...rows]).split('\n'),
    `load average ${machine.load.toFixed(1)}, memory in use at most ${(machine.peakBytes / GIB).toFixed(1)} GiB`,
  ];
}

export function failureLines(failures: readonly Failure[]): string[] {
  const left = failures.length - MOST_FAILURES;
  return [
    ...failures
      .slice(0, MOST_FAILURES)
      .flatMap(({ file, test, cause }) => [`✗ ${file} › ${test}`, `    ${cause}`]),
    ...(left > 0 ? [`… and ${left} more failures, above`] : []),
  ];
}

export function skippedLines(skipped: readonly string[]): string[] {
  if (skipped.length === 0) return [];
  return [`not run, as the budget is used up: ${skipped.join(', ')}`];
}
