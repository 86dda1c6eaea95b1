import { run } from '../child.ts';
import { exit, print, read, type Command } from '../command.ts';

export const command: Command = {
  help: `keygen
Makes an age key and says it, the only time. Write the public key into backup.recipients; keep the secret
one where no fire that reaches the backups can reach it, on paper too.`,
  run: async (args) => {
    read(args, {});
    print((await run('age-keygen', [])).trimEnd());
    return exit.ok;
  },
};
