// The folder that a restore fills: a whole volume of the Postgres container. A cluster appears in it by one rename, so
// that what is there is complete whenever the restore was killed, and no server takes half of one.

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
import { takeLock, type Lock } from '../lock.ts';
import { output } from './program.ts';

/** Names inside the volume, as images/postgres/entrypoint.sh knows them. */
const DATA = 'data';
const MARKER = 'plinth.environment';
const LOCK = 'plinth.lock';
/** Where the cluster grows. */
const WORK = 'restore.unfinished';
/** Keeps the server from making an empty cluster in a volume whose restore has not come to its end. */
const UNFINISHED = 'restore.unfinished';
/** For people: what the volume was made from. */
const ORIGIN = 'plinth.restored';

export interface Volume {
  /** The cluster's folder until it is finished. */
  readonly work: string;
  /** Makes the cluster the volume's own. The server in it must have stopped. */
  finish(environment: string, origin: Readonly<Record<string, unknown>>): Promise<void>;
  /** Empties it again. */
  abandon(): void;
  /** Lets go of it. */
  release(): Promise<void>;
}

/** Why a folder cannot take a restore; undefined when it can. */
export function occupied(volume: string, entries = readdirSync(volume)): string | undefined {
  const marker = join(volume, MARKER);
  const whose = existsSync(marker)
    ? ` of environment '${readFileSync(marker, 'utf8').trim()}'`
    : '';
  if (existsSync(join(volume, DATA, 'PG_VERSION'))) {
    return `the volume holds data already${whose}: restore into a new one`;
  }
  const unfinished = existsSync(join(volume, DATA, UNFINISHED));
  const ours = [LOCK, WORK, MARKER, 'lost+found', ...(unfinished ? [DATA] : [])];
  const strangers = entries.filter(
    (name) => !ours.includes(name) && !(name === DATA && isEmpty(join(volume, DATA))),
  );
  if (strangers.length === 0) return undefined;
  return `the volume is not empty (${strangers.slice(0, 3).join(', ')}): restore into a new one`;
}

function isEmpty(folder: string): boolean {
  return readdirSync(folder).length === 0;
}

/**
 * Takes a volume for a restore.
 *
 * @throws when it is in use, or holds anything but the left-overs of a restore that did not finish
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
  writeFileSync(join(data, UNFINISHED), 'a restore into this volume has not come to its end\n');
  return {
    work,
    abandon,
    release: () => lock.release(),
    finish: async (environment, origin) => {
      for (const file of ['postmaster.pid', 'postmaster.opts'])
        rmSync(join(work, file), { force: true });
      writeFileSync(join(volume, MARKER), `${environment}\n`);
      writeFileSync(join(volume, ORIGIN), `${JSON.stringify(origin, null, 2)}\n`);
      // Over an empty folder a rename is one step.
      rmSync(join(data, UNFINISHED));
      renameSync(work, data);
      await output({ program: 'sync', args: ['-f', volume] });
    },
  };
}

/** The lock that the server takes as well. */
async function locked(file: string): Promise<Lock> {
  const lock = await takeLock(file);
  if (lock !== undefined) return lock;
  throw new Error('the volume is in use by a running container: restore into a new one');
}
