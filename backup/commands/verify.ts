import { exit, print, printJson, read, UsageError, type Command } from '../command.ts';
import { shutdownSignal } from '../../lib/shutdown-signal.ts';
import { listBackups } from '../store/folder.ts';
import { places } from '../store/paths.ts';
import { table } from '../format.ts';
import { verifyBackups } from '../store/verification-results.ts';

export const command: Command = {
  help: `verify [<id> | --all] [--json]
Reads all files of a backup, by default of the newest, and compares their checksums. Needs no key. The restore test
(drill) checks that the backup can be decrypted and restored.`,
  run: async (args) => {
    const { values, positionals } = read(
      args,
      { all: { type: 'boolean' }, json: { type: 'boolean' } },
      1,
    );
    const [wanted] = positionals;
    if (wanted !== undefined && values.all === true) {
      throw new UsageError('give either an id or --all, not both');
    }
    const there = (await listBackups(places.logical)).map(({ id }) => id);
    if (wanted !== undefined && !there.includes(wanted)) {
      throw new Error(`there is no backup ${wanted}: see list`);
    }
    if (there.length === 0) throw new Error('there are no backups yet: make one with now');
    const ids = values.all === true ? there : [wanted ?? String(there.at(-1))];
    const found = await verifyBackups(places, ids, new Date(), true, shutdownSignal());
    if (values.json === true) {
      printJson(
        found.map(({ id, state, reason, verifiedAt }) => ({ id, state, reason, verifiedAt })),
      );
    } else print(...table(found.map(({ id, state, reason }) => [id, state, reason ?? ''])));
    return found.every(({ state }) => state === 'good') ? exit.ok : exit.failed;
  },
};
