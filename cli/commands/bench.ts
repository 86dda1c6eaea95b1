import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { places } from '../../lib/paths.ts';
import { runHere } from '../../lib/process.ts';
import { setup } from '../../bootstrap/setup.ts';
import { UsageError, type Command } from '../command.ts';

export const command: Command = {
  summary: 'measure something side by side, on an environment of its own',
  details:
    'Prints a table and closes with a line "ratio … goal …: pass" or "fail"; exit code 1 when the goal is missed.\n' +
    'Words after the name go to the benchmark: `plinth bench isolation -- --plans`.',
  options: {},
  positionals: '<name> [-- argument …]',
  run: async (_values, [name = '', ...args]) => {
    const folder = join(places().root, 'bench');
    const known = readdirSync(folder).flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? []);
    if (!known.includes(name)) {
      throw new UsageError(
        `plinth bench: ${JSON.stringify(name)} is no benchmark; they are ${known.join(', ')}`,
      );
    }
    await setup();
    return runHere(process.execPath, [join(folder, `${name}.ts`), ...args], {
      env: { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    });
  },
};
