import { describe, expect, it } from '@jest/globals';
import {
  closingLine,
  durationsOf,
  failuresOf,
  none,
  sum,
  totalsOf,
  type JestFile,
  type JestReport,
} from '../../../../cli/test-run/report.ts';

const file = (name: string, more: Partial<JestFile> = {}): JestFile => ({
  name: `/work/${name}`,
  status: 'passed',
  message: '',
  startTime: 1_000,
  endTime: 3_500,
  assertionResults: [],
  ...more,
});
const report = (more: Partial<JestReport> = {}): JestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numRuntimeErrorTestSuites: 0,
  testResults: [],
  ...more,
});

describe('totals', () => {
  it('count a file that could not be run as a failure', () => {
    const counted = totalsOf(report({ numFailedTests: 1, numRuntimeErrorTestSuites: 2 }));
    expect(counted).toEqual({ passed: 3, failed: 3, skipped: 1 });
  });

  it('of several jobs are added up', () => {
    expect(sum([totalsOf(report()), totalsOf(report()), { ...none, failed: 1 }])).toEqual({
      passed: 6,
      failed: 1,
      skipped: 2,
    });
  });
});

describe('the closing line', () => {
  it('is plain when all tests ran', () => {
    expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  });

  it('counts what was skipped', () => {
    expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });
});

describe('failures', () => {
  it('name file, test and the first lines of the cause, without colours and stack', () => {
    const failed = {
      fullName: 'a server starts',
      status: 'failed',
      failureMessages: ['\u001B[31mError: no\u001B[39m\n\n    at x (y.ts:1)\nmore'],
    };
    const passed = { fullName: 'a server stops', status: 'passed', failureMessages: [] };
    const found = failuresOf(
      report({
        testResults: [file('test/a.test.ts', { assertionResults: [failed, passed] })],
      }),
      '/work',
    );
    expect(found).toEqual([
      { file: 'test/a.test.ts', test: 'a server starts', cause: 'Error: no | more' },
    ]);
  });

  it('name a file that could not be run', () => {
    const broken = file('test/b.test.ts', { status: 'failed', message: 'SyntaxError: here' });
    expect(failuresOf(report({ testResults: [broken] }), '/work')).toEqual([
      { file: 'test/b.test.ts', test: 'the file could not be run', cause: 'SyntaxError: here' },
    ]);
  });
});

it('durations are seconds by path below the checkout', () => {
  expect(durationsOf(report({ testResults: [file('test/a.test.ts')] }), '/work')).toEqual({
    'test/a.test.ts': 2.5,
  });
});
