// plinth-backup drill: restores the newest backup into a server that is thrown away, and looks at everything.

import { exit, print, printJson, read, TypedWrong } from '../command.ts';
import { untilStopped } from '../../until-stopped.ts';
import { jsonLog } from '../../log.ts';
import { loadSettings } from '../settings.ts';
import { attemptDrill } from './attempt.ts';
import { reportText } from './report.ts';
import { serve } from './serve.ts';

const HELP = `plinth-backup drill [now] [<id>] [--json]
plinth-backup drill serve

Restores the newest backup, or the one that is named, into a server that is thrown away, and looks at everything in it.
  now      once, now; the report is printed and kept
  serve    by the schedule; /metrics and /healthz on port 9188
  --json   prints the report as JSON
Ends with 1 when anything is not as it should be, with 75 when another drill is under way.`;

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
      await serve({ settings: loadSettings(), log: jsonLog('drill'), signal: untilStopped() });
      return exit.ok;
    default:
      if (name.startsWith('-')) return now(args);
      throw new TypedWrong(`drill has no command ${name}: there are now and serve`);
  }
}

async function now(args: readonly string[]): Promise<number> {
  const { values, positionals } = read(args, { json: { type: 'boolean' } }, 1);
  const started = performance.now();
  const report = await attemptDrill({
    settings: loadSettings(),
    which: positionals[0],
    signal: untilStopped(),
    onStep: (step) => {
      const at = ((performance.now() - started) / 1000).toFixed(1);
      process.stderr.write(`drill: ${at.padStart(7)} s  ${step}\n`);
    },
  });
  if (report === undefined) {
    process.stderr.write('drill: another drill is under way: wait for its end\n');
    return exit.busy;
  }
  if (values.json === true) printJson(report);
  else print(reportText(report));
  return report.passed ? exit.ok : exit.failed;
}
