// The key that opens a backup: read here, given to the container by its standard input, and nowhere else.

import { readFileSync } from 'node:fs';
import { UserError } from '../../lib/errors.ts';
import { run, which } from '../../lib/process.ts';

/**
 * An age identity from a file.
 *
 * @throws Problem for a file that holds none
 */
export function keyFrom(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(
      `the key ${file} cannot be read (${(cause as Error).message})`,
      'give another file with --key',
    );
  }
  return checkedKey(text, file);
}

/** @throws Problem for a text that holds no age identity */
export function checkedKey(text: string, where: string): string {
  if (/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/m.test(text)) return text;
  const public_ = /^age1[0-9a-z]+$/m.test(text.trim());
  throw new UserError(
    public_
      ? `${where} holds a public key, which only closes backups`
      : `${where} holds no age identity`,
    'give the file that begins with AGE-SECRET-KEY-1, as plinth backup keygen wrote it',
  );
}

/**
 * The backup's own age key, unwrapped by the user's own gpg.
 *
 * @param wrapped text of key.gpg
 */
export async function keyFromGpg(wrapped: string): Promise<string> {
  if (which('gpg') === undefined) {
    throw new UserError(
      'there is no gpg on PATH',
      'install it, or give an age identity with --key',
    );
  }
  const { code, stdout, stderr } = await run('gpg', ['--decrypt', '--quiet'], { input: wrapped });
  if (code === 0) return checkedKey(stdout, 'key.gpg');
  throw new UserError(
    `gpg does not open this backup's key (${stderr.trim()})`,
    'use the machine and the user that has one of its private keys, or give an age identity with --key',
  );
}
