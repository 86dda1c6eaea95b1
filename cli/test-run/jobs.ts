// What a test run consists of: the type check, the unit tests, and the stack tests file by file.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Durations } from './durations.ts';
import type { Job } from './schedule.ts';

const STACK_FOLDER = 'test/stack';
/** The one environment that most stack tests share, step by step. */
const CHAIN = `${STACK_FOLDER}/environment.test.ts`;

/** Whether a name contains one of the words; without words, every name does. */
function chosen(name: string, words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => name.includes(word));
}

export function stackJobs(
  root: string,
  words: readonly string[],
  durations: Durations,
): readonly Job[] {
  return readdirSync(join(root, STACK_FOLDER))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `${STACK_FOLDER}/${file}`)
    .filter((name) => chosen(name, words))
    .map((name) => ({
      name,
      expectedSec: durations[name],
      rank: name === CHAIN ? 0 : 1,
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
