// Whether a backup is what it was when it was made. Needs no key: that its streams can be opened and
// restored is the drill's to show.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseChecksums, renderChecksums, sha256OfFile, sha256OfText } from './checksums.ts';
import { filesUnder } from './folder.ts';
import { reasonOf } from '../log.ts';
import { files, parseManifest, type Manifest } from './manifest.ts';

/** What a look at a backup found. */
export type Verdict =
  | { readonly state: 'good'; readonly manifest: Manifest }
  | { readonly state: 'damaged'; readonly reason: string };

class Damage extends Error {}

/**
 * Reads every byte of a backup and compares.
 *
 * @throws {Error} only when it was aborted
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
      if (got !== expected) throw new Damage(`${path} is not what was written`);
    }
    return manifest;
  }, signal);
}

/** The same without reading the files: their names and sizes only. */
export async function glanceAtBackup(logical: string, id: string): Promise<Verdict> {
  return judged(async () => (await readBackup(logical, id)).manifest);
}

async function judged(look: () => Promise<Manifest>, signal?: AbortSignal): Promise<Verdict> {
  try {
    return { state: 'good', manifest: await look() };
  } catch (error) {
    signal?.throwIfAborted();
    return { state: 'damaged', reason: reasonOf(error) };
  }
}

/** The lists of a backup, which have to agree with each other and with what is there. */
async function readBackup(logical: string, id: string) {
  const folder = join(logical, id);
  const checksums = parseChecksums(await textOf(folder, files.checksums));
  if (checksums === undefined) throw new Damage(`${files.checksums} is not what was written`);
  const text = await textOf(folder, files.manifest);
  if (checksums.get(files.manifest) !== sha256OfText(text)) {
    throw new Damage(`${files.manifest} is not what was written`);
  }
  const manifest = parseManifest(text, files.manifest);
  if (manifest.id !== id) throw new Damage(`it is the backup ${manifest.id} under another name`);
  const listed = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  listed.set(files.manifest, sha256OfText(text));
  if (renderChecksums(listed) !== renderChecksums(checksums)) {
    throw new Damage(`${files.manifest} and ${files.checksums} do not agree`);
  }
  await compareWithDisk(folder, manifest);
  return { manifest, checksums };
}

async function compareWithDisk(folder: string, manifest: Manifest): Promise<void> {
  const expected = new Map(manifest.files.map(({ path, bytes }) => [path, bytes]));
  for (const path of await filesUnder(folder)) {
    if (path === files.manifest || path === files.checksums) continue;
    const bytes = expected.get(path);
    if (bytes === undefined) throw new Damage(`${path} does not belong to it`);
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
