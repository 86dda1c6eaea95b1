// Locks that Pulumi keeps in the state folder, and whether the one who took them is gone.

import { hostname } from 'node:os';
import { join } from 'node:path';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isAlive } from '../../lib/lock.mjs';
import type { Paths } from '../../lib/paths.ts';

/** What Pulumi writes into a lock. */
export interface StackLock {
  readonly file: string;
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/** Reads a lock; one that cannot be read belongs to a writer that was killed, and has pid 0. */
export function parseLock(file: string, json: string): StackLock {
  try {
    const lock = JSON.parse(json) as Omit<StackLock, 'file'>;
    return { ...lock, file };
  } catch {
    return { file, pid: 0, username: 'unknown', hostname: '', timestamp: 'unknown' };
  }
}

/**
 * Whether a lock's process is certainly gone: on this host, and no Pulumi of that number runs.
 *
 * @param command the name of the program that has this number now; undefined when none has
 */
export function lockIsStale(lock: StackLock, host: string, command: string | undefined): boolean {
  if (lock.pid === 0) return true;
  if (lock.hostname !== host) return false;
  return command === undefined || command !== 'pulumi';
}

function commandOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    // Where there is no /proc, a living process counts as a Pulumi.
    return 'pulumi';
  }
}

function folder(places: Paths, stack: string): string {
  return join(places.state, '.pulumi', 'locks', 'organization', 'plinth', stack);
}

/** Locks of a stack, parted into those nobody holds any more and those somebody does. */
export function findLocks(places: Paths, stack: string): { stale: StackLock[]; held: StackLock[] } {
  const where = folder(places, stack);
  if (!existsSync(where)) return { stale: [], held: [] };
  const locks = readdirSync(where)
    .filter((name) => name.endsWith('.json'))
    .map((name) => parseLock(join(where, name), readFileSync(join(where, name), 'utf8')));
  const stale = locks.filter((lock) => lockIsStale(lock, hostname(), commandOf(lock.pid)));
  return { stale, held: locks.filter((lock) => !stale.includes(lock)) };
}

/** Removes a lock and what Pulumi's file storage keeps beside it. */
export function removeLock(lock: StackLock): void {
  rmSync(lock.file, { force: true });
  rmSync(`${lock.file}.attrs`, { force: true });
}
