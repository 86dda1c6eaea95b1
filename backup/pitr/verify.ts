// Verifies that the repository is complete and unchanged. `pgbackrest verify` reads all backups and WAL, but it does not
// report WAL that is missing between backups, reads only one of the two copies of each info file, and always exits with 0.

import { walRangesIn, readFromRepository, readRepository, type Repository } from './repository.ts';
import { errorMessage } from '../../lib/json-log.ts';
import { pgbackrest } from './pgbackrest.ts';

/** All problems, one sentence each; empty if there are none. */
export async function verifyRepository(signal?: AbortSignal): Promise<string[]> {
  const said = await pgbackrest('verify', { args: ['--output=text'], signal });
  const found = problemsSaid(said.toString());
  const repository = await readRepository(signal);
  if (repository.info.backups.length === 0) return [...found, 'there is no backup'];
  return [...found, ...missingSegments(repository), ...(await unequalCopies(repository, signal))];
}

/** Problems in the output of `verify --output=text`, which is empty if there are none. */
export function problemsSaid(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(stanza:|status: )/.test(line));
}

/** Gaps: WAL segments that are missing although later segments exist. */
export function missingSegments(repository: Repository): string[] {
  const broken = walRangesIn(repository).flatMap(({ archiveId, missing }) =>
    missing === undefined
      ? []
      : `WAL segment ${missing} of ${archiveId} is missing: no time between it and the next backup is reachable`,
  );
  return [...broken, ...unusable(repository)];
}

/** Backups that cannot be restored because their own WAL is missing. */
function unusable(repository: Repository): string[] {
  const timelines = [...new Set(repository.archives.flatMap(timelinesIn))];
  const usable = new Set(
    timelines
      .flatMap((timeline) => walRangesIn(repository, timeline))
      .flatMap(({ backups }) => backups.map(({ id }) => id)),
  );
  return repository.info.backups
    .filter(({ id }) => !usable.has(id))
    .map(({ id }) => `backup ${id} cannot be restored: WAL that it needs is missing`);
}

function timelinesIn({ segments }: Repository['archives'][number]): number[] {
  return [...segments.values()].map(({ timeline }) => timeline);
}

/** Each info file has a copy, so that one of them may be damaged. Reports differences. */
async function unequalCopies(repository: Repository, signal?: AbortSignal): Promise<string[]> {
  const files = new Set(repository.files);
  const heads = repository.files.filter((path) => HEAD.test(path));
  const problems: string[] = [];
  for (const head of heads) {
    const copy = `${head}.copy`;
    if (!files.has(copy)) {
      problems.push(`${copy} is missing`);
      continue;
    }
    try {
      const [one, other] = [
        await readFromRepository(head, signal),
        await readFromRepository(copy, signal),
      ];
      if (!one.equals(other)) problems.push(`${head} and its copy differ: one of them is damaged`);
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(`${head} or its copy cannot be read: ${errorMessage(error)}`);
    }
  }
  const alone = repository.files.filter(
    (path) => path.endsWith('.copy') && !files.has(path.slice(0, -'.copy'.length)),
  );
  return [...problems, ...alone.map((copy) => `${copy.slice(0, -'.copy'.length)} is missing`)];
}

const HEAD =
  /^(archive\/main\/archive\.info|backup\/main\/backup\.info|backup\/main\/[^/]+\/backup\.manifest)$/;
