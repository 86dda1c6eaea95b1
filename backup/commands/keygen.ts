import { run } from '../child.ts';
import { exit, print, read, type Command } from '../command.ts';

export const command: Command = {
  help: `keygen
Generates an age key and prints it once. It is not stored. Add the public key to backup.recipients. Store the secret
key away from the backups, and also on paper.`,
  run: async (args) => {
    read(args, {});
    print((await run('age-keygen', [])).trimEnd());
    return exit.ok;
  },
};
