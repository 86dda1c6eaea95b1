import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const PROJECT = path.resolve(import.meta.dirname, '..');

/** A path as the state keeps it: from the root of the project, with forward slashes. */
export function inProject(file: string): string {
  return path.relative(PROJECT, file).split(path.sep).join('/');
}

/** SHA-256 of a project file, in hex. */
export function checksum(file: string): string {
  return createHash('sha256')
    .update(readFileSync(path.join(PROJECT, file)))
    .digest('hex');
}

/** A project file's text. */
export function projectText(file: string): string {
  return readFileSync(path.resolve(PROJECT, file), 'utf8');
}

/** SHA-256 of each `.sql` file directly in a project folder, by name, in order of names. */
export function sqlFiles(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(path.join(PROJECT, directory))
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => [name, checksum(`${directory}/${name}`)]),
  );
}
