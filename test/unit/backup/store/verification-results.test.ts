import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownBackups, verifyBackups } from '../../../../backup/store/verification-results.ts';
import { backupFolder, makeBackup } from './made-backup.ts';

const ids = ['20261120T153000Z', '20261121T153000Z'] as const;
const now = new Date('2026-11-21T16:00:00Z');
let folder: ReturnType<typeof backupFolder>;
beforeEach(() => {
  folder = backupFolder();
  for (const id of ids) makeBackup(folder.places, id);
});
afterEach(() => folder.remove());

const states = async (): Promise<string[]> =>
  (await knownBackups(folder.places)).map(({ state }) => state);
const verify = (date = now, all = false) => verifyBackups(folder.places, ids, date, all);
const file = (id: string = ids[0]): string =>
  join(folder.places.logical, id, 'shop/schema.dump.age');

describe('what is known of backups', () => {
  it('is nothing before they were read, and holds afterwards', async () => {
    expect(await states()).toEqual(['unverified', 'unverified']);
    await verify();
    expect(await states()).toEqual(['good', 'good']);
    const [known] = await knownBackups(folder.places);
    expect(known?.verifiedAt).toBe('2026-11-21T16:00:00.000Z');
  });

  it('is nothing again for one whose file was touched', async () => {
    await verify();
    const text = readFileSync(file());
    writeFileSync(
      file(),
      text.map((byte) => byte ^ 1),
    );
    expect(await states()).toEqual(['unverified', 'good']);
    expect((await verify()).map(({ state }) => state)).toEqual(['damaged', 'good']);
    expect(await states()).toEqual(['damaged', 'good']);
    writeFileSync(file(), text);
    expect(await states()).toEqual(['unverified', 'good']);
    expect((await verify()).map(({ state }) => state)).toEqual(['good', 'good']);
  });

  it('is nothing for a file put back with its old times', async () => {
    await verify();
    const { places } = folder;
    copyFileSync(file(), `${places.root}/copy`);
    const bytes = readFileSync(file());
    bytes[5] = bytes[5]! ^ 1;
    writeFileSync(file(), bytes);
    utimesSync(file(), 1, 1);
    expect(await states()).toEqual(['unverified', 'good']);
  });

  it('is read again after a week, and whenever all is asked for', async () => {
    await verify();
    const at = async (date: string, all = false): Promise<string> =>
      String((await verify(new Date(date), all))[0]?.verifiedAt);
    expect(await at('2026-11-27T16:00:00Z')).toBe('2026-11-21T16:00:00.000Z');
    expect(await at('2026-11-27T16:00:00Z', true)).toBe('2026-11-27T16:00:00.000Z');
    expect(await at('2026-12-04T16:00:01Z')).toBe('2026-12-04T16:00:01.000Z');
    // A clock that has gone back is no reason to trust for longer.
    expect(await at('2026-11-01T00:00:00Z')).toBe('2026-11-01T00:00:00.000Z');
  });

  it('sees damage to the lists at once, and knows no other folders', async () => {
    await verify();
    writeFileSync(join(folder.places.logical, ids[1], 'manifest.json'), '{}');
    mkdirSync(join(folder.places.logical, '.unfinished-20261122T000000Z'));
    mkdirSync(join(folder.places.logical, 'lost+found'));
    const known = await knownBackups(folder.places);
    expect(known.map(({ id, state, reason }) => [id, state, reason])).toEqual([
      [ids[0], 'good', null],
      [ids[1], 'damaged', 'the checksum of manifest.json is wrong'],
    ]);
  });

  it('survives a damaged memory', async () => {
    await verify();
    writeFileSync(folder.places.verified, 'null and void');
    expect(await states()).toEqual(['unverified', 'unverified']);
    await verify();
    expect(await states()).toEqual(['good', 'good']);
  });
});
