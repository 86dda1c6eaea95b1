import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentTag, filesBelow } from '../../../bootstrap/image-tag.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-tag-'));
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'Dockerfile'), 'FROM x\n', { mode: 0o644 });
  writeFileSync(join(folder, 'sub', 'run.sh'), 'true\n', { mode: 0o644 });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('contentTag', () => {
  it('is twelve hex digits, the same for the same content', () => {
    expect(contentTag(folder, { a: '1' })).toMatch(/^[0-9a-f]{12}$/);
    expect(contentTag(folder, { a: '1' })).toBe(contentTag(folder, { a: '1' }));
  });

  it('does not depend on the order of the extra values', () => {
    expect(contentTag(folder, { a: '1', b: '2' })).toBe(contentTag(folder, { b: '2', a: '1' }));
  });

  it('changes with a byte, a name, an executable bit and an extra value', () => {
    const tags = [contentTag(folder)];
    tags.push(contentTag(folder, { version: '1' }));
    chmodSync(join(folder, 'sub', 'run.sh'), 0o755);
    tags.push(contentTag(folder));
    writeFileSync(join(folder, 'sub', 'run.sh'), 'false\n');
    tags.push(contentTag(folder));
    writeFileSync(join(folder, 'sub', 'more'), '');
    tags.push(contentTag(folder));
    expect(new Set(tags).size).toBe(tags.length);
  });

  it('tells a boundary between two files from the same bytes in one', () => {
    writeFileSync(join(folder, 'a'), 'xy');
    writeFileSync(join(folder, 'b'), '');
    const one = contentTag(folder);
    writeFileSync(join(folder, 'a'), 'x');
    writeFileSync(join(folder, 'b'), 'y');
    expect(contentTag(folder)).not.toBe(one);
  });
});

describe('filesBelow', () => {
  it('lists files in one order, with / between folders', () => {
    expect(filesBelow(folder)).toEqual(['Dockerfile', 'sub/run.sh']);
  });
});
