import { exit, print, read, UsageError, type Command } from '../command.ts';
import { removeBackup } from '../store/folder.ts';
import { takeLock } from '../store/lock.ts';
import { places } from '../store/paths.ts';
import { verifyBackups, knownBackups } from '../store/verification-results.ts';

export const command: Command = {
  help: `forget <id>
Removes a backup permanently. The last good backup cannot be removed.`,
  run: async (args) => {
    const [id] = read(args, {}, 1).positionals;
    if (id === undefined)
      throw new UsageError('the id is missing: give the id of a backup, see list');
    const lock = await takeLock(places.lock);
    if (lock === undefined) {
      process.stderr.write('backup: another run is in progress: wait until it ends, see status\n');
      return exit.busy;
    }
    try {
      await forget(id);
    } finally {
      await lock.release();
    }
    print(`removed ${id}`);
    return exit.ok;
  },
};

async function forget(id: string): Promise<void> {
  const known = await knownBackups(places);
  if (!known.some((backup) => backup.id === id)) {
    throw new Error(`there is no backup ${id}: see list`);
  }
  // At least one other backup must be good now, not only at its last verification.
  for (const other of known
    .filter((backup) => backup.id !== id && !isFuture(backup.startedAt))
    .reverse()) {
    const [found] = await verifyBackups(places, [other.id], new Date(), true);
    if (found?.state !== 'good') continue;
    await removeBackup(places.logical, id);
    return;
  }
  throw new Error(
    `${id} was not removed, because there is no other good backup: make one with now`,
  );
}

function isFuture(startedAt: Date): boolean {
  return startedAt.getTime() > Date.now();
}
