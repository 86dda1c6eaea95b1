/** What Jest says in its JSON report, as far as it is counted. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  /** Files that could not even be run; each counts as one failure. */
  readonly numRuntimeErrorTestSuites: number;
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Sums of several runs. A run without a report (undefined) died, which is a failure. */
export function totals(reports: readonly (JestReport | undefined)[]): Totals {
  const sum = (count: (report: JestReport) => number, ofNone: number): number =>
    reports.reduce((all, report) => all + (report === undefined ? ofNone : count(report)), 0);
  return {
    passed: sum((report) => report.numPassedTests, 0),
    failed: sum((report) => report.numFailedTests + report.numRuntimeErrorTestSuites, 1),
    skipped: sum((report) => report.numPendingTests, 0),
  };
}

/** The line that closes a run. */
export function closingLine({ passed, failed }: Totals): string {
  return `${passed} passed, ${failed} failed`;
}
