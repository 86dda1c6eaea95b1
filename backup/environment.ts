// Stores the backup settings and the Pulumi state of the stack in its backups, so that the stack can be recreated.

import { copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from './store/checksums.ts';
import { writeDurably } from './store/folder.ts';
import { files, type ManifestFile } from './store/manifest.ts';
import { pgbackrestFile, type Paths } from './store/paths.ts';
import type { Recipients } from './store/recipients.ts';
import { encryptText, type Encryptor } from './store/encrypt.ts';
import type { BackupSettings } from './settings.ts';

/** Content of environment.json. */
export async function environmentText(
  settings: BackupSettings,
  pgbackrest: string = pgbackrestFile,
): Promise<string> {
  const conf = await readFile(pgbackrest, 'utf8').catch(() => null);
  return `${JSON.stringify({ settings, 'pgbackrest.conf': conf }, undefined, 2)}\n`;
}

/**
 * Checks that the text is a stack export. Additional keys are allowed, such as the text of the stack configuration, and
 * are kept.
 *
 * @throws {Error} with the command to use
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
      'standard input is not a stack export: pipe it in, pulumi stack export | … keep-state',
    );
  }
}

/**
 * Encrypts and stores the state of the stack. The following backups include it. It replaces the previous state
 * atomically.
 */
export async function keepState(
  { state }: Paths,
  recipients: Recipients,
  compressionLevel: number,
  text: string,
): Promise<void> {
  checkStackExport(text);
  const next = `${state}.new`;
  await rm(next, { recursive: true, force: true });
  await mkdir(next, { recursive: true, mode: 0o700 });
  const sealing = { folder: next, recipientsFile: recipients.file, compressionLevel };
  await encryptText(sealing, files.state, text);
  if (recipients.gpgMessage !== null) {
    await writeDurably(join(next, files.stateKey), recipients.gpgMessage);
  }
  await rm(state, { recursive: true, force: true });
  await rename(next, state);
}

/**
 * Copies the stored state into a backup. It is already encrypted, and has its own age key for the holders of GPG keys.
 *
 * @returns the copied files; empty if no state is stored
 */
export async function copyState({ state }: Paths, { folder }: Encryptor): Promise<ManifestFile[]> {
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
