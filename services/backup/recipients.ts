// Who will be able to open a backup, made ready before the first byte: a wrong key is found then.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './child.ts';
import type { Manifest } from './manifest.ts';
import type { BackupSettings, Encryption } from './settings.ts';

export interface Recipients {
  /** A file with age recipients, a line each. */
  readonly file: string;
  /** The same. */
  readonly keys: readonly string[];
  readonly gpgFingerprints: readonly string[];
  /** The backup's own age key, readable to the holders of the GPG keys; null without any. */
  readonly gpgMessage: string | null;
  /** Removes what was made ready. */
  dispose(): Promise<void>;
}

/**
 * Tries every key, and makes the backup's own key where there are holders of GPG keys.
 *
 * @throws {Error} naming the key that does not work
 */
export async function prepareRecipients(
  { recipients, gpgKeys }: Encryption,
  signal?: AbortSignal,
): Promise<Recipients> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-recipients-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const abort = signal === undefined ? {} : { signal };
    const own = gpgKeys.length === 0 ? undefined : await ownKey(folder, gpgKeys, abort);
    const keys = [...recipients, ...(own === undefined ? [] : [own.recipient])];
    const file = join(folder, 'recipients');
    await writeFile(file, keys.map((key) => `${key}\n`).join(''), { mode: 0o600 });
    for (const key of recipients) await tryRecipient(key, abort);
    const { fingerprints = [], message = null } = own ?? {};
    return { file, keys, gpgFingerprints: fingerprints, gpgMessage: message, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface Abort {
  readonly signal?: AbortSignal;
}

async function tryRecipient(key: string, abort: Abort): Promise<void> {
  const wrong = `the recipient ${key} is no public age key: write one that begins with age1 and was made by keygen`;
  if (!/^age1[0-9a-z]+$/.test(key)) throw new Error(wrong);
  try {
    await run('age', ['--encrypt', '--recipient', key], abort);
  } catch (cause) {
    abort.signal?.throwIfAborted();
    throw new Error(wrong, { cause });
  }
}

interface OwnKey {
  readonly recipient: string;
  readonly fingerprints: readonly string[];
  readonly message: string;
}

/** A key that only exists in memory, and encrypted to the holders of the GPG keys. */
async function ownKey(folder: string, gpgKeys: readonly string[], abort: Abort): Promise<OwnKey> {
  const gpg = ['--batch', '--quiet', '--no-tty', '--no-autostart', '--homedir', folder];
  const fingerprints: string[] = [];
  for (const [index, key] of gpgKeys.entries()) {
    fingerprints.push(await importKey(gpg, key, index + 1, abort));
  }
  const identity = await run('age-keygen', [], abort);
  const recipient = /^# public key: (age1\S+)$/m.exec(identity)?.[1];
  if (recipient === undefined) throw new Error('age-keygen made no key that can be read');
  const to = fingerprints.flatMap((fingerprint) => ['--recipient', fingerprint]);
  const encrypt = ['--trust-model', 'always', '--armor', '--compress-algo', 'none', '--encrypt'];
  const message = await run('gpg', [...gpg, ...encrypt, ...to], {
    ...abort,
    input: identity,
  }).catch((cause: unknown) => {
    throw new Error(
      `the GPG keys ${fingerprints.join(', ')} cannot be encrypted to: replace those that have expired or been revoked`,
      { cause },
    );
  });
  return { recipient, fingerprints, message };
}

/** @returns the fingerprint of the one key in it */
async function importKey(
  gpg: readonly string[],
  key: string,
  position: number,
  abort: Abort,
): Promise<string> {
  const wrong = `GPG key ${position} is no armored public key: export it with gpg --armor --export`;
  const listed = await run('gpg', [...gpg, '--with-colons', '--show-keys'], {
    ...abort,
    input: key,
  }).catch((cause: unknown) => {
    throw new Error(wrong, { cause });
  });
  const lines = listed.split('\n').map((line) => line.split(':'));
  const primary = lines.filter(([kind]) => kind === 'pub' || kind === 'sec');
  const fingerprint = lines.find(([kind]) => kind === 'fpr')?.[9];
  if (primary.length !== 1 || primary[0]?.[0] !== 'pub' || fingerprint === undefined) {
    throw new Error(wrong);
  }
  await run('gpg', [...gpg, '--import'], { ...abort, input: key });
  return fingerprint;
}

/** Whether all who are to open backups now can open this one. */
export function isFor(
  manifest: Pick<Manifest, 'encryption'> | null,
  { encryption }: Pick<BackupSettings, 'encryption'>,
): boolean {
  return (
    manifest !== null &&
    encryption.recipients.every((one) => manifest.encryption.recipients.includes(one))
  );
}
