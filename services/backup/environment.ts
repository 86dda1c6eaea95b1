// What a stack is made from, kept with its data: the settings of its backups, and what Pulumi knows of it.

import { copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from './checksums.ts';
import { writeDurably } from './folder.ts';
import { files, type ManifestFile } from './manifest.ts';
import { pgbackrestFile, type Places } from './places.ts';
import type { Recipients } from './recipients.ts';
import { sealText, type Sealing } from './seal.ts';
import type { BackupSettings } from './settings.ts';

/** Text of environment.json. */
export async function environmentText(
  settings: BackupSettings,
  pgbackrest: string = pgbackrestFile,
): Promise<string> {
  const conf = await readFile(pgbackrest, 'utf8').catch(() => null);
  return `${JSON.stringify({ settings, 'pgbackrest.conf': conf }, undefined, 2)}\n`;
}

/**
 * Refuses what is no export of a stack. Beside the export's own keys there may be others, such as the
 * text of the stack's configuration: all of it is kept.
 *
 * @throws {Error} with what to type
 */
export function checkStackExport(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const deployment = (value as { deployment?: unknown } | null | undefined)?.deployment;
  if (typeof deployment !== 'object' || deployment === null) {
    throw new Error(
      'standard input is no export of a stack: pipe it in, pulumi stack export | … keep-state',
    );
  }
}

/**
 * Seals the state of the stack, for the backups that follow. It replaces the one before, whole or not
 * at all.
 */
export async function keepState(
  { state }: Places,
  recipients: Recipients,
  compressionLevel: number,
  text: string,
): Promise<void> {
  checkStackExport(text);
  const next = `${state}.new`;
  await rm(next, { recursive: true, force: true });
  await mkdir(next, { recursive: true, mode: 0o700 });
  const sealing = { folder: next, recipientsFile: recipients.file, compressionLevel };
  await sealText(sealing, files.state, text);
  if (recipients.gpgMessage !== null) {
    await writeDurably(join(next, files.stateKey), recipients.gpgMessage);
  }
  await rm(state, { recursive: true, force: true });
  await rename(next, state);
}

/**
 * Puts a copy of the kept state into a backup. It is sealed already, with a key of its own for the
 * holders of GPG keys.
 *
 * @returns what was copied; nothing when nobody has kept a state
 */
export async function copyState({ state }: Places, { folder }: Sealing): Promise<ManifestFile[]> {
  const copied: ManifestFile[] = [];
  for (const path of [files.state, files.stateKey]) {
    try {
      await copyFile(join(state, path), join(folder, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    const { size } = await stat(join(folder, path));
    copied.push({ path, bytes: size, sha256: await sha256OfFile(join(state, path)) });
  }
  return copied;
}
