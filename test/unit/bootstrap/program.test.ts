import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  javascript,
  packageVersions,
  programOf,
  stage,
  writeProgram,
} from '../../../bootstrap/program.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plinth-program-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};

const PROGRAM = {
  'app/main.ts': `import { double } from '../shared/double.ts';
import { word } from 'needed';
import { sep } from 'node:path';
import type { Unused } from './only-types.ts';
const three: number = await import('./lazy.ts').then(({ three }) => three);
const told: Unused = \`\${word} \${double(three) satisfies number} \${sep}\`;
console.log(told);
`,
  'app/lazy.ts': 'export const three = 3 as const;\n',
  'app/only-types.ts': 'export type Unused = string;\n',
  'app/not-imported.ts': 'throw new Error();\n',
  'shared/double.ts': 'export function double(x: number): number {\n  return 2 * x;\n}\n',
  'node_modules/needed/package.json':
    '{ "name": "needed", "version": "1.2.3", "main": "index.js", "dependencies": { "deeper": "*" } }',
  'node_modules/needed/index.js': "exports.word = require('deeper');",
  'node_modules/needed/index.d.ts': 'export const word: string;',
  'node_modules/needed/README.md': 'words',
  'node_modules/deeper/package.json': '{ "name": "deeper", "version": "4.5.6" }',
  'node_modules/deeper/index.js': "module.exports = 'six is';",
};

describe('javascript', () => {
  it('takes types out and leaves every line where it was', () => {
    const { code, imports } = javascript("import { a } from './a.ts';\nconst b: number = a;\n");
    expect(code).toBe("import { a } from './a.js';\nconst b         = a;\n");
    expect(imports).toEqual(['./a.ts']);
  });

  it('follows exports and lazy imports, and leaves packages alone', () => {
    const { code, imports } = javascript(
      "export * from './a.ts';\nawait import('./b.ts');\nimport 'c.ts';\n",
    );
    expect(imports).toEqual(['./a.ts', './b.ts', 'c.ts']);
    expect(code).toBe("export * from './a.js';\nawait import('./b.js');\nimport 'c.ts';\n");
  });

  it('needs nothing that only types come from', () => {
    const source =
      "import type { A } from './a.ts';\nimport { type B } from 'b';\nexport type { C } from './c.ts';\n";
    expect(javascript(source).imports).not.toContain('./a.ts');
    expect(javascript(source).imports).not.toContain('./c.ts');
  });
});

describe('programOf', () => {
  it('is what an entry needs, and no more', () => {
    write(PROGRAM);
    const program = programOf(root, 'app/main.ts');
    expect(Object.keys(program.files).sort()).toEqual([
      'app/lazy.js',
      'app/main.js',
      'shared/double.js',
    ]);
    expect(packageVersions(program)).toEqual({ needed: '1.2.3', deeper: '4.5.6' });
  });

  it('names a package that is not installed', () => {
    write({ 'main.ts': "import { x } from 'nowhere-to-be-found';\nx();\n" });
    expect(() => programOf(root, 'main.ts')).toThrow(
      'the npm package nowhere-to-be-found is not installed: run npm ci',
    );
  });

  it('takes the copy of a package that another one would find', () => {
    write({
      ...PROGRAM,
      'node_modules/needed/node_modules/deeper/package.json':
        '{ "name": "deeper", "version": "9.9.9" }',
      'node_modules/needed/node_modules/deeper/index.js': "module.exports = 'nine';",
    });
    expect(packageVersions(programOf(root, 'app/main.ts'))['deeper']).toBe('9.9.9');
  });
});

describe('writeProgram', () => {
  it('makes a folder that runs by itself', () => {
    write(PROGRAM);
    const folder = join(root, 'made');
    writeProgram(programOf(root, 'app/main.ts'), folder);
    rmSync(join(root, 'node_modules'), { recursive: true });
    const said = execFileSync(process.execPath, [join(folder, 'app/main.js')], {
      encoding: 'utf8',
    });
    expect(said).toBe('six is 6 /\n');
    expect(readdirSync(join(folder, 'node_modules/needed')).sort()).toEqual([
      'index.js',
      'package.json',
    ]);
  });
});

describe('stage', () => {
  it('makes a folder once, of the image’s own files and the program', () => {
    write({ ...PROGRAM, 'images/x/Dockerfile': 'FROM scratch\n' });
    const program = programOf(root, 'app/main.ts');
    const staged = stage(root, 'images/x', program, 'x-1');
    expect(staged).toBe('./.plinth/images/x-1');
    expect(readFileSync(join(root, staged, 'Dockerfile'), 'utf8')).toBe('FROM scratch\n');
    expect(existsSync(join(root, staged, 'program/app/main.js'))).toBe(true);
    writeFileSync(join(root, staged, 'Dockerfile'), 'kept');
    stage(root, 'images/x', program, 'x-1');
    expect(readFileSync(join(root, staged, 'Dockerfile'), 'utf8')).toBe('kept');
    expect(readdirSync(join(root, '.plinth/images'))).toEqual(['x-1']);
  });
});
