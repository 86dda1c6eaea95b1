import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isLower,
  main,
  notes,
  release,
  Refused,
  released,
  versioned,
} from '../../../tools/release.ts';

const project = join(import.meta.dirname, '../../..');
const changelog = [
  '# Changelog',
  '',
  '## [Unreleased]',
  '',
  '### Added',
  '',
  '- A thing that costs $& and $1.',
  '',
  '## [0.1.0] - 2026-01-01',
  '',
  '- The first.',
  '',
].join('\n');
const manifest = (name: string) => `{\n  "name": "${name}",\n  "version": "0.1.0"\n}\n`;

describe('a release in a repository', () => {
  let root: string;
  let said: string[];
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', env: isolated() }).trimEnd();
  /** A git without the settings of whoever runs the tests. */
  const isolated = () => ({
    ...process.env,
    HOME: root,
    GIT_CONFIG_GLOBAL: join(root, '.git/none'),
    GIT_CONFIG_NOSYSTEM: '1',
  });
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const make = (version = '0.2.0', dryRun = false) =>
    release({ root, version, date: '2026-02-03', dryRun, say: (line) => said.push(line) });

  beforeEach(() => {
    said = [];
    root = mkdtempSync(join(tmpdir(), 'plinth-release-'));
    mkdirSync(join(root, 'cli'));
    writeFileSync(join(root, 'CHANGELOG.md'), changelog);
    writeFileSync(join(root, 'package.json'), manifest('plinth'));
    writeFileSync(join(root, 'cli/package.json'), manifest('plinth-cli'));
    git('init', '--quiet', '--initial-branch', 'main');
    for (const [key, value] of [
      ['user.name', 'Somebody'],
      ['user.email', 'somebody@example.org'],
      ['commit.gpgsign', 'false'],
      ['tag.gpgsign', 'false'],
    ] as const) {
      git('config', key, value);
    }
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('names the changes, sets the version, commits and tags', () => {
    make();
    expect(read('CHANGELOG.md')).toBe(
      changelog.replace('## [Unreleased]\n', () => '## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n'),
    );
    for (const file of ['package.json', 'cli/package.json']) {
      expect(JSON.parse(read(file))).toMatchObject({ version: '0.2.0' });
    }
    expect(git('status', '--porcelain')).toBe('');
    expect(git('log', '--format=%s')).toBe('release: set version 0.2.0\nfirst');
    expect(git('cat-file', '-t', 'v0.2.0')).toBe('tag');
    expect(git('rev-parse', 'v0.2.0^{commit}')).toBe(git('rev-parse', 'HEAD'));
    expect(git('tag', '--list', '--format=%(subject)')).toBe('Plinth 0.2.0');
  });

  it('releases the version that package.json has already', () => {
    writeFileSync(join(root, 'CHANGELOG.md'), '## [Unreleased]\n\n- All of it.\n');
    git('commit', '--quiet', '--all', '--message', 'second');
    make('0.1.0');
    expect(git('tag', '--list')).toBe('v0.1.0');
    expect(git('show', '--stat', '--format=', 'HEAD')).not.toContain('package.json');
  });

  it('says with --dry-run what it would do, and does nothing', () => {
    make('0.2.0', true);
    expect(said.join('\n')).toBe(
      [
        'would write CHANGELOG.md, package.json, cli/package.json',
        'would commit "release: set version 0.2.0" and tag it v0.2.0, with these notes:',
        '',
        '### Added\n\n- A thing that costs $& and $1.',
      ].join('\n'),
    );
    expect(read('CHANGELOG.md')).toBe(changelog);
    expect(git('log', '--format=%s')).toBe('first');
    expect(git('tag', '--list')).toBe('');
  });

  it.each([
    [
      'a change that is not committed',
      () => writeFileSync(join(root, 'package.json'), '{"version": "0.1.0"}'),
      /^the working tree has changes: commit or stash them first\n M package.json$/,
    ],
    [
      'a file that git does not know',
      () => writeFileSync(join(root, 'new'), ''),
      /^the working tree has changes.*\n\?\? new$/,
    ],
    [
      'the tag',
      () => git('tag', 'v0.2.0'),
      /^the tag v0\.2\.0 is there already: choose a higher version$/,
    ],
  ])('refuses where there is %s', (_, change, expected) => {
    change();
    expect(() => make()).toThrow(expected);
    expect(git('log', '--format=%s')).toBe('first');
  });

  it.each([
    ['1.2', /^the version is "1\.2", but must be three numbers: write for example 1\.2\.3$/],
    ['v1.2.3', /^the version is "v1\.2\.3", but must be/],
    ['1.2.3; rm', /^the version is "1\.2\.3; rm", but must be/],
    ['0.0.9', /^the version 0\.0\.9 is lower than 0\.1\.0 in package\.json: choose a higher one$/],
    ['0.1.0', /^CHANGELOG\.md has a section of 0\.1\.0 already: choose a higher version$/],
  ])('refuses the version %s', (version, expected) => {
    expect(() => make(version)).toThrow(expected);
    expect(git('tag', '--list')).toBe('');
  });

  it('prints the notes of the version that package.json names, and of no other', () => {
    const print = jest.spyOn(console, 'log').mockReturnValue();
    const complain = jest.spyOn(console, 'error').mockReturnValue();
    expect(main(['notes', '0.1.0'], root)).toBe(0);
    expect(print).toHaveBeenCalledWith('- The first.');
    expect(main(['notes', '0.2.0'], root)).toBe(1);
    expect(complain).toHaveBeenCalledWith(
      'release: package.json has version 0.1.0, not 0.2.0: tag the commit that tools/release.ts makes',
    );
    expect(main([], root)).toBe(2);
  });
});

describe('the changelog', () => {
  it.each([
    ['without the section', '# Changelog\n', /has no section "## \[Unreleased\]": write what/],
    ['with an empty one', '## [Unreleased]\n\n## [0.1.0]\n\n- x\n', /is empty: write what/],
  ])('is refused %s', (_, text, expected) => {
    expect(() => released(text, '0.2.0', '2026-02-03')).toThrow(expected);
    expect(() => released(text, '0.2.0', '2026-02-03')).toThrow(Refused);
  });

  it('of this repository can be released', () => {
    const text = readFileSync(join(project, 'CHANGELOG.md'), 'utf8');
    expect(notes(released(text, '9.9.9', '2026-02-03'), '9.9.9')).toContain('### ');
  });

  it('has the notes of one version, to the next heading or the end', () => {
    expect(notes(changelog, '0.1.0')).toBe('- The first.');
    expect(() => notes(changelog, '0.1')).toThrow('has no section of 0.1');
  });
});

it.each([
  ['0.1.0', '0.1.0', false],
  ['0.1.1', '0.1.0', false],
  ['0.9.0', '0.10.0', true],
  ['1.0.0', '0.10.9', false],
  ['1.0.0-rc.1', '1.0.0', true],
  ['1.0.0', '1.0.0-rc.1', false],
])('%s is lower than %s: %s', (version, other, lower) => {
  expect(isLower(version, other)).toBe(lower);
});

it('sets the version in the lock of this repository, and nothing else', () => {
  const text = readFileSync(join(project, 'package-lock.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  expect(versioned('package-lock.json', text, version)).toBe(text);
  const changed = versioned('package-lock.json', text, '9.9.9').split('\n');
  const differ = text.split('\n').filter((line, index) => line !== changed[index]);
  expect(differ.map((line) => line.trim())).toEqual(Array(3).fill(`"version": "${version}",`));
});
