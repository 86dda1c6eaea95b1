// Decrypts files: zstd data, encrypted with age. Plaintext is piped from program to program and never written to disk.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, output, ProgramFailed } from './program.ts';

/** The key that decrypts files. */
export interface Key {
  /** File with the age identity. */
  readonly identity: string;
  readonly signal?: AbortSignal | undefined;
}

/** The pipelines are constants. Paths are passed as arguments. */
const OPEN = 'set -o pipefail; age -d -i "$1" "$2" | zstd -dcq';

/** Decrypts a file. */
export async function decrypt(file: string, { identity, signal }: Key): Promise<string> {
  const args = ['-c', OPEN, 'unseal', identity, file];
  return output({ program: 'bash', args, what: `decrypting ${file}`, signal });
}

/** Reads the paths from standard input, one per line, because there may be too many for the command line. */
const LOAD = `set -o pipefail; identity=$1; shift
while IFS= read -r file; do age -d -i "$identity" "$file" | zstd -dcq || exit; done | psql "$@"`;

/**
 * Decrypts COPY streams, one after the other, and passes them to psql as one stream.
 *
 * @param files paths without line breaks
 * @param psqlArgs must make psql read standard input
 * @returns the output of psql
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

/** Decrypts an archive, which is not compressed with zstd, to a file in memory. */
export async function decryptArchive(file: string, folder: string, key: Key): Promise<string> {
  const { identity, signal } = key;
  const open = await bytes({
    program: 'age',
    args: ['-d', '-i', identity, file],
    what: `decrypting ${file}`,
    signal,
  });
  const archive = join(folder, `${String(process.hrtime.bigint())}.dump`);
  writeFileSync(archive, open, { mode: 0o600 });
  return archive;
}

/** The key does not decrypt the backup. The message is one sentence. */
export class KeyProblem extends Error {
  override readonly name = 'KeyProblem';
}

/**
 * Checks that an identity decrypts a file, before it is used.
 *
 * @throws KeyProblem
 */
export async function checkKey(
  file: string,
  key: Key,
  recipients: readonly string[],
): Promise<void> {
  try {
    await decrypt(file, key);
  } catch (error) {
    if (!(error instanceof ProgramFailed)) throw error;
    throw new KeyProblem(keyProblem(error.words, recipients));
  }
}

/** The problem with a key, derived from the error message of age. */
export function keyProblem(words: string, recipients: readonly string[]): string {
  const to = `the backup is encrypted for ${recipients.join(', ')}`;
  if (/no identity matched/.test(words)) {
    return `this key does not decrypt the backup: ${to}; use the identity of one of them`;
  }
  if (
    /malformed|no identities|reading ".*"|failed to (open|read) (identity )?file|unknown identity/i.test(
      words,
    )
  ) {
    return `the input is not an age identity: use the output of 'plinth-backup keygen' (AGE-SECRET-KEY-1…); ${to}`;
  }
  return `the backup cannot be decrypted (${words.trim()}): ${to}`;
}

/** Creates a directory in memory that only this user can access. `/tmp` is a tmpfs in all containers of this image. */
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
