// The directory of all backups. One rename adds a backup, and one rename removes it.

import { open, mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backupId, parseBackupId, type BackupId } from './id.ts';

const UNFINISHED = '.unfinished-';
const DELETED = '.deleted-';

/** Lists the backups by the names of their directories, oldest first. Their content is not read. */
export async function listBackups(logical: string): Promise<BackupId[]> {
  return (await entriesOf(logical))
    .map(parseBackupId)
    .filter((id) => id !== undefined)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Creates the directory for a backup, with an unused id. */
export async function beginFolder(
  logical: string,
  now: Date,
  label: string | null,
): Promise<{ readonly id: string; readonly folder: string }> {
  await mkdir(logical, { recursive: true, mode: 0o700 });
  const taken = new Set(await entriesOf(logical));
  let startedAt = now;
  while (taken.has(backupId(startedAt, label))) startedAt = new Date(startedAt.getTime() + 1000);
  const id = backupId(startedAt, label);
  const folder = join(logical, UNFINISHED + id);
  await mkdir(folder, { mode: 0o700 });
  return { id, folder };
}

/** Renames a complete directory to its final name. From then on it is a backup, even if the machine crashes. */
export async function finishFolder(logical: string, folder: string, id: string): Promise<void> {
  for (const inside of await foldersOf(folder)) await syncPath(inside);
  await rename(folder, join(logical, id));
  await syncPath(logical);
}

/** Removes a backup. */
export async function removeBackup(logical: string, id: string): Promise<void> {
  const away = join(logical, DELETED + id);
  await rename(join(logical, id), away);
  await syncPath(logical);
  await rm(away, { recursive: true, force: true });
}

/**
 * Removes incomplete backups of runs that were killed. The caller must hold the lock.
 *
 * @returns the ids of unfinished backups
 */
export async function removeLeftOvers(logical: string): Promise<string[]> {
  const left = (await entriesOf(logical)).filter(
    (name) => name.startsWith(UNFINISHED) || name.startsWith(DELETED),
  );
  for (const name of left) await rm(join(logical, name), { recursive: true, force: true });
  return left
    .filter((name) => name.startsWith(UNFINISHED))
    .map((name) => name.slice(UNFINISHED.length));
}

/** All files below a directory, relative to it, sorted. */
export async function filesUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (inside: string): Promise<void> => {
    for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) await visit(path);
      else found.push(path);
    }
  };
  await visit('');
  return found.sort();
}

/** Free bytes on the file system of a directory. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Size of all files below a directory, in bytes. */
export async function sizeOf(folder: string): Promise<number> {
  const sizes = (await filesUnder(folder)).map((path) => stat(join(folder, path)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

/** Writes a file and flushes it to disk. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flush: true });
}

/** Replaces a file atomically. */
export async function replaceDurably(path: string, text: string): Promise<void> {
  const next = `${path}.${String(process.pid)}.new`;
  try {
    await writeDurably(next, text);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
  await syncPath(dirname(path));
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** All directories below a directory, and the directory itself, innermost first. */
async function foldersOf(folder: string): Promise<string[]> {
  const inside = (await readdir(folder, { withFileTypes: true })).filter((entry) =>
    entry.isDirectory(),
  );
  const below = await Promise.all(inside.map((entry) => foldersOf(join(folder, entry.name))));
  return [...below.flat(), folder];
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
