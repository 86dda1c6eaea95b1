import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  databaseNameProblem,
  roleNameProblem,
  slotsOf,
  stackNameProblem,
} from '../../../config/names.ts';
import { runs } from '../../support/runs.ts';

describe('names', () => {
  it.each(['classrooms', 'app2', 'a', 'd'.repeat(63)])('the database %s', (name) => {
    expect(databaseNameProblem(name)).toBeUndefined();
  });

  it('a role leaves room for the names of its logins', () => {
    expect(slotsOf('jobs')).toEqual(['jobs_a', 'jobs_b']);
    expect(roleNameProblem('r'.repeat(61), [])).toBeUndefined();
    expect(roleNameProblem('r'.repeat(62), [])).toBe(
      'but is 62 bytes long, and the limit is 61 (63, minus two for the login suffixes _a and _b): shorten it',
    );
  });

  it('a role is not what another one logs in as', () => {
    expect(roleNameProblem('jobs_b', ['app', 'jobs', 'jobs_b'])).toBe(
      'but that is reserved for a login of jobs: choose another name',
    );
    expect(roleNameProblem('jobs_c', ['app', 'jobs', 'jobs_c'])).toBeUndefined();
  });

  it('whatever is accepted is kept whole by Postgres and needs no quotes in a file', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme', maxLength: 80 }),
    );
    fc.assert(
      fc.property(anything, (name) => {
        if (databaseNameProblem(name) !== undefined) return;
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
        expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      }),
      { numRuns: runs(1000) },
    );
  });

  it('stacks', () => {
    expect(['dev', 'staging-2', 't', 'd'.repeat(30)].map(stackNameProblem)).toEqual(
      Array(4).fill(undefined),
    );
  });
});
