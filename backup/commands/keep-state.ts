import { text } from 'node:stream/consumers';
import { exit, print, read, type Command } from '../command.ts';
import { checkStackExport, keepState } from '../environment.ts';
import { places } from '../store/paths.ts';
import { prepareRecipients } from '../store/recipients.ts';
import { loadSettings } from '../settings.ts';

export const command: Command = {
  help: `keep-state
Reads the output of "pulumi stack export" and stores it encrypted. The following backups include it.`,
  run: async (args) => {
    read(args, {});
    const state = await text(process.stdin);
    checkStackExport(state);
    const { encryption, compressionLevel } = loadSettings();
    const recipients = await prepareRecipients(encryption);
    try {
      await keepState(places, recipients, compressionLevel, state);
    } finally {
      await recipients.dispose();
    }
    print('the state of the stack is stored: all following backups include it');
    return exit.ok;
  },
};
