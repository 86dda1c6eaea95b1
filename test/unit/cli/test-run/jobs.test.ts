import { describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { argumentsOf, stackJobs, unitJobs } from '../../../../cli/test-run/jobs.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const names = (...words: string[]): string[] => stackJobs(root, words, {}).map(({ name }) => name);

describe('stack tests', () => {
  it('are all files of the folder when no word chooses', () => {
    expect(names()).toContain('test/stack/pitr.test.ts');
    expect(names().length).toBeGreaterThan(10);
  });

  it('are chosen by path, and chains by the name of a step', () => {
    expect(names('pitr')).toEqual(['test/stack/pitr.test.ts']);
    expect(names('kept-data')).toEqual(['test/stack/lifecycle.test.ts']);
    expect(names('fresh')).toEqual(['test/stack/environment.test.ts']);
    expect(names('no-such-file')).toEqual([]);
  });

  it('of chains start first, with their recorded durations', () => {
    const jobs = stackJobs(root, [], { 'test/stack/pitr.test.ts': 33 });
    expect(jobs.filter(({ rank }) => rank === 0)).toHaveLength(2);
    expect(jobs.find(({ name }) => name.includes('pitr'))).toMatchObject({
      expectedSec: 33,
      always: false,
    });
  });
});

it('the type check runs with all unit tests, not with chosen ones', () => {
  expect(unitJobs({}, []).map(({ name }) => name)).toEqual(['types', 'unit']);
  expect(unitJobs({}, ['config']).map(({ name }) => name)).toEqual(['unit']);
});

it('words that choose unit tests stand before --selectProjects, which takes all that follow it', () => {
  const [unit] = unitJobs({}, ['config']);
  const args = argumentsOf(unit!, { root, report: '/r', words: ['config'], alone: true });
  expect(args.indexOf('config')).toBeLessThan(args.indexOf('--selectProjects'));
  expect(args.at(-1)).toBe('unit');
});
