// Stores the report of a restore test, as JSON and as Markdown, and its metrics.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RestoreTestPaths } from './paths.ts';
import { reportMarkdown, type RestoreTestReport } from './report.ts';

/** Number of reports to keep. */
export const KEPT_REPORTS = 50;

/** Metrics by name. The backup container exports them. */
export type Metrics = Readonly<Record<string, number>>;

/** The metrics after a restore test. If it failed, the metrics of the last success keep their values. */
export function metricsAfter(report: RestoreTestReport, before: Metrics): Metrics {
  const started = Date.parse(report.startedAt) / 1000;
  const ended = started + report.seconds;
  const proof = report.checks.find(({ counts }) => counts !== undefined)?.counts;
  return {
    ...before,
    plinth_drill_last_attempt_timestamp_seconds: started,
    plinth_drill_last_attempt_failed: report.passed ? 0 : 1,
    ...(report.passed ? { plinth_drill_last_success_timestamp_seconds: ended } : {}),
    ...(report.passed && report.backup !== null
      ? { plinth_drill_backup_timestamp_seconds: Date.parse(report.backup.startedAt) / 1000 }
      : {}),
    ...(report.passed && report.restoreSeconds !== null
      ? { plinth_drill_restore_seconds: report.restoreSeconds }
      : {}),
    ...(proof === undefined
      ? {}
      : {
          plinth_drill_isolation_leaked: proof.leaked,
          plinth_drill_isolation_held: proof.held,
        }),
  };
}

/** `20261121T153000Z`. The names sort by time. */
export function reportName({ startedAt }: RestoreTestReport): string {
  return startedAt.replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
}

/** Names of the reports to delete. */
export function outdated(names: readonly string[], kept = KEPT_REPORTS): string[] {
  const reports = names.filter((name) => /^\d{8}T\d{6}Z\.(json|md)$/.test(name));
  const times = [...new Set(reports.map((name) => name.slice(0, name.indexOf('.'))))].sort();
  const gone = new Set(times.slice(0, Math.max(0, times.length - kept)));
  return reports.filter((name) => gone.has(name.slice(0, name.indexOf('.'))));
}

/** The metrics of previous restore tests; empty if the file cannot be read. */
export function readMetrics(file: string): Metrics {
  try {
    const { metrics } = JSON.parse(readFileSync(file, 'utf8')) as { metrics?: Metrics };
    return metrics ?? {};
  } catch {
    return {};
  }
}

/** Writes the report and the metrics, and deletes old reports. */
export function keepReport(places: RestoreTestPaths, report: RestoreTestReport): void {
  const { reports, status } = places;
  mkdirSync(reports, { recursive: true });
  const name = join(reports, reportName(report));
  replace(`${name}.md`, reportMarkdown(report));
  replace(`${name}.json`, `${JSON.stringify(report, null, 2)}\n`);
  const metrics = metricsAfter(report, readMetrics(status));
  replace(status, `${JSON.stringify({ metrics, last: reportName(report) }, null, 2)}\n`);
  for (const old of outdated(readdirSync(reports))) rmSync(join(reports, old));
}

/** Replaces a file atomically, because the backup container may read it at any time. It uses the same uid. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o644 });
  renameSync(`${file}.new`, file);
}
