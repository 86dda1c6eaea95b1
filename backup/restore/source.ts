// Finds the backup for a restore and verifies it completely before anything is written.

import { join } from 'node:path';
import { listBackups } from '../store/folder.ts';
import { parseBackupId } from '../store/id.ts';
import type { Manifest } from '../store/manifest.ts';
import { verifyBackup } from '../store/verify.ts';

export interface OpenedBackup {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Opens a backup by its id, by `latest`, or by a label (the newest with that label).
 *
 * @param root directory of all backups
 * @throws if it does not exist or is damaged
 */
export async function openBackup(
  root: string,
  which: string,
  signal?: AbortSignal,
): Promise<OpenedBackup> {
  const ids = (await listBackups(root)).map(({ id }) => id);
  const id = chosen(ids, which);
  const verdict = await verifyBackup(root, id, signal);
  if (verdict.state === 'good') return { folder: join(root, id), manifest: verdict.manifest };
  throw new Error(`the backup ${id} is damaged, nothing was restored: ${verdict.reason}`);
}

/**
 * @param ids oldest first
 * @throws with the newest ids, if there is no such backup
 */
export function chosen(ids: readonly string[], which: string): string {
  const found =
    which === 'latest'
      ? ids.at(-1)
      : (ids.find((id) => id === which) ??
        ids.findLast((id) => parseBackupId(id)?.label === which));
  if (found !== undefined) return found;
  const last = ids.slice(-3).join(', ');
  if (last === '') throw new Error("there is no backup: make one with 'npx plinth backup now'");
  throw new Error(`there is no backup ${which}: the newest are ${last}`);
}
