import { setup } from '../../bootstrap/setup.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  summary: 'provide what this machine lacks: Docker, Pulumi, plugins, images',
  details:
    'Looks for every part and provides what is missing; seconds when nothing is. Other commands do it by\n' +
    'themselves when they need it. PLINTH_TOOLCHAIN=official|build decides where Pulumi comes from. Asks registries again\n' +
    'that have said no; `plinth up` does so once a day.',
  options: {},
  run: async () => {
    const provided = await setup({ again: true });
    if (provided === 0) console.error('✓ everything is there already');
    return 0;
  },
};
