// Sealed files: zstd inside age. What comes out goes from program to program, never to a disk.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, output, ProgramFailed } from './program.ts';

/** Files that a step opens, and what opens them. */
export interface Key {
  /** File that holds the age identity. */
  readonly identity: string;
  readonly signal?: AbortSignal | undefined;
}

/** The pipelines are constants; what they work on are their arguments. */
const OPEN = 'set -o pipefail; age -d -i "$1" "$2" | zstd -dcq';

/** What a sealed file holds. */
export async function unseal(file: string, { identity, signal }: Key): Promise<string> {
  const args = ['-c', OPEN, 'unseal', identity, file];
  return output({ program: 'bash', args, what: `opening ${file}`, signal });
}

/** Files by standard input, a line each: there may be more of them than arguments can hold. */
const LOAD = `set -o pipefail; identity=$1; shift
while IFS= read -r file; do age -d -i "$identity" "$file" | zstd -dcq || exit; done | psql "$@"`;

/**
 * Rows out of sealed streams of COPY, one stream after the other, given to psql as one.
 *
 * @param files whose names have no line break
 * @param psqlArgs must make it read standard input
 * @returns what psql says
 */
export function load(
  files: readonly string[],
  { identity, signal }: Key,
  call: { psqlArgs: readonly string[]; env: Readonly<Record<string, string>>; what: string },
): Promise<string> {
  const { psqlArgs, env, what } = call;
  const args = ['-c', LOAD, 'load', identity, ...psqlArgs];
  const input = files.map((file) => `${file}\n`).join('');
  return output({ program: 'bash', args, env, input, what, signal });
}

/** An archive that is only encrypted, decrypted to a file in memory. */
export async function unsealArchive(file: string, folder: string, key: Key): Promise<string> {
  const { identity, signal } = key;
  const open = await bytes({
    program: 'age',
    args: ['-d', '-i', identity, file],
    what: `opening ${file}`,
    signal,
  });
  const archive = join(folder, `${String(process.hrtime.bigint())}.dump`);
  writeFileSync(archive, open, { mode: 0o600 });
  return archive;
}

/** The key does not open what it should: said in one sentence. */
export class KeyProblem extends Error {
  override readonly name = 'KeyProblem';
}

/**
 * Makes sure that an identity opens a file, before anything rests on it.
 *
 * @throws KeyProblem
 */
export async function checkKey(
  file: string,
  key: Key,
  recipients: readonly string[],
): Promise<void> {
  try {
    await unseal(file, key);
  } catch (error) {
    if (!(error instanceof ProgramFailed)) throw error;
    throw new KeyProblem(keyProblem(error.words, recipients));
  }
}

/** What is wrong with a key, by what age said of it. */
export function keyProblem(words: string, recipients: readonly string[]): string {
  const to = `the backup is encrypted for ${recipients.join(', ')}`;
  if (/no identity matched/.test(words)) {
    return `this key does not open the backup: ${to}; give the identity of one of them`;
  }
  if (
    /malformed|no identities|reading ".*"|failed to (open|read) (identity )?file|unknown identity/i.test(
      words,
    )
  ) {
    return `what was given is no age identity: give the file that 'plinth-backup keygen' wrote (AGE-SECRET-KEY-1…); ${to}`;
  }
  return `the backup cannot be opened (${words.trim()}): ${to}`;
}

/** A folder in memory that only this user can enter; `/tmp` is memory in every container of this image. */
export function memoryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `${name}-`));
  chmodSync(path, 0o700);
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
