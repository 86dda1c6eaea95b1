// Compression and encryption, by the image's plinth-seal: nothing in clear text comes to rest.

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './child.ts';

/** A file that has been written, with the checksum of what was on its way to the disk. */
export interface Sealed {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** How a run seals its files. */
export interface Sealing {
  /** The files' paths are relative to it. */
  readonly folder: string;
  /** A file with age recipients. */
  readonly recipientsFile: string;
  /** Of zstd. */
  readonly compressionLevel: number;
  readonly signal?: AbortSignal;
}

/** What plinth-seal is told by its surroundings. */
export function sealEnvironment(sealing: Sealing): Record<string, string> {
  return {
    PLINTH_RECIPIENTS: sealing.recipientsFile,
    PLINTH_COMPRESSION_LEVEL: String(sealing.compressionLevel),
  };
}

/** Seals a text. */
export async function sealText(sealing: Sealing, path: string, text: string): Promise<Sealed> {
  return seal(sealing, path, [], {}, text);
}

/** Seals what a program says. */
export async function sealProgram(
  sealing: Sealing,
  path: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Sealed> {
  return seal(sealing, path, command, env);
}

async function seal(
  sealing: Sealing,
  path: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<Sealed> {
  await mkdir(join(sealing.folder, dirname(path)), { recursive: true, mode: 0o700 });
  const said = await run('plinth-seal', [path, ...command], {
    cwd: sealing.folder,
    env: { ...sealEnvironment(sealing), ...env },
    input,
    ...(sealing.signal === undefined ? {} : { signal: sealing.signal }),
  });
  return sealedFrom(path, said);
}

/** Reads what plinth-seal has said: the checksum, then the size. */
export function sealedFrom(path: string, said: string): Sealed {
  const sha256 = /^([0-9a-f]{64}) [ *]-$/m.exec(said)?.[1];
  const bytes = /^sealed (\d+)$/m.exec(said)?.[1];
  if (sha256 === undefined || bytes === undefined) {
    throw new Error(`plinth-seal said nothing about ${path}, so nobody knows what is in it`);
  }
  return { path, bytes: Number(bytes), sha256 };
}
