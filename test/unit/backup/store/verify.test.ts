import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  appendFileSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { filesUnder } from '../../../../backup/store/folder.ts';
import { quickCheck, verifyBackup } from '../../../../backup/store/verify.ts';
import { backupFolder, makeBackup } from './made-backup.ts';
import { runs } from '../../../support/runs.ts';

const id = '20261121T153000Z';
const other = '20261122T153000Z';
let folder: ReturnType<typeof backupFolder>;
let logical: string;
let at: (path: string) => string;

beforeEach(() => {
  folder = backupFolder();
  logical = folder.places.logical;
  at = (path) => join(logical, id, path);
  makeBackup(folder.places, id);
  makeBackup(folder.places, other);
});
afterEach(() => folder.remove());

const verdict = async (): Promise<string> => {
  const found = await verifyBackup(logical, id);
  return found.state === 'good' ? 'good' : found.reason;
};

describe('verifyBackup', () => {
  it('finds a complete backup good', async () => {
    expect(await verdict()).toBe('good');
  });

  it('notices a changed byte wherever it is', async () => {
    const paths = await filesUnder(join(logical, id));
    expect(paths).toContain('manifest.json');
    expect(paths).toContain('SHA256SUMS');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (path, where, mask) => {
          const before = readFileSync(at(path));
          const bytes = Buffer.from(before);
          const position = where % bytes.length;
          bytes[position] = bytes[position]! ^ mask;
          writeFileSync(at(path), bytes);
          expect((await verifyBackup(logical, id)).state).toBe('damaged');
          writeFileSync(at(path), before);
        },
      ),
      { numRuns: runs(300) },
    );
    expect(await verdict()).toBe('good');
  }, 60_000);

  it.each<[string, () => void, RegExp]>([
    [
      'a file cut short',
      () => truncateSync(at('shop/schema.dump.age'), 10),
      /has 10 bytes, not \d+/,
    ],
    [
      'a file grown',
      () => appendFileSync(at('shop/schema.dump.age'), 'x'),
      /has \d+ bytes, not \d+/,
    ],
    [
      'a missing file',
      () => rmSync(at('shop/schema.dump.age')),
      /^shop\/schema.dump.age is missing$/,
    ],
    ['no manifest', () => rmSync(at('manifest.json')), /^manifest.json is missing$/],
    ['no checksums', () => rmSync(at('SHA256SUMS')), /^SHA256SUMS is missing$/],
    [
      'a file too many',
      () => writeFileSync(at('shop/more'), ''),
      /^shop\/more is not in the manifest$/,
    ],
    [
      'two files that changed places',
      () => {
        renameSync(at('shop/data/0001.copy.zst.age'), at('x'));
        renameSync(at('shop/data/0002.copy.zst.age'), at('shop/data/0001.copy.zst.age'));
        renameSync(at('x'), at('shop/data/0002.copy.zst.age'));
      },
      /^the checksum of shop\/data\/0001.copy.zst.age is wrong$/,
    ],
    [
      'another backup under this name',
      () => {
        rmSync(join(logical, id), { recursive: true });
        cpSync(join(logical, other), join(logical, id), { recursive: true });
      },
      /^it is the backup 20261122T153000Z under another name$/,
    ],
    [
      'a file of another backup',
      () => cpSync(join(logical, other, 'shop/schema.dump.age'), at('shop/schema.dump.age')),
      /^the checksum of shop\/schema.dump.age is wrong$/,
    ],
    [
      'the lists of another backup',
      () => {
        for (const list of ['manifest.json', 'SHA256SUMS']) {
          cpSync(join(logical, other, list), at(list));
        }
      },
      /^it is the backup 20261122T153000Z under another name$/,
    ],
  ])('notices %s', async (_, damage, reason) => {
    damage();
    expect(await verdict()).toMatch(reason);
  });

  it('stops when it is told to, and calls nothing damaged for it', async () => {
    const stop = new AbortController();
    stop.abort(new Error('it was stopped'));
    await expect(verifyBackup(logical, id, stop.signal)).rejects.toThrow('it was stopped');
  });
});

describe('glanceAtBackup', () => {
  it('notices names and sizes, and reads no file', async () => {
    expect((await quickCheck(logical, id)).state).toBe('good');
    const file = at('shop/schema.dump.age');
    writeFileSync(file, 'x'.repeat(readFileSync(file).length));
    expect((await quickCheck(logical, id)).state).toBe('good');
    truncateSync(file, 3);
    expect((await quickCheck(logical, id)).state).toBe('damaged');
  });
});
