// SHA256SUMS, in the format of `sha256sum -c`.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** Checksums in lower-case hexadecimal, by path. */
export type Checksums = ReadonlyMap<string, string>;

/** One line per file, sorted by path. */
export function renderChecksums(checksums: Checksums): string {
  return [...checksums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, sha256]) => `${sha256}  ${path}\n`)
    .join('');
}

/**
 * Parses the checksums. Any text that {@link renderChecksums} would not write is damaged.
 *
 * @returns undefined if the text is damaged
 */
export function parseChecksums(text: string): Checksums | undefined {
  const checksums = new Map<string, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, sha256, path] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
    if (sha256 === undefined || path === undefined) return undefined;
    checksums.set(path, sha256);
  }
  return renderChecksums(checksums) === text ? checksums : undefined;
}

export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The checksum of a whole file. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    hash,
    signal ? { signal } : {},
  );
  return hash.digest('hex');
}
