import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const PROJECT = path.resolve(import.meta.dirname, '..');

/**
 * The text of a project file. Refuses when its SHA-256 is not `checksum`: the file then changed
 * between the preview a person read and the run.
 */
export async function projectFile(file: string, checksum: string): Promise<string> {
  const text = await readFile(path.join(PROJECT, file), 'utf8');
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== checksum) {
    throw new Error(
      `${file} changed while the update ran (was ${checksum.slice(0, 12)}, ` +
        `is ${found.slice(0, 12)}): run the update again`,
    );
  }
  return text;
}
