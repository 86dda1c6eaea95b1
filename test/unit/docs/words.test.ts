/** Docs, settings and scripts speak of no example's tables; the linter holds TypeScript to the same. */
import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const PROJECT = path.resolve(import.meta.dirname, '../../..');
const FREE = /^(app|examples|bench|test)\//;
const words = JSON.parse(
  readFileSync(path.join(PROJECT, 'examples/words.json'), 'utf8'),
) as string[];

/** Tracked files outside of the folders that may speak of an example. A file that is removed is not there. */
const files = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && !FREE.test(file) && existsSync(path.join(PROJECT, file)));

describe('outside of app, examples, bench and test', () => {
  it('there are documents, scripts, settings and sources to look at', () => {
    for (const kind of ['.md', '.json', '.sh', '.yaml', '.ts', '.mjs', 'Dockerfile']) {
      expect([kind, files.some((file) => file.endsWith(kind))]).toEqual([kind, true]);
    }
  });

  it.each(words)('no file says %s', (word) => {
    const said = files.flatMap((file) =>
      readFileSync(path.join(PROJECT, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          line.toLowerCase().includes(word) ? [`${file}:${String(index + 1)}`] : [],
        ),
    );
    expect(said).toEqual([]);
  });
});
