// Compresses and encrypts files with plinth-seal, a program of the image. No plaintext is written to disk.

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../child.ts';

/** An encrypted file. The checksum is calculated from the stream, before it is written to disk. */
export interface EncryptedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** How a run encrypts its files. */
export interface Encryptor {
  /** Paths of files are relative to this directory. */
  readonly folder: string;
  /** A file with age recipients. */
  readonly recipientsFile: string;
  /** Compression level of zstd. */
  readonly compressionLevel: number;
  readonly signal?: AbortSignal;
}

/** The environment variables of plinth-seal. */
export function encryptionEnvironment(sealing: Encryptor): Record<string, string> {
  return {
    PLINTH_RECIPIENTS: sealing.recipientsFile,
    PLINTH_COMPRESSION_LEVEL: String(sealing.compressionLevel),
  };
}

/** Encrypts a text. */
export async function encryptText(
  sealing: Encryptor,
  path: string,
  text: string,
): Promise<EncryptedFile> {
  return seal(sealing, path, [], {}, text);
}

/** Encrypts the output of a program. */
export async function encryptProgram(
  sealing: Encryptor,
  path: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<EncryptedFile> {
  return seal(sealing, path, command, env);
}

async function seal(
  sealing: Encryptor,
  path: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<EncryptedFile> {
  await mkdir(join(sealing.folder, dirname(path)), { recursive: true, mode: 0o700 });
  const said = await run('plinth-seal', [path, ...command], {
    cwd: sealing.folder,
    env: { ...encryptionEnvironment(sealing), ...env },
    input,
    ...(sealing.signal === undefined ? {} : { signal: sealing.signal }),
  });
  return encryptedFrom(path, said);
}

/** Parses the output of plinth-seal: the checksum, then the size. */
export function encryptedFrom(path: string, said: string): EncryptedFile {
  const sha256 = /^([0-9a-f]{64}) [ *]-$/m.exec(said)?.[1];
  const bytes = /^sealed (\d+)$/m.exec(said)?.[1];
  if (sha256 === undefined || bytes === undefined) {
    throw new Error(
      `plinth-seal reported no checksum or size for ${path}, so its content is unknown`,
    );
  }
  return { path, bytes: Number(bytes), sha256 };
}
