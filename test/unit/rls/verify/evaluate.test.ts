import { describe, expect, it } from '@jest/globals';
import { evaluate, withControl } from '../../../../rls/verify/evaluate.ts';
import type { Expectation } from '../../../../rls/verify/matrix.ts';
import type { Attempt } from '../../../../rls/verify/session.ts';

const ATTEMPTS: Record<string, Attempt> = {
  'no rows': { kind: 'rows', reached: 0 },
  'its row': { kind: 'rows', reached: 1 },
  'its row and strangers': { kind: 'rows', reached: 1, strangers: 3 },
  'none of those, others': { kind: 'rows', reached: 0, total: 7 },
  refused: { kind: 'refused', message: 'permission denied' },
  'stopped late': { kind: 'stopped late', message: 'let in, then: duplicate key' },
  error: { kind: 'error', message: 'canceling statement due to statement timeout' },
};

/** Outcomes in the order of ATTEMPTS. */
const outcomes = (expects: Expectation): string =>
  Object.values(ATTEMPTS)
    .map((attempt) => evaluate({ expects, command: 'UPDATE' }, attempt).outcome)
    .join(' ');

describe('the verdict', () => {
  it.each([
    ['reaches', 'vacuous held leaked vacuous vacuous held vacuous'],
    ['nothing', 'held leaked leaked leaked held leaked vacuous'],
    ['refused', 'vacuous leaked leaked vacuous held leaked vacuous'],
    ['denied', 'leaked leaked leaked leaked held leaked vacuous'],
    ['allowed', 'held held held held vacuous held vacuous'],
  ] as const)('of a case that expects %s', (expects, expected) => {
    expect(outcomes(expects)).toBe(expected);
  });

  it('takes a COPY that was let in for a leak, rows or none', () => {
    const copied = evaluate(
      { expects: 'refused', command: 'COPY FROM' },
      { kind: 'rows', reached: 0 },
    );
    expect(copied).toEqual({
      expected: 'refused by row security',
      got: 'let in',
      outcome: 'leaked',
    });
  });

  it('says what is known and said, instead of a leak', () => {
    const one = { expects: 'nothing', command: 'SELECT', accepted: 'any SQL can' } as const;
    expect(evaluate(one, { kind: 'rows', reached: 2 })).toEqual({
      expected: 'no rows',
      got: '2 rows (any SQL can)',
      outcome: 'acknowledged',
    });
  });

  it('proves nothing without its control', () => {
    const held = evaluate({ expects: 'nothing', command: 'SELECT' }, { kind: 'rows', reached: 0 });
    const failed = evaluate(
      { expects: 'reaches', command: 'SELECT' },
      { kind: 'rows', reached: 0 },
    );
    expect(withControl(held, failed)).toEqual({
      expected: 'no rows',
      got: 'no rows, but the control failed: in its own context the tenant got no rows',
      outcome: 'vacuous',
    });
    const leaked = evaluate(
      { expects: 'nothing', command: 'SELECT' },
      { kind: 'rows', reached: 1 },
    );
    expect(withControl(leaked, failed)).toBe(leaked);
  });
});
