// Verifies that a backup is unchanged. This needs no key. The restore test checks that it can be decrypted and restored.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseChecksums, renderChecksums, sha256OfFile, sha256OfText } from './checksums.ts';
import { filesUnder } from './folder.ts';
import { errorMessage } from '../../lib/json-log.ts';
import { files, parseManifest, type Manifest } from './manifest.ts';

/** The result of a verification. */
export type Verdict =
  | { readonly state: 'good'; readonly manifest: Manifest }
  | { readonly state: 'damaged'; readonly reason: string };

class Damage extends Error {}

/**
 * Reads every file of a backup and compares the checksums.
 *
 * @throws {Error} only if it was aborted
 */
export async function verifyBackup(
  logical: string,
  id: string,
  signal?: AbortSignal,
): Promise<Verdict> {
  return judged(async () => {
    const { manifest, checksums } = await readBackup(logical, id);
    for (const [path, expected] of checksums) {
      const got = await sha256OfFile(join(logical, id, path), signal);
      if (got !== expected) throw new Damage(`the checksum of ${path} is wrong`);
    }
    return manifest;
  }, signal);
}

/** Checks only the names and sizes of the files. */
export async function quickCheck(logical: string, id: string): Promise<Verdict> {
  return judged(async () => (await readBackup(logical, id)).manifest);
}

async function judged(look: () => Promise<Manifest>, signal?: AbortSignal): Promise<Verdict> {
  try {
    return { state: 'good', manifest: await look() };
  } catch (error) {
    signal?.throwIfAborted();
    return { state: 'damaged', reason: errorMessage(error) };
  }
}

/** Reads the manifest and the checksums of a backup and checks that they match each other and the files. */
async function readBackup(logical: string, id: string) {
  const folder = join(logical, id);
  const checksums = parseChecksums(await textOf(folder, files.checksums));
  if (checksums === undefined) throw new Damage(`${files.checksums} is invalid`);
  const text = await textOf(folder, files.manifest);
  if (checksums.get(files.manifest) !== sha256OfText(text)) {
    throw new Damage(`the checksum of ${files.manifest} is wrong`);
  }
  const manifest = parseManifest(text, files.manifest);
  if (manifest.id !== id) throw new Damage(`it is the backup ${manifest.id} under another name`);
  const listed = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  listed.set(files.manifest, sha256OfText(text));
  if (renderChecksums(listed) !== renderChecksums(checksums)) {
    throw new Damage(`${files.manifest} and ${files.checksums} do not match`);
  }
  await compareWithDisk(folder, manifest);
  return { manifest, checksums };
}

async function compareWithDisk(folder: string, manifest: Manifest): Promise<void> {
  const expected = new Map(manifest.files.map(({ path, bytes }) => [path, bytes]));
  for (const path of await filesUnder(folder)) {
    if (path === files.manifest || path === files.checksums) continue;
    const bytes = expected.get(path);
    if (bytes === undefined) throw new Damage(`${path} is not in the manifest`);
    const { size } = await stat(join(folder, path));
    if (size !== bytes) throw new Damage(`${path} has ${String(size)} bytes, not ${String(bytes)}`);
    expected.delete(path);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw new Damage(`${missing} is missing`);
}

async function textOf(folder: string, path: string): Promise<string> {
  try {
    return await readFile(join(folder, path), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw new Damage(`${path} is missing`);
    throw cause;
  }
}
