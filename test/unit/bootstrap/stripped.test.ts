import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathsFor } from '../../../lib/paths.ts';
import { stripped } from '../../../bootstrap/stripped.mjs';

const root = join(import.meta.dirname, '../../..');
const source = 'export const one: number = 1;\n';
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'plinth-stripped-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

function entries(): string[] {
  return readdirSync(join(cache, 'stripped')).map((name) => join(cache, 'stripped', name));
}

describe('a stripped source', () => {
  it('is what Node makes of it, the first time and from the cache', () => {
    expect(stripped(source, 'a.ts', cache)).toBe(stripTypeScriptTypes(source));
    expect(stripped(source, 'a.ts', cache)).toBe(stripTypeScriptTypes(source));
  });

  it('comes from the cache', () => {
    stripped(source, 'a.ts', cache);
    const [file = ''] = entries();
    writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'two'));
    expect(stripped(source, 'a.ts', cache)).toContain('two');
  });

  it('is made again when its source changes, in place of the old one', () => {
    stripped(source, 'a.ts', cache);
    expect(stripped('let b: string;', 'a.ts', cache)).toBe(stripTypeScriptTypes('let b: string;'));
    expect(entries()).toHaveLength(1);
  });

  it.each(['', '// cut o', `// ${'0'.repeat(64)}\nlet wrong;`])(
    'is made again when its entry is %j',
    (broken) => {
      stripped(source, 'a.ts', cache);
      const [file = ''] = entries();
      writeFileSync(file, broken);
      expect(stripped(source, 'a.ts', cache)).toBe(stripTypeScriptTypes(source));
    },
  );

  it('needs no cache, and none that can be written', () => {
    expect(stripped(source, 'a.ts', '/dev/null')).toBe(stripTypeScriptTypes(source));
    expect(stripped(source, 'a.ts', undefined)).toBe(stripTypeScriptTypes(source));
  });
});

describe('a fast start', () => {
  function run(code: string, env: NodeJS.ProcessEnv) {
    return spawnSync(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        ...['--import', join(root, 'bootstrap/fast-start.mjs'), '--input-type=module', '-e', code],
      ],
      { cwd: root, encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } },
    );
  }

  it('keeps its cache where set-up says', () => {
    for (const env of [
      { HOME: cache },
      { HOME: cache, XDG_CACHE_HOME: join(cache, 'xdg') },
      { HOME: cache, PLINTH_CACHE: join(cache, 'own') },
    ]) {
      const { stdout } = run(
        "import { getCompileCacheDir } from 'node:module'; console.log(getCompileCacheDir())",
        env,
      );
      expect(stdout).toContain(pathsFor(root, env).compileCache);
    }
  });

  it('leaves lines and columns of an error where they are in the source', () => {
    const file = join(cache, 'fails.ts');
    writeFileSync(file, 'type A = string;\nconst a: A = "x";\n  throw new Error(a);\n');
    for (const time of ['first', 'from the cache']) {
      const { stderr } = run(`await import(${JSON.stringify(file)})`, { PLINTH_CACHE: cache });
      expect({ time, stderr }).toEqual({
        time,
        stderr: expect.stringContaining(`${file}:3:9`),
      });
    }
  });
});
