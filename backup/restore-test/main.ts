// plinth-backup drill: the restore test. Restores the newest backup into a temporary Postgres and checks it.

import { exit, print, printJson, read, UsageError } from '../command.ts';
import { shutdownSignal } from '../../lib/shutdown-signal.ts';
import { jsonLog } from '../../lib/json-log.ts';
import { loadSettings } from '../settings.ts';
import { attemptRestoreTest } from './attempt.ts';
import { reportText } from './report.ts';
import { serve } from './serve.ts';

const HELP = `plinth-backup drill [now] [<id>] [--json]
plinth-backup drill serve

Runs a restore test: restores the newest backup, or the given one, into a temporary Postgres and checks it.
  now      runs one test now; prints and stores the report
  serve    runs tests on a schedule; /metrics and /healthz on port 9188
  --json   prints the report as JSON
Exit codes: 1 a check failed, 75 another restore test is in progress.`;

/** @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    print(HELP);
    return exit.ok;
  }
  const [name = 'now', ...rest] = args;
  switch (name) {
    case 'now':
      return now(rest);
    case 'serve':
      read(rest, {});
      await serve({ settings: loadSettings(), log: jsonLog('drill'), signal: shutdownSignal() });
      return exit.ok;
    default:
      if (name.startsWith('-')) return now(args);
      throw new UsageError(`drill has no command ${name}: use now or serve`);
  }
}

async function now(args: readonly string[]): Promise<number> {
  const { values, positionals } = read(args, { json: { type: 'boolean' } }, 1);
  const started = performance.now();
  const report = await attemptRestoreTest({
    settings: loadSettings(),
    which: positionals[0],
    signal: shutdownSignal(),
    onStep: (step) => {
      const at = ((performance.now() - started) / 1000).toFixed(1);
      process.stderr.write(`drill: ${at.padStart(7)} s  ${step}\n`);
    },
  });
  if (report === undefined) {
    process.stderr.write('drill: another restore test is in progress: wait until it ends\n');
    return exit.busy;
  }
  if (values.json === true) printJson(report);
  else print(reportText(report));
  return report.passed ? exit.ok : exit.failed;
}
