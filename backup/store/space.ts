// Checks the free disk space before a backup. If the disk becomes full during the backup, the whole run is wasted.

import { quickCheck } from './verify.ts';
import { listBackups } from './folder.ts';
import type { Paths } from './paths.ts';

/** Assumed growth since the last backup. */
const GROWTH = 1.2;

/**
 * Checks that another backup of the size of the newest one fits on the disk.
 *
 * @param freeBytes returns the free bytes on the file system of a directory
 * @throws {Error} with a remedy
 */
export async function requireSpace(
  { root, logical }: Paths,
  freeBytes: (folder: string) => Promise<number>,
): Promise<void> {
  for (const { id } of (await listBackups(logical)).reverse()) {
    const verdict = await quickCheck(logical, id);
    if (verdict.state === 'damaged') continue;
    const needed = Math.ceil(verdict.manifest.totals.bytes * GROWTH);
    const free = await freeBytes(root);
    if (free >= needed) return;
    throw new Error(
      `the disk has ${megabytes(free)} free and the next backup needs about ${megabytes(needed)} (the size of ${id}, the newest, plus 20 % for growth): enlarge the disk, shorten the retention, or remove a backup with forget`,
    );
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
