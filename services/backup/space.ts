// A disk that runs full half-way costs as much as a good run and gives nothing: so it is asked before.

import { glanceAtBackup } from './verify.ts';
import { listBackups } from './folder.ts';
import type { Places } from './places.ts';

/** What a backup may have grown by since the last one. */
const GROWTH = 1.2;

/**
 * Refuses to begin where the newest backup would hardly fit again.
 *
 * @param freeBytes asks how much may still be written where a folder is
 * @throws {Error} with what to do
 */
export async function requireSpace(
  { root, logical }: Places,
  freeBytes: (folder: string) => Promise<number>,
): Promise<void> {
  for (const { id } of (await listBackups(logical)).reverse()) {
    const verdict = await glanceAtBackup(logical, id);
    if (verdict.state === 'damaged') continue;
    const needed = Math.ceil(verdict.manifest.totals.bytes * GROWTH);
    const free = await freeBytes(root);
    if (free >= needed) return;
    throw new Error(
      `the disk has ${megabytes(free)} free and the next backup needs about ${megabytes(needed)} (the newest, ${id}, with a fifth for growth): make the disk larger, keep fewer backups, or forget one`,
    );
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
