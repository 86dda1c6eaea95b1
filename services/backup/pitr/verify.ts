// Is everything there, and is it what was written? pgBackRest reads every byte of backups and WAL, but it says nothing
// about WAL that is missing between backups, reads only one of the two copies of each head file, and ends with 0 either way.

import { stretchesIn, readFromRepository, readRepository, type Repository } from './repository.ts';
import { reasonOf } from '../../log.ts';
import { pgbackrest } from './pgbackrest.ts';

/** Everything that is wrong, a sentence each; empty when nothing is. */
export async function verifyRepository(signal?: AbortSignal): Promise<string[]> {
  const said = await pgbackrest('verify', { args: ['--output=text'], signal });
  const found = problemsSaid(said.toString());
  const repository = await readRepository(signal);
  if (repository.info.backups.length === 0) return [...found, 'there is no backup'];
  return [...found, ...gapsIn(repository), ...(await unequalCopies(repository, signal))];
}

/** Of `verify --output=text`, which says nothing when nothing is wrong. */
export function problemsSaid(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(stanza:|status: )/.test(line));
}

/** WAL that is missing although there is more behind it. */
export function gapsIn(repository: Repository): string[] {
  const broken = stretchesIn(repository).flatMap(({ archiveId, missing }) =>
    missing === undefined
      ? []
      : `WAL segment ${missing} of ${archiveId} is missing: no time between it and the next backup can be reached`,
  );
  return [...broken, ...unusable(repository)];
}

/** Backups that no way leads through, because their own WAL is not there. */
function unusable(repository: Repository): string[] {
  const timelines = [...new Set(repository.archives.flatMap(timelinesIn))];
  const usable = new Set(
    timelines
      .flatMap((timeline) => stretchesIn(repository, timeline))
      .flatMap(({ backups }) => backups.map(({ id }) => id)),
  );
  return repository.info.backups
    .filter(({ id }) => !usable.has(id))
    .map(({ id }) => `backup ${id} cannot be restored: WAL that it needs is missing`);
}

function timelinesIn({ segments }: Repository['archives'][number]): number[] {
  return [...segments.values()].map(({ timeline }) => timeline);
}

/** Head files are there twice, so that one may be damaged: then it is time to know. */
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
      problems.push(`${head} or its copy cannot be read: ${reasonOf(error)}`);
    }
  }
  const alone = repository.files.filter(
    (path) => path.endsWith('.copy') && !files.has(path.slice(0, -'.copy'.length)),
  );
  return [...problems, ...alone.map((copy) => `${copy.slice(0, -'.copy'.length)} is missing`)];
}

const HEAD =
  /^(archive\/main\/archive\.info|backup\/main\/backup\.info|backup\/main\/[^/]+\/backup\.manifest)$/;
