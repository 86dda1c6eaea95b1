// Versions of the programs that create a backup. They help to decrypt and restore it years later.

import { run } from './child.ts';

const asked: Readonly<Record<string, readonly [string, string]>> = {
  postgresql: ['pg_dump', '--version'],
  age: ['age', '--version'],
  zstd: ['zstd', '--version'],
  gpg: ['gpg', '--version'],
};

let known: Readonly<Record<string, string>> | undefined;

/** Versions by name. They are determined once, because an image does not change. */
export async function toolVersions(): Promise<Readonly<Record<string, string>>> {
  if (known !== undefined) return known;
  const versions: Record<string, string> = { node: process.versions.node };
  for (const [name, [program, option]] of Object.entries(asked)) {
    versions[name] = /\d+(?:\.\d+)+/.exec(await run(program, [option]))?.[0] ?? 'unknown';
  }
  known = versions;
  return versions;
}
