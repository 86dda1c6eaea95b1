// The name of an image says what is in it: same files and versions, same tag. Set-up builds images
// under these tags and the program refers to them, so both sides call this one function.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files below `dir`, as paths relative to it with `/`, in one order everywhere. */
export function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesBelow(join(dir, entry.name)).map((file) => `${entry.name}/${file}`)
        : [entry.name],
    )
    .sort();
}

/**
 * A tag for the content of a folder: 12 hex digits over every file's path, executable bit and bytes,
 * and over `extra` (versions, the base image's tag), whose order does not matter.
 */
export function contentTag(dir: string, extra: Readonly<Record<string, string>> = {}): string {
  const hash = createHash('sha256');
  const add = (text: string | Buffer): void => {
    hash.update(`${text.length}\n`).update(text);
  };
  for (const file of filesBelow(dir)) {
    const path = join(dir, file);
    add(file);
    add((statSync(path).mode & 0o100) === 0 ? 'data' : 'program');
    add(readFileSync(path));
  }
  for (const name of Object.keys(extra).sort()) {
    add(name);
    add(extra[name] ?? '');
  }
  return hash.digest('hex').slice(0, 12);
}
