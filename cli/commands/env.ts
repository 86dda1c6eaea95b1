import { shellExports } from '../../bootstrap/environment.ts';
import { places } from '../../lib/paths.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  summary: 'print what a Pulumi of your own needs to know: eval "$(npx plinth env)"',
  options: {},
  run: () => {
    console.log(shellExports(places()));
    return Promise.resolve(0);
  },
};
