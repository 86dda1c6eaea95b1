import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { places } from '../../toolchain/places.ts';
import { duration } from '../../toolchain/progress.ts';
import { runHere } from '../../toolchain/run.ts';
import { setup, SetupFailed } from '../../toolchain/setup.ts';
import { closingLine, totals, type JestReport, type Totals } from '../test-report.ts';
import type { Command } from '../command.ts';

const projects = ['unit', 'stack'] as const;

async function jest(project: string, patterns: readonly string[]): Promise<JestReport | undefined> {
  const { root } = places();
  const folder = mkdtempSync(join(tmpdir(), 'plinth-test-'));
  const report = join(folder, 'report.json');
  try {
    await runHere(
      process.execPath,
      [
        join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
        ...patterns,
        '--selectProjects',
        project,
        '--passWithNoTests',
        '--json',
        '--outputFile',
        report,
      ],
      // Tests that start Node themselves get this one.
      {
        cwd: root,
        env: { PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` },
      },
    );
    return existsSync(report)
      ? (JSON.parse(readFileSync(report, 'utf8')) as JestReport)
      : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function close(counted: Totals, started: number): number {
  const skipped = counted.skipped === 0 ? '' : `, ${counted.skipped} skipped`;
  console.error(`\nall of it took ${duration(Date.now() - started)}${skipped}`);
  console.log(closingLine(counted));
  return counted.failed === 0 ? 0 : 1;
}

export const command: Command = {
  summary: 'run the tests: unit and component tests, then real environments',
  details:
    'Ends with one line, "N passed, N failed". Words after the options choose test files by their path.',
  options: {
    unit: { type: 'boolean', help: 'only what needs neither Docker nor Pulumi' },
    stack: { type: 'boolean', help: 'only the real environments' },
  },
  positionals: '[path …]',
  run: async (values, patterns) => {
    const started = Date.now();
    const chosen = projects.filter((project) => values[project] === true);
    const wanted = chosen.length === 0 ? projects : chosen;
    const reports: (JestReport | undefined)[] = [];
    if (wanted.includes('unit')) reports.push(await jest('unit', patterns));
    if (wanted.includes('stack')) {
      try {
        await setup();
        reports.push(await jest('stack', patterns));
      } catch (error) {
        // What can be tested has been tested; what could not even begin is a failure.
        if (!(error instanceof SetupFailed)) throw error;
        for (const problem of error.problems) console.error(`plinth: ${problem}`);
        reports.push(undefined);
      }
    }
    return close(totals(reports), started);
  },
};
