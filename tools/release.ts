/**
 * Makes a release: names the unreleased changes after a version, commits, and tags the commit.
 *
 *     node tools/release.ts 1.2.3              the commit and the annotated tag v1.2.3; nothing is pushed
 *     node tools/release.ts 1.2.3 --dry-run    prints what it would do
 *     node tools/release.ts notes 1.2.3        prints that version's section of CHANGELOG.md
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CHANGELOG = 'CHANGELOG.md';
/** Files that carry the version besides the changelog. */
const MANIFESTS = ['package.json', 'cli/package.json', 'package-lock.json'];
/** Semantic Versioning, without build metadata. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/;
const UNRELEASED = '## [Unreleased]';

/** Why there is no release, with what to do about it. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface Plan {
  readonly root: string;
  readonly version: string;
  /** The day of the release: 2026-01-31. */
  readonly date: string;
  readonly dryRun: boolean;
  readonly say: (line: string) => void;
}

/** Does it, or says what it would do. */
export function release({ root, version, date, dryRun, say }: Plan): void {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd();
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const tag = `v${version}`;

  const { version: current } = JSON.parse(read('package.json')) as { version: string };
  refuseVersion(version, current);
  const dirty = git('status', '--porcelain');
  if (dirty !== '') {
    throw new Refused(`the working tree has changes: commit or stash them first\n${dirty}`);
  }
  if (git('tag', '--list', tag) !== '') {
    throw new Refused(`the tag ${tag} is there already: choose a higher version`);
  }
  const changes = new Map([[CHANGELOG, released(read(CHANGELOG), version, date)]]);
  for (const file of MANIFESTS.filter((name) => existsSync(join(root, name)))) {
    changes.set(file, versioned(file, read(file), version));
  }

  const files = [...changes.keys()];
  const subject = `release: set version ${version}`;
  if (dryRun) {
    say(`would write ${files.join(', ')}`);
    say(`would commit "${subject}" and tag it ${tag}, with these notes:\n`);
    say(notes(changes.get(CHANGELOG) ?? '', version));
    return;
  }
  for (const [file, text] of changes) writeFileSync(join(root, file), text);
  git('add', '--', ...files);
  git('commit', '--quiet', '--message', subject);
  git('tag', '--annotate', tag, '--message', `Plinth ${version}`);
  say(`✓ ${subject}, tagged ${tag}`);
  say('git push --follow-tags publishes it');
}

function refuseVersion(version: string, current: string): void {
  if (!VERSION.test(version)) {
    throw new Refused(
      `the version is ${JSON.stringify(version)}, but must be three numbers: write for example 1.2.3`,
    );
  }
  if (isLower(version, current)) {
    throw new Refused(
      `the version ${version} is lower than ${current} in package.json: choose a higher one`,
    );
  }
}

/** Compares the three numbers; a pre-release is lower than its release. */
export function isLower(version: string, other: string): boolean {
  const numbers = (text: string): number[] => text.replace(/-.*$/, '').split('.').map(Number);
  const [mine, theirs] = [numbers(version), numbers(other)];
  const index = mine.findIndex((number, at) => number !== theirs[at]);
  if (index >= 0) return (mine[index] ?? 0) < (theirs[index] ?? 0);
  return version.includes('-') && !other.includes('-');
}

/** The changelog with its unreleased changes under a version, and a new heading for what comes next. */
export function released(changelog: string, version: string, date: string): string {
  const body = sectionOf(changelog, UNRELEASED);
  if (body === undefined) {
    throw new Refused(`${CHANGELOG} has no section "${UNRELEASED}": write what changes for users`);
  }
  if (body === '') {
    throw new Refused(`the section "${UNRELEASED}" is empty: write what changes for users`);
  }
  if (sectionOf(changelog, `## [${version}]`) !== undefined) {
    throw new Refused(`${CHANGELOG} has a section of ${version} already: choose a higher version`);
  }
  return changelog.replace(UNRELEASED, () => `${UNRELEASED}\n\n## [${version}] - ${date}`);
}

/** What the changelog says of a version. */
export function notes(changelog: string, version: string): string {
  const body = sectionOf(changelog, `## [${version}]`);
  if (body !== undefined && body !== '') return body;
  throw new Refused(
    `${CHANGELOG} has no section of ${version}: make the release with node tools/release.ts ${version}`,
  );
}

/** What stands under a heading; undefined where there is no such heading. */
function sectionOf(changelog: string, heading: string): string | undefined {
  const lines = changelog.split('\n');
  const start = lines.findIndex((line) => line === heading || line.startsWith(`${heading} `));
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('## '));
  const end = length < 0 ? lines.length : start + 1 + length;
  return lines
    .slice(start + 1, end)
    .join('\n')
    .trim();
}

interface Lock {
  version: string;
  packages?: Record<string, { version?: string }>;
}

/** A manifest with another version; everything else stays as it is. */
export function versioned(file: string, text: string, version: string): string {
  if (file !== 'package-lock.json') {
    return text.replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`);
  }
  const lock = JSON.parse(text) as Lock;
  lock.version = version;
  for (const own of [lock.packages?.[''], lock.packages?.['cli']]) {
    if (own?.version !== undefined) own.version = version;
  }
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Refuses notes of a version that is not the one in package.json, as a wrong tag would ask for. */
function checkedNotes(root: string, version: string): string {
  const manifest = readFileSync(join(root, 'package.json'), 'utf8');
  const { version: current } = JSON.parse(manifest) as { version: string };
  if (version !== current) {
    throw new Refused(
      `package.json has version ${current}, not ${version}: tag the commit that tools/release.ts makes`,
    );
  }
  return notes(readFileSync(join(root, CHANGELOG), 'utf8'), version);
}

/** @returns the exit code */
export function main(args: readonly string[], root: string): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { 'dry-run': { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [first = '', second] = positionals;
    if (first === 'notes' && second !== undefined) {
      console.log(checkedNotes(root, second));
      return 0;
    }
    if (first === '' || positionals.length !== 1) {
      console.error('usage: node tools/release.ts <version> [--dry-run] | notes <version>');
      return 2;
    }
    const date = new Date().toISOString().slice(0, 10);
    release({ root, version: first, date, dryRun: values['dry-run'], say: console.log });
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.error(`release: ${error.message}`);
    return 1;
  }
}

const self = fileURLToPath(import.meta.url);
if (process.argv[1] === self)
  process.exitCode = main(process.argv.slice(2), dirname(dirname(self)));
