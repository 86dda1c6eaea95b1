import { expect, it } from '@jest/globals';
import {
  failureLines,
  jobLines,
  phaseLines,
  skippedLines,
  slowestLines,
} from '../../../../cli/test-run/summary.ts';

it('the ten slowest files are listed, the slowest first', () => {
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${n}.test.ts`, n]));
  const lines = slowestLines({ ...files, 'slowed.test.ts': 61 });
  expect(lines).toHaveLength(11);
  expect(lines[1]).toBe('  1 min 01 s  slowed.test.ts');
  expect(lines[2]).toBe('        11 s  f11.test.ts');
});

it('jobs are listed with wall time and the processor time of their processes, the longest first', () => {
  const jobs = [
    { name: 'types', wallSec: 10, cpuSec: 9 },
    { name: 'unit', wallSec: 90, cpuSec: 150 },
  ];
  expect(jobLines(jobs)).toEqual([
    'JOB    WALL        ITS PROCESSES',
    'unit   1 min 30 s  2 min 30 s',
    'types  10 s        9 s',
  ]);
  expect(jobLines(jobs.slice(1))).toEqual([]);
});

it('phases are listed with wall and processor time, load and memory', () => {
  const lines = phaseLines([{ name: 'tests', wallSec: 90, cpuSec: 120 }], {
    load: 2.25,
    peakBytes: 3.5 * 1024 ** 3,
  });
  expect(lines).toEqual([
    'PHASE  WALL        PROCESSOR',
    'tests  1 min 30 s  2 min 00 s',
    'load average 2.3, memory in use at most 3.5 GiB',
  ]);
});

it('failures fit in the last 40 lines of the output, however many there are', () => {
  const failure = { file: 'a.test.ts', test: 'a server starts', cause: 'Error: no' };
  expect(failureLines([failure])).toEqual(['✗ a.test.ts › a server starts', '    Error: no']);
  const lines = failureLines(Array.from({ length: 100 }, () => failure));
  expect(lines.length).toBeLessThan(38);
  expect(lines.at(-1)).toBe('… and 88 more failures, above');
});

it('what did not run is named', () => {
  expect(skippedLines([])).toEqual([]);
  expect(skippedLines(['test/stack/a.test.ts'])).toEqual([
    'not run, as the budget is used up: test/stack/a.test.ts',
  ]);
});
