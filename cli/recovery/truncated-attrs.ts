// Pulumi's file storage keeps attributes beside each file, in one of its own that it writes in place. A kill
// in that moment leaves it empty, and then the file itself cannot be read any more. Without attributes it can.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '../../lib/paths.ts';

const suffix = '.attrs';

/** Whether a file of attributes was cut short. */
export function isTruncated(attributes: string): boolean {
  try {
    JSON.parse(attributes);
    return false;
  } catch {
    return true;
  }
}

/** Removes attributes that were cut short; returns the files they belonged to. */
export function repairTruncated(places: Paths): string[] {
  const folder = join(places.state, '.pulumi');
  if (!existsSync(folder)) return [];
  const torn = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name))
    .filter((file) => isTruncated(readFileSync(file, 'utf8')));
  for (const file of torn) rmSync(file, { force: true });
  return torn.map((file) => file.slice(0, -suffix.length));
}
