import { exit, print, read, TypedWrong, type Command } from '../command.ts';
import { removeBackup } from '../folder.ts';
import { takeLock } from '../lock.ts';
import { places } from '../places.ts';
import { verifyBackups, knownBackups } from '../verified.ts';

export const command: Command = {
  help: `forget <id>
Removes a backup for good. Refuses the last good one.`,
  run: async (args) => {
    const [id] = read(args, {}, 1).positionals;
    if (id === undefined) throw new TypedWrong('which one? give its id, as list shows it');
    const lock = await takeLock(places.lock);
    if (lock === undefined) {
      process.stderr.write('backup: another run is under way: wait for its end, see status\n');
      return exit.busy;
    }
    try {
      await forget(id);
    } finally {
      await lock.release();
    }
    print(`${id} is gone`);
    return exit.ok;
  },
};

async function forget(id: string): Promise<void> {
  const known = await knownBackups(places);
  if (!known.some((backup) => backup.id === id)) {
    throw new Error(`there is no backup ${id}: see list`);
  }
  // Another one has to be good today, not only when it was last looked at; one such is enough.
  for (const other of known
    .filter((backup) => backup.id !== id && !isFuture(backup.startedAt))
    .reverse()) {
    const [found] = await verifyBackups(places, [other.id], new Date(), true);
    if (found?.state !== 'good') continue;
    await removeBackup(places.logical, id);
    return;
  }
  throw new Error(
    `${id} is not removed: without it there would be no good backup; make one with now`,
  );
}

function isFuture(startedAt: Date): boolean {
  return startedAt.getTime() > Date.now();
}
