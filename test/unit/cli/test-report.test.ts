import { describe, expect, it } from '@jest/globals';
import { closingLine, totals } from '../../../cli/test-report.ts';

const report = (numPassedTests: number, numFailedTests = 0, numRuntimeErrorTestSuites = 0) => ({
  numPassedTests,
  numFailedTests,
  numPendingTests: 1,
  numRuntimeErrorTestSuites,
});

describe('totals', () => {
  it('adds up the runs', () => {
    expect(totals([report(3), report(2, 1)])).toEqual({ passed: 5, failed: 1, skipped: 2 });
  });
  it('counts a file that could not be run, and a run that died, as failures', () => {
    expect(totals([report(3, 0, 2), undefined])).toEqual({ passed: 3, failed: 3, skipped: 1 });
  });
  it('closes with one plain line', () => {
    expect(closingLine(totals([report(3)]))).toBe('3 passed, 0 failed');
  });
});
