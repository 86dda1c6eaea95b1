import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  beginFolder,
  filesUnder,
  finishFolder,
  freeBytes,
  listBackups,
  removeBackup,
  removeLeftOvers,
  replaceDurably,
} from '../../../../backup/store/folder.ts';
import { requireSpace } from '../../../../backup/store/space.ts';
import { backupFolder, makeBackup } from './made-backup.ts';

const now = new Date('2026-11-21T15:30:00Z');
let folder: ReturnType<typeof backupFolder>;
let logical: string;
beforeEach(() => {
  folder = backupFolder();
  logical = folder.places.logical;
});
afterEach(() => folder.remove());
const names = async (): Promise<string[]> => (await listBackups(logical)).map(({ id }) => id);

describe('a backup’s folder', () => {
  it('has its name only when it is finished', async () => {
    const { id, folder: inside } = await beginFolder(logical, now, 'x');
    expect(readdirSync(logical)).toEqual(['.unfinished-20261121T153000Z-x']);
    expect(statSync(inside).mode & 0o777).toBe(0o700);
    expect(await names()).toEqual([]);
    await finishFolder(logical, inside, id);
    expect(readdirSync(logical)).toEqual(['20261121T153000Z-x']);
    expect(await names()).toEqual(['20261121T153000Z-x']);
  });

  it('takes no name that another one has', async () => {
    mkdirSync(join(logical, '20261121T153000Z'));
    mkdirSync(join(logical, '20261121T153001Z'));
    expect((await beginFolder(logical, now, null)).id).toBe('20261121T153002Z');
  });

  it('is no other one’s, whatever the folder is called', async () => {
    mkdirSync(join(logical, 'lost+found'));
    expect(await names()).toEqual([]);
    expect(await listBackups(join(logical, 'nowhere'))).toEqual([]);
  });
});

describe('removeLeftOvers', () => {
  it('takes what was begun or half removed, and nothing else', async () => {
    makeBackup(folder.places, '20261120T000000Z');
    mkdirSync(join(logical, '.unfinished-20261121T000000Z/shop'), { recursive: true });
    mkdirSync(join(logical, '.deleted-20261001T000000Z/shop'), { recursive: true });
    mkdirSync(join(logical, 'lost+found'));
    expect(await removeLeftOvers(logical)).toEqual(['20261121T000000Z']);
    expect(readdirSync(logical).sort()).toEqual(['20261120T000000Z', 'lost+found']);
  });
});

describe('removeBackup', () => {
  it('removes one and only one', async () => {
    makeBackup(folder.places, '20261120T000000Z');
    makeBackup(folder.places, '20261121T000000Z');
    await removeBackup(logical, '20261120T000000Z');
    expect(readdirSync(logical)).toEqual(['20261121T000000Z']);
    await expect(removeBackup(logical, '20261120T000000Z')).rejects.toThrow('ENOENT');
  });
});

describe('replaceDurably', () => {
  it('writes all of it, for nobody else to read', async () => {
    const file = join(logical, 'status.json');
    await replaceDurably(file, 'one');
    await replaceDurably(file, 'two');
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(logical)).toEqual(['status.json']);
  });

  it('leaves what was there when it cannot', async () => {
    mkdirSync(join(logical, 'taken'));
    writeFileSync(join(logical, 'taken/file'), '');
    await expect(replaceDurably(join(logical, 'taken'), 'x')).rejects.toThrow();
    expect(readdirSync(logical)).toEqual(['taken']);
    expect(existsSync(join(logical, 'taken/file'))).toBe(true);
  });
});

describe('filesUnder', () => {
  it('lists every file, in order', async () => {
    makeBackup(folder.places, '20261120T000000Z');
    expect(await filesUnder(join(logical, '20261120T000000Z'))).toEqual([
      'SHA256SUMS',
      'manifest.json',
      'shop/data/0001.copy.zst.age',
      'shop/data/0002.copy.zst.age',
      'shop/schema.dump.age',
    ]);
  });
});

describe('requireSpace', () => {
  const require = (free: number): Promise<void> => requireSpace(folder.places, async () => free);

  it('asks for a fifth more than the newest that can be read', async () => {
    const { totals } = makeBackup(folder.places, '20261120T000000Z');
    makeBackup(folder.places, '20261121T000000Z');
    writeFileSync(join(logical, '20261121T000000Z/manifest.json'), 'damaged');
    await require(Math.ceil(totals.bytes * 1.2));
    await expect(require(Math.ceil(totals.bytes * 1.2) - 1)).rejects.toThrow(
      /^the disk has .* MB free and the next backup needs about .* MB \(the size of 20261120T000000Z, the newest, .*\): enlarge the disk, shorten the retention, or remove a backup with forget$/,
    );
  });

  it('asks for nothing before the first', async () => {
    await require(0);
    expect(await freeBytes(logical)).toBeGreaterThan(0);
  });
});
