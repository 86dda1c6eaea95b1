// Reads the contents of the repository with pgBackRest, so that it works for all storage types and for encryption.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../child.ts';
import {
  archivesIn,
  historiesIn,
  isOnNewestWay,
  parseListing,
  walRangesOf,
  timelinesOf,
  type Archive,
  type ArchivedSegment,
  type WalRange,
} from './archive.ts';
import { parseInfo, type RepositoryInfo } from './info.ts';
import { parseInstant } from './instant.ts';
import { pgbackrest } from './pgbackrest.ts';
import { completeAt, type RecoveryWindow } from './target.ts';

export interface Repository {
  readonly info: RepositoryInfo;
  readonly archives: readonly Archive[];
  readonly files: readonly string[];
  /** Total size in bytes. */
  readonly bytes: number;
}

/** @throws RepositoryUnreadable, PgbackrestFailed */
export async function readInfo(signal?: AbortSignal): Promise<RepositoryInfo> {
  return parseInfo((await pgbackrest('info', { args: ['--output=json'], signal })).toString());
}

/** @throws RepositoryUnreadable, PgbackrestFailed */
export async function readRepository(signal?: AbortSignal): Promise<Repository> {
  const info = await readInfo(signal);
  const listed = await pgbackrest('repo-ls', { args: ['--recurse', '--output=json'], signal });
  const listing = parseListing(listed.toString());
  const histories = new Map<string, string>();
  for (const { path } of historiesIn(listing)) {
    histories.set(path, (await readFromRepository(path, signal)).toString());
  }
  return {
    info,
    archives: archivesIn(listing, histories),
    files: listing.files,
    bytes: listing.bytes,
  };
}

/** Reads a file and decrypts it. Compressed files stay compressed. */
export function readFromRepository(path: string, signal?: AbortSignal): Promise<Buffer> {
  return pgbackrest(`repo-get ${path}`, { signal });
}

/**
 * All reachable ranges of WAL, oldest first.
 *
 * @param timeline only this timeline @default the newest of each cluster
 */
export function walRangesIn(repository: Repository, timeline?: number): WalRange[] {
  return repository.archives
    .flatMap((archive) => {
      const chosen = timeline ?? timelinesOf(archive).at(-1);
      return chosen === undefined || !timelinesOf(archive).includes(chosen)
        ? []
        : walRangesOf(archive, chosen, repository.info.backups);
    })
    .sort((one, other) => one.backups[0].finishedAt - other.backups[0].finishedAt);
}

/**
 * Ranges on older timelines that are not part of the history of the newest timeline, because an earlier restore
 * branched off before them.
 */
export function leftBehindIn(repository: Repository): WalRange[] {
  return repository.archives.flatMap((archive) => {
    const older = timelinesOf(archive).slice(0, -1);
    return older
      .flatMap((timeline) => walRangesOf(archive, timeline, repository.info.backups))
      .filter(({ last }) => !isOnNewestWay(archive, last));
  });
}

/** Adds the times that the ranges cover. Sequentially, because each one needs space for a segment in the small /tmp. */
export async function withTimes(
  stretches: readonly WalRange[],
  signal?: AbortSignal,
): Promise<RecoveryWindow[]> {
  const reaches: RecoveryWindow[] = [];
  for (const stretch of stretches) {
    const from = completeAt(stretch.backups[0]);
    const to = await lastCommitOf([stretch.last, ...stretch.before], signal);
    reaches.push({ ...stretch, from, to: to ?? from - 1 });
  }
  return reaches;
}

/** Time of the last commit in the first of these segments that has one, microseconds since 1970. */
async function lastCommitOf(
  newestFirst: readonly ArchivedSegment[],
  signal?: AbortSignal,
): Promise<number | undefined> {
  for (const segment of newestFirst) {
    const at = await lastCommitIn(segment, signal);
    if (at !== undefined) return at;
  }
  return undefined;
}

async function lastCommitIn(
  { path }: ArchivedSegment,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'wal-'));
  try {
    const packed = join(folder, 'packed');
    // pg_waldump derives the position from the file name.
    const plain = join(folder, /[0-9A-F]{24}/.exec(path)?.[0] ?? '');
    await writeFile(packed, await readFromRepository(path, signal));
    await run('zstd', ['-q', '-d', packed, '-o', plain]);
    return await lastCommitSaid(plain);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Recovery to a time can stop at commits and aborts. */
const COMMIT = /desc: (?:COMMIT|ABORT)\S* (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC)/g;

/** pg_waldump always ends with an error at the end of a segment, so its exit code is ignored. */
function lastCommitSaid(segment: string): Promise<number | undefined> {
  const child = spawn('pg_waldump', ['--rmgr=Transaction', segment], {
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((resolve, reject) => {
    let rest = '';
    let last: string | undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const [, at] of lines.join('\n').matchAll(COMMIT)) last = at;
    });
    child.once('error', reject);
    child.once('close', () => resolve(last === undefined ? undefined : parseInstant(last)));
  });
}
