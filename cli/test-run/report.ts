// What Jest says in its JSON report, and what a test run makes of it. Pure.

/** Jest's JSON report, as far as it is used. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  /** Files that could not even be run; each counts as one failure. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly JestFile[];
}

export interface JestFile {
  /** Absolute path. */
  readonly name: string;
  readonly status: string;
  /** Why the file itself could not be run; for other files, Jest's own listing of failures. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages?: readonly string[] | null;
  }[];
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One failed test, or a job that failed as a whole. */
export interface Failure {
  readonly file: string;
  readonly test: string;
  readonly cause: string;
}

export const none: Totals = { passed: 0, failed: 0, skipped: 0 };

export function totalsOf(report: JestReport): Totals {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests,
  };
}

/** The sum of several jobs. */
export function sum(all: readonly Totals[]): Totals {
  return all.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: a.skipped + b.skipped,
    }),
    none,
  );
}

/** Every failed test of a report, with its cause. */
export function failuresOf(report: JestReport, root: string): Failure[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(name, root);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') {
      return [{ file, test: 'the file could not be run', cause: firstLines(message) }];
    }
    return failed.map(({ fullName, failureMessages }) => ({
      file,
      test: fullName,
      cause: firstLines((failureMessages ?? []).join('\n')),
    }));
  });
}

/** Seconds that each file took, by its path below the checkout. */
export function durationsOf(report: JestReport, root: string): Record<string, number> {
  return Object.fromEntries(
    report.testResults.map(({ name, startTime, endTime }) => [
      relative(name, root),
      Math.max(0, endTime - startTime) / 1000,
    ]),
  );
}

/** The line that closes a run. Skipped tests are named only where there are any. */
export function closingLine({ passed, failed, skipped }: Totals): string {
  const left = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `${passed} passed, ${failed} failed${left}`;
}

function relative(file: string, root: string): string {
  return file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file;
}

/** What a person needs to see of a cause: its first lines, without colours and stack. */
function firstLines(text: string, most = 3): string {
  // eslint-disable-next-line no-control-regex -- terminal colours are control characters
  const plain = text.replace(/\u001B\[\d+(?:;\d+)*m/g, '');
  const lines = plain.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('at '))
    .slice(0, most)
    .join(' | ')
    .slice(0, 300);
}
