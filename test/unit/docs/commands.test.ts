import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { commands } from '../../../cli/commands.ts';

const CHECKOUT = path.resolve(import.meta.dirname, '../../..');
// The changelog may name what is gone.
const LEFT_OUT = [
  'CHANGELOG.md',
  'node_modules',
  '.git',
  '.plinth',
  'coverage',
  'test/golden',
  'package-lock.json',
];
const read = (file: string) => readFileSync(path.join(CHECKOUT, file), 'utf8');

/** Every file of the checkout that people wrote, by its path. */
function files(folder = ''): string[] {
  return readdirSync(path.join(CHECKOUT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (LEFT_OUT.includes(name)) return [];
    if (entry.isDirectory()) return files(name);
    return entry.isFile() ? [name] : [];
  });
}

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const texts = files()
  .filter((name) => path.resolve(CHECKOUT, name) !== import.meta.filename)
  .map((name) => [name, read(name)] as const);

/** Where something is named: file and word, without repetitions. */
function named(pattern: RegExp): string[] {
  const found = texts.flatMap(([name, text]) =>
    [...text.matchAll(pattern)].map(([, word]) => `${name}: ${word!}`),
  );
  return [...new Set(found)];
}

function unknown(pattern: RegExp, exists: (word: string) => boolean): string[] {
  const all = named(pattern);
  expect(all.length).toBeGreaterThan(3);
  return all.filter((line) => !exists(line.replace(/^.*: /, '')));
}

describe('every command that a text names exists', () => {
  it('npm run …', () => {
    expect(unknown(/\bnpm run ([a-z][\w:-]*)/g, (word) => Object.hasOwn(scripts, word))).toEqual(
      [],
    );
  });

  it('npx plinth …', () => {
    const own = (word: string) => word === 'version' || Object.hasOwn(commands, word);
    expect(unknown(/\bnpx plinth ([a-z][\w-]*)/g, own)).toEqual([]);
  });

  it('npm run bench -- …, and npx plinth bench …', () => {
    const benchmark = (word: string) => existsSync(path.join(CHECKOUT, 'bench', `${word}.ts`));
    expect(unknown(/\b(?:npm run bench --|plinth bench) ([a-z][\w-]*)/g, benchmark)).toEqual([]);
  });

  it('node <file of ours>', () => {
    const there = (word: string) => existsSync(path.join(CHECKOUT, word));
    expect(unknown(/\bnode ((?:config|tools|toolchain|cli)\/[\w/.-]+\w)/g, there)).toEqual([]);
  });

  it('npm run test:unit -- … and npm run test:stack -- … choose a file', () => {
    const tests = files('test').filter((name) => name.endsWith('.ts'));
    const words = (kind: string) =>
      named(new RegExp(`npm run test:${kind} -- ([a-z][\\w/ -]*\\w)`, 'g')).flatMap((line) => {
        const [file = '', chosen = ''] = line.split(': ');
        return chosen.split(' ').map((word) => ({ file, kind, word }));
      });
    const folders = { unit: ['test/unit/', 'test/components/'], stack: ['test/stack/'] };
    const missing = (['unit', 'stack'] as const).flatMap((kind) =>
      words(kind).filter(
        ({ word }) =>
          !tests.some(
            (name) =>
              folders[kind].some((folder) => name.startsWith(folder)) && name.includes(word),
          ),
      ),
    );
    expect(missing).toEqual([]);
  });
});

it('there are few npm scripts, and each runs before npm ci', () => {
  expect(Object.keys(scripts)).toEqual([
    'up',
    'down',
    'test',
    'test:unit',
    'test:stack',
    'test:full',
    'check',
    'build',
    'docs',
    'bench',
  ]);
  for (const [name, script] of Object.entries(scripts)) {
    const [word = ''] = name.split(':');
    expect(script).toMatch(new RegExp(`^node bootstrap/bootstrap\\.mjs ${word}( --\\w+)?$`));
    expect(Object.keys(commands)).toContain(word);
  }
});
