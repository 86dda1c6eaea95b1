import { runPulumi } from '../pulumi.ts';
import { stackOf, stackOption, type Command } from '../command.ts';

export const command: Command = {
  summary: 'take an environment down (what happens to its data is in its config)',
  options: { stack: stackOption },
  run: (values) => runPulumi(['destroy', '--yes', '--skip-preview', '--stack', stackOf(values)]),
};
