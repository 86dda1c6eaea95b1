// The volume of the Postgres container that a restore fills. One rename adds the complete cluster. So if the restore is
// killed, no server starts on an incomplete cluster.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { takeLock, type Lock } from '../store/lock.ts';
import { output } from './program.ts';

/** Names inside the volume; images/postgres/entrypoint.sh uses the same names. */
const DATA = 'data';
const MARKER = 'plinth.environment';
const LOCK = 'plinth.lock';
/** Directory of the incomplete cluster. */
const WORK = 'restore.unfinished';
/** Marker file. While it exists, the server does not create an empty cluster in the volume. */
const UNFINISHED = 'restore.unfinished';
/** File that records the source of the volume. */
const ORIGIN = 'plinth.restored';

export interface Volume {
  /** Directory of the cluster until it is complete. */
  readonly work: string;
  /** Moves the complete cluster to its final place. Its server must have stopped. */
  finish(environment: string, origin: Readonly<Record<string, unknown>>): Promise<void>;
  /** Deletes the incomplete cluster. */
  abandon(): void;
  /** Releases the lock. */
  release(): Promise<void>;
}

/** Why a volume cannot be used for a restore. Undefined if it can be used. */
export function occupied(volume: string, entries = readdirSync(volume)): string | undefined {
  const marker = join(volume, MARKER);
  const whose = existsSync(marker)
    ? ` of environment '${readFileSync(marker, 'utf8').trim()}'`
    : '';
  if (existsSync(join(volume, DATA, 'PG_VERSION'))) {
    return `the volume already contains data${whose}: restore into a new volume`;
  }
  const unfinished = existsSync(join(volume, DATA, UNFINISHED));
  const ours = [LOCK, WORK, MARKER, 'lost+found', ...(unfinished ? [DATA] : [])];
  const strangers = entries.filter(
    (name) => !ours.includes(name) && !(name === DATA && isEmpty(join(volume, DATA))),
  );
  if (strangers.length === 0) return undefined;
  return `the volume is not empty (${strangers.slice(0, 3).join(', ')}): restore into a new volume`;
}

function isEmpty(folder: string): boolean {
  return readdirSync(folder).length === 0;
}

/**
 * Locks a volume and prepares it for a restore.
 *
 * @throws if it is in use, or contains anything but the files of an incomplete restore
 */
export async function claim(volume: string): Promise<Volume> {
  const lock = await locked(join(volume, LOCK));
  const why = occupied(volume);
  if (why !== undefined) {
    await lock.release();
    throw new Error(why);
  }
  const data = join(volume, DATA);
  const work = join(volume, WORK);
  const abandon = (): void => {
    rmSync(work, { recursive: true, force: true });
    rmSync(data, { recursive: true, force: true });
  };
  abandon();
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(join(data, UNFINISHED), 'a restore into this volume is not complete\n');
  return {
    work,
    abandon,
    release: () => lock.release(),
    finish: async (environment, origin) => {
      for (const file of ['postmaster.pid', 'postmaster.opts'])
        rmSync(join(work, file), { force: true });
      writeFileSync(join(volume, MARKER), `${environment}\n`);
      writeFileSync(join(volume, ORIGIN), `${JSON.stringify(origin, null, 2)}\n`);
      // The rename replaces the empty directory atomically.
      rmSync(join(data, UNFINISHED));
      renameSync(work, data);
      await output({ program: 'sync', args: ['-f', volume] });
    },
  };
}

/** Takes the lock of the volume. The server takes the same lock. */
async function locked(file: string): Promise<Lock> {
  const lock = await takeLock(file);
  if (lock !== undefined) return lock;
  throw new Error('the volume is in use by a running container: restore into a new volume');
}
