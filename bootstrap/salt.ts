// The line `encryptionsalt` in a stack's file: proof of the passphrase, and the salt of its key.
//
// Pulumi would write it by itself, and lay out the whole file anew in passing. Written by us it is one
// more line at the end, which a git filter leaves out of commits: each checkout has its own passphrase.

import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';

const iterations = 1_000_000;
const keyBytes = 32;
const saltBytes = 8;
const nonceBytes = 12;
/** What Pulumi encrypts to recognise a right passphrase. */
const knownText = 'pulumi';
const line = /^encryptionsalt:.*$/m;

/** The salt in Pulumi's notation: version, salt, and the known text encrypted with the passphrase. */
export function makeSalt(
  passphrase: string,
  salt: Buffer = randomBytes(saltBytes),
  nonce: Buffer = randomBytes(nonceBytes),
): string {
  const key = pbkdf2Sync(passphrase, salt, iterations, keyBytes, 'sha256');
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([
    cipher.update(knownText, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return ['v1', salt, 'v1', nonce, sealed]
    .map((part) => (typeof part === 'string' ? part : part.toString('base64')))
    .join(':');
}

/** A stack's file with the salt as its last line; unchanged when it has one already. */
export function withSalt(stackFile: string, salt: string): string {
  if (line.test(stackFile)) return stackFile;
  const end = stackFile === '' || stackFile.endsWith('\n') ? '' : '\n';
  return `${stackFile}${end}encryptionsalt: ${salt}\n`;
}
