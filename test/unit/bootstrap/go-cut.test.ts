import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyCut, copySources, edited } from '../../../bootstrap/go-cut.ts';
import { cuts, type Cut } from '../../../bootstrap/go-cuts.ts';
import { filesBelow } from '../../../bootstrap/image-tag.ts';
import { enginesFor } from '../../../bootstrap/pulumi.ts';

const over = join(import.meta.dirname, '../../../bootstrap/go/cuts');

describe('an edit', () => {
  const text = 'a\nbegin\nmiddle\nend\nz\n';

  it.each([
    ['of a piece', { from: 'middle\n', by: '' }, 'a\nbegin\nend\nz\n'],
    ['up to what stays', { from: 'begin', until: 'end', by: '-' }, 'a\n-end\nz\n'],
  ])('%s', (_, edit, result) => {
    expect(edited(text, { file: 'f', ...edit })).toBe(result);
  });

  it('up to the end of the file', () => {
    expect(edited('one\ntwo\nthree\n', { file: 'f', from: 'two', rest: true, by: '' })).toBe(
      'one\n',
    );
  });

  it.each([
    ['missing', { from: 'nowhere', by: '' }],
    ['there twice', { from: 'd', by: '' }],
    ['without an end', { from: 'begin', until: 'nowhere', by: '' }],
  ])('is not made where its text is %s', (_, edit) => {
    expect(edited('begin d d', { file: 'f', ...edit })).toBeUndefined();
  });
});

describe('a cut', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plinth-cut-'));
    for (const path of ['cache/pkg/testdata', 'over/pkg'])
      mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, 'cache/go.mod'), 'module m\n');
    writeFileSync(join(folder, 'cache/pkg/a.go'), 'package pkg // old\n');
    writeFileSync(join(folder, 'cache/pkg/b.go'), 'package pkg\n');
    writeFileSync(join(folder, 'cache/pkg/a_test.go'), 'package pkg\n');
    writeFileSync(join(folder, 'cache/pkg/testdata/x'), 'x');
    writeFileSync(join(folder, 'over/pkg/c.go'), 'package pkg // laid over\n');
    chmodSync(join(folder, 'cache/pkg/a.go'), 0o444);
    copySources(join(folder, 'cache'), join(folder, 'copy'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const cut = (change: Partial<Cut>) =>
    applyCut({ module: 'm', ...change }, join(folder, 'copy'), join(folder, 'over'));

  it('works on a copy that can be written, without tests', () => {
    expect(filesBelow(join(folder, 'copy'))).toEqual(['go.mod', 'pkg/a.go', 'pkg/b.go']);
    expect(statSync(join(folder, 'copy/pkg/a.go')).mode & 0o777).toBe(0o644);
  });

  it('removes, edits and lays over, and leaves the module cache as it was', () => {
    cut({ remove: ['pkg/b.go'], edits: [{ file: 'pkg/a.go', from: 'old', by: 'new' }] });
    expect(filesBelow(join(folder, 'copy'))).toEqual(['go.mod', 'pkg/a.go', 'pkg/c.go']);
    expect(readFileSync(join(folder, 'copy/pkg/a.go'), 'utf8')).toBe('package pkg // new\n');
    expect(existsSync(join(folder, 'cache/pkg/b.go'))).toBe(true);
    expect(readFileSync(join(folder, 'cache/pkg/a.go'), 'utf8')).toBe('package pkg // old\n');
  });

  it.each([
    [{ remove: ['pkg/gone.go'] }, 'pkg/gone.go'],
    [{ edits: [{ file: 'pkg/a.go', from: 'other', by: '' }] }, 'pkg/a.go: other'],
    [{ edits: [{ file: 'pkg/gone.go', from: 'x', by: '' }] }, 'pkg/gone.go: x'],
  ])('refuses a version that it was not written for', (change, what) => {
    expect(() => cut(change)).toThrow(
      `m is another version than bootstrap/go-cuts.ts was written for (${what} is not in it): ` +
        'bring that file up to the version in go.mod, or build whole with PLINTH_FULL_ENGINE=1',
    );
  });
});

describe('what is left out', () => {
  it('says so, and what to do, in every message about it', () => {
    const base = join(over, 'github.com/pulumi/pulumi/pkg/v3');
    for (const file of [
      'backend/diy/clouds.go',
      'secrets/cloud/keeper.go',
      'operations/operations_clouds.go',
    ]) {
      expect(readFileSync(join(base, file), 'utf8')).toContain(
        "run 'PLINTH_FULL_ENGINE=1 npx plinth setup'",
      );
    }
  });

  it('has something laid over it only where a build uses it', () => {
    const modules = Object.values(cuts).flatMap((all) => all.map(({ module }) => module));
    const stray = filesBelow(over).filter(
      (file) => !modules.some((module) => file.startsWith(`${module}/`)),
    );
    expect(stray).toEqual([]);
  });
});

describe('the command line', () => {
  const cutsOf = (environment: Record<string, string>) =>
    enginesFor(environment).map((one) => one.cuts.length > 0);

  it('is built without clouds, and one that is whole stays', () => {
    expect(cutsOf({})).toEqual([true, false]);
    expect(cutsOf({ PLINTH_FULL_ENGINE: '0' })).toEqual([true, false]);
  });

  it('is built whole when asked, and then nothing less will do', () => {
    expect(cutsOf({ PLINTH_FULL_ENGINE: '1' })).toEqual([false]);
  });
});
