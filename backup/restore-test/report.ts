// The report of a restore test, as JSON, text and Markdown.

/** A skipped check states the reason. It counts neither as passed nor as failed. */
export type Verdict = 'passed' | 'failed' | 'skipped';

export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  /** The result, as a sentence. */
  readonly says: string;
  /** The first differences, if any. */
  readonly details: readonly string[];
  /** Counts of the isolation test. */
  readonly counts?: Counts;
}

/** Attempts to read rows of other tenants, by outcome. */
export interface Counts {
  readonly leaked: number;
  readonly held: number;
}

export interface Phase {
  readonly name: string;
  readonly seconds: number;
}

export interface RestoreTestReport {
  readonly version: 1;
  readonly stack: string;
  /** The tested backup; null if no backup could be tested. */
  readonly backup: BackupFacts | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  /** Duration of the restore of this backup on this machine. */
  readonly restoreSeconds: number | null;
  readonly phases: readonly Phase[];
  readonly checks: readonly Check[];
  readonly passed: boolean;
}

export interface BackupFacts {
  readonly id: string;
  /** ISO 8601, UTC. The backup contains the state of this time. */
  readonly startedAt: string;
  readonly bytes: number;
  readonly rows: number;
}

/** Prefix of the phases of the restore. The phases of the checks follow. */
export const RESTORING = 'restore: ';

export interface Finished extends Pick<
  RestoreTestReport,
  'stack' | 'backup' | 'phases' | 'checks'
> {
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** Builds the report. A restore test without any passed check has not passed. */
export function reportOf(drill: Finished): RestoreTestReport {
  const { stack, backup, phases, checks, startedAt, finishedAt } = drill;
  const restoring = phases.filter(({ name }) => name.startsWith(RESTORING));
  const failed = checks.some(({ verdict }) => verdict === 'failed');
  return {
    version: 1,
    stack,
    backup,
    startedAt: startedAt.toISOString(),
    seconds: (finishedAt.getTime() - startedAt.getTime()) / 1000,
    restoreSeconds:
      restoring.length === 0 ? null : restoring.reduce((sum, { seconds }) => sum + seconds, 0),
    phases,
    checks,
    passed: !failed && checks.some(({ verdict }) => verdict === 'passed'),
  };
}

/** The last line of the report, which summarizes it. */
export function closingLine({ checks, passed, restoreSeconds }: RestoreTestReport): string {
  const count = (verdict: Verdict): number =>
    checks.filter((one) => one.verdict === verdict).length;
  const skipped = count('skipped') === 0 ? '' : `, ${String(count('skipped'))} skipped`;
  const time = restoreSeconds === null ? '' : `; restored in ${seconds(restoreSeconds)}`;
  return (
    `${passed ? '✓ the backup can be restored' : '✗ the restore test failed'}: ` +
    `${String(count('passed'))} checks passed, ${String(count('failed'))} failed${skipped}${time}`
  );
}

/** Formats seconds. From ten seconds on they are rounded to whole numbers. */
export function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} s`;
}

const SIGNS: Readonly<Record<Verdict, string>> = { passed: '✓', failed: '✗', skipped: '–' };

/** The report as text for a terminal. */
export function reportText(report: RestoreTestReport): string {
  const { backup, checks, phases } = report;
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, verdict, says, details }) => [
    `${SIGNS[verdict]} ${name.padEnd(width)}  ${says}`,
    ...details.map((detail) => `  ${' '.repeat(width)}  ${detail}`),
  ]);
  return [
    backup === null
      ? `restore test of ${report.stack}: no backup was tested`
      : `restore test of ${report.stack}: backup ${backup.id}, ${String(backup.rows)} rows`,
    '',
    ...lines,
    '',
    ...phases.map(({ name, seconds: took }) => `  ${seconds(took).padStart(8)}  ${name}`),
    '',
    closingLine(report),
  ].join('\n');
}

/** The report as Markdown. */
export function reportMarkdown(report: RestoreTestReport): string {
  const { backup, checks, phases, startedAt } = report;
  const cell = (text: string): string => text.replace(/[|\\]/g, '\\$&').replace(/\s+/g, ' ');
  const details = checks.filter((check) => check.details.length > 0);
  return [
    `# Restore test of ${report.stack}, ${startedAt}`,
    '',
    closingLine(report),
    '',
    backup === null
      ? 'No backup was tested.'
      : `Backup \`${backup.id}\`: the state of ${backup.startedAt}, ${String(backup.rows)} rows, ${String(backup.bytes)} bytes.`,
    '',
    '| | check | result |',
    '|-|-|-|',
    ...checks.map(
      ({ name, verdict, says }) =>
        `| ${SIGNS[verdict]} ${verdict} | ${cell(name)} | ${cell(says)} |`,
    ),
    '',
    ...details.flatMap(({ name, details: lines }) => [
      `## ${name}`,
      '',
      '```text',
      ...lines,
      '```',
      '',
    ]),
    '| phase | seconds |',
    '|-|-:|',
    ...phases.map(({ name, seconds: took }) => `| ${cell(name)} | ${took.toFixed(1)} |`),
    '',
  ].join('\n');
}
