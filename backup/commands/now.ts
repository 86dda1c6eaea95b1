import { attemptBackup } from '../logical/attempt.ts';
import { exit, print, printJson, read, UsageError, type Command } from '../command.ts';
import { shutdownSignal } from '../../lib/shutdown-signal.ts';
import { labelProblem } from '../store/id.ts';
import { textLog } from '../../lib/json-log.ts';
import { places } from '../store/paths.ts';
import { loadSettings } from '../settings.ts';
import { megabytes } from '../store/space.ts';

export const command: Command = {
  help: `now [--label x] [--json]
Makes a backup now, and removes backups that the retention does not keep.
  --label x   label in the id of the backup: a-z, 0-9 and -
  --json      prints the manifest and the removed backups as JSON
Exit code 75: another run is in progress.`,
  run: async (args) => {
    const { values } = read(args, { label: { type: 'string' }, json: { type: 'boolean' } });
    const problem = values.label === undefined ? undefined : labelProblem(values.label);
    if (problem !== undefined) throw new UsageError(problem);
    const outcome = await attemptBackup({
      settings: loadSettings(),
      places,
      label: values.label ?? null,
      log: textLog('backup'),
      signal: shutdownSignal(),
    });
    if (values.json === true) printJson(outcome);
    switch (outcome.state) {
      case 'busy':
        process.stderr.write(
          'backup: another run is in progress: wait until it ends, see status\n',
        );
        return exit.busy;
      case 'failed':
        return exit.failed;
      case 'succeeded': {
        const { id, totals, durationSec } = outcome.manifest;
        const size = megabytes(totals.bytes);
        if (values.json !== true) {
          print(`${id}  ${size}  ${String(totals.rows)} rows  ${String(durationSec)} s`);
        }
        return exit.ok;
      }
    }
  },
};
