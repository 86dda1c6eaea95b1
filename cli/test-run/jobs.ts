// What a test run consists of: the type check, the unit tests, and the stack tests file by file.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Durations } from './durations.ts';
import type { Job } from './schedule.ts';

const STACK_FOLDER = 'test/stack';
/** The environments that most stack tests share, step by step. */
const CHAINS = ['environment', 'lifecycle'].map((name) => `${STACK_FOLDER}/${name}.test.ts`);

/** Names of the steps that a chain runs. */
function stepsOf(source: string): string[] {
  return [...source.matchAll(/'\.\/steps\/([\w-]+)\.ts'/g)].map(([, step = '']) => step);
}

/**
 * The files of stack tests.
 *
 * @param words choose files by path, and chains by the names of their steps; none choose all
 */
export function stackJobs(
  root: string,
  words: readonly string[],
  durations: Durations,
): readonly Job[] {
  return readdirSync(join(root, STACK_FOLDER))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `${STACK_FOLDER}/${file}`)
    .filter((name) => {
      const names = [name, ...stepsOf(readFileSync(join(root, name), 'utf8'))];
      return words.length === 0 || words.some((word) => names.some((one) => one.includes(word)));
    })
    .map((name) => ({
      name,
      expectedSec: durations[name],
      rank: CHAINS.includes(name) ? 0 : 1,
      always: false,
    }));
}

/**
 * The type check and the unit tests: the cheapest proofs, which run whatever the budget is.
 *
 * @param words choose unit test files; the type check runs where all of them do
 */
export function unitJobs(durations: Durations, words: readonly string[]): readonly Job[] {
  return (words.length === 0 ? ['types', 'unit'] : ['unit']).map((name) => ({
    name,
    expectedSec: durations[name],
    rank: 0,
    always: true,
  }));
}

/** The command line of a job. */
export function argumentsOf(
  { name }: Job,
  options: { root: string; report: string; words: readonly string[]; alone: boolean },
): string[] {
  const { root, report, words, alone } = options;
  const bin = (path: string): string[] => [process.execPath, join(root, 'node_modules', path)];
  if (name === 'types') return [...bin('typescript/bin/tsc'), '--noEmit'];
  const jest = [...bin('jest/bin/jest.js'), '--json', '--outputFile', report];
  if (name === 'unit') {
    return [
      ...jest,
      // Before --selectProjects, which takes every word that follows it.
      ...words,
      ...(alone ? [] : ['--maxWorkers', '2']),
      ...['--passWithNoTests', '--selectProjects', 'unit'],
    ];
  }
  return [...jest, '--runTestsByPath', name, '--selectProjects', 'stack'];
}
