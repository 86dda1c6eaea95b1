// What a drill found, for people and for programs.

/** `skipped` says why; it is neither good nor bad. */
export type Verdict = 'passed' | 'failed' | 'skipped';

export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  /** What was found, as a sentence. */
  readonly says: string;
  /** The first differences, where there are some. */
  readonly details: readonly string[];
  /** What was counted, where it was. */
  readonly counts?: Counts;
}

/** Attacks of the proof that tenants are apart, by how they went. */
export interface Counts {
  readonly leaked: number;
  readonly held: number;
}

export interface Phase {
  readonly name: string;
  readonly seconds: number;
}

export interface DrillReport {
  readonly version: 1;
  readonly stack: string;
  /** The backup that was tried; null when there was none that could be. */
  readonly backup: BackupFacts | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  /** How long until the data was there again: what a restore of this backup takes on this machine. */
  readonly restoreSeconds: number | null;
  readonly phases: readonly Phase[];
  readonly checks: readonly Check[];
  readonly passed: boolean;
}

export interface BackupFacts {
  readonly id: string;
  /** ISO 8601, UTC: the state that the backup holds is that of this moment. */
  readonly startedAt: string;
  readonly bytes: number;
  readonly rows: number;
}

/** The parts of a restore; checks come after them. */
export const RESTORING = 'restore: ';

export interface Finished extends Pick<DrillReport, 'stack' | 'backup' | 'phases' | 'checks'> {
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** A report; a drill in which nothing was checked has not passed. */
export function reportOf(drill: Finished): DrillReport {
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

/** `✓ 2 of 2`: the last line that a person reads. */
export function closingLine({ checks, passed, restoreSeconds }: DrillReport): string {
  const count = (verdict: Verdict): number =>
    checks.filter((one) => one.verdict === verdict).length;
  const skipped = count('skipped') === 0 ? '' : `, ${String(count('skipped'))} skipped`;
  const time = restoreSeconds === null ? '' : `; restored in ${seconds(restoreSeconds)}`;
  return (
    `${passed ? '✓ the backup can be restored' : '✗ the drill failed'}: ` +
    `${String(count('passed'))} checks passed, ${String(count('failed'))} failed${skipped}${time}`
  );
}

/** A whole number of seconds from ten on. */
export function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} s`;
}

const SIGNS: Readonly<Record<Verdict, string>> = { passed: '✓', failed: '✗', skipped: '–' };

/** What a terminal shows. */
export function reportText(report: DrillReport): string {
  const { backup, checks, phases } = report;
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, verdict, says, details }) => [
    `${SIGNS[verdict]} ${name.padEnd(width)}  ${says}`,
    ...details.map((detail) => `  ${' '.repeat(width)}  ${detail}`),
  ]);
  return [
    backup === null
      ? `drill of ${report.stack}: no backup was tried`
      : `drill of ${report.stack}: backup ${backup.id}, ${String(backup.rows)} rows`,
    '',
    ...lines,
    '',
    ...phases.map(({ name, seconds: took }) => `  ${seconds(took).padStart(8)}  ${name}`),
    '',
    closingLine(report),
  ].join('\n');
}

/** The same as a page to keep. */
export function reportMarkdown(report: DrillReport): string {
  const { backup, checks, phases, startedAt } = report;
  const cell = (text: string): string => text.replace(/[|\\]/g, '\\$&').replace(/\s+/g, ' ');
  const details = checks.filter((check) => check.details.length > 0);
  return [
    `# Restore drill of ${report.stack}, ${startedAt}`,
    '',
    closingLine(report),
    '',
    backup === null
      ? 'No backup was tried.'
      : `Backup \`${backup.id}\`: the state of ${backup.startedAt}, ${String(backup.rows)} rows, ${String(backup.bytes)} bytes.`,
    '',
    '| | check | what was found |',
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
