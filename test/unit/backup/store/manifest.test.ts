import { describe, expect, it } from '@jest/globals';
import { databaseFiles, parseManifest, renderManifest } from '../../../../backup/store/manifest.ts';
import { manifest } from './manifest.ts';

const parse = (changed: object): unknown =>
  parseManifest(JSON.stringify({ ...manifest, ...changed }), 'manifest.json');

describe('parseManifest', () => {
  it('reads what was written', () => {
    expect(parseManifest(renderManifest(manifest), 'manifest.json')).toEqual(manifest);
  });

  it('refuses another version, and says what to use', () => {
    expect(() => parse({ version: 2 })).toThrow(
      'manifest.json has version 2 and this program reads version 1: use the image that created it',
    );
  });

  it.each(['', '{', 'null', '[]', '7'])('refuses %j', (text) => {
    expect(() => parseManifest(text, 'manifest.json')).toThrow(
      /^manifest.json is damaged, it is no/,
    );
  });

  it.each(Object.keys(manifest).filter((key) => key !== 'version'))('misses %s', (key) => {
    expect(() => parse({ [key]: undefined })).toThrow(
      `manifest.json is damaged, its ${key} cannot be read: use another backup`,
    );
  });

  it.each([
    '/etc/passwd',
    '../other/manifest.json',
    'shop/../../x',
    'shop//x',
    './x',
    'a b',
    'shop/.hidden',
    '$(id)',
    'a\nb',
  ])('refuses the path %j', (path) => {
    const [first, ...rest] = manifest.files;
    expect(() => parse({ files: [{ ...first, path }, ...rest] })).toThrow(
      'its files cannot be read',
    );
  });

  it('refuses what does not agree with itself', () => {
    const [first, second, third] = manifest.files;
    expect(() => parse({ files: [first, first, third] })).toThrow('it lists a file twice');
    expect(() => parse({ files: [first, { ...second, rows: 4 }, third] })).toThrow(
      'the rows of public.big do not add up',
    );
    expect(() => parse({ files: [first, third] })).toThrow('the rows of public.big do not add up');
    expect(() => parse({ totals: { ...manifest.totals, rows: 6 } })).toThrow(
      'its totals do not add up',
    );
    expect(() => parse({ totals: { ...manifest.totals, bytes: 61 } })).toThrow(
      'its totals do not add up',
    );
    const [database] = manifest.databases;
    const [table] = database!.tables;
    const tables = [table, { ...table, name: 'other' }];
    expect(() => parse({ databases: [{ ...database, tables }] })).toThrow(
      'two tables share a file',
    );
  });
});

describe('databaseFiles', () => {
  it('names streams in their order', () => {
    expect(databaseFiles.data('shop', 7)).toBe('shop/data/0007.copy.zst.age');
    expect(databaseFiles.data('shop', 12345)).toBe('shop/data/12345.copy.zst.age');
  });
});
