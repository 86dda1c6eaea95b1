import { describe, expect, it } from '@jest/globals';
import { assert, integer, property, tuple } from 'fast-check';
import {
  historiesIn,
  isOnNewestWay,
  parseListing,
  walRangesOf,
  timelinesOf,
  type WalRange,
} from '../../../../backup/pitr/archive.ts';
import { archive, backup, upTo } from './generated-info.ts';

const shown = (stretches: readonly WalRange[]) =>
  stretches.map(({ backups, last, missing }) => [
    backups.map(({ id }) => id).join(' '),
    last.number,
    missing,
  ]);

describe('what can be reached', () => {
  it('is everything from the first backup on, without a gap', () => {
    const found = walRangesOf(archive({ 1: upTo(1, 9) }), 1, [
      backup({ segment: 3 }),
      backup({ segment: 6 }),
    ]);
    expect(shown(found)).toEqual([['backup-3 backup-6', 9, undefined]]);
  });

  it('ends where a segment is missing, and begins again at the next backup', () => {
    const found = walRangesOf(archive({ 1: [...upTo(1, 4), ...upTo(6, 9)] }), 1, [
      backup({ segment: 3 }),
      backup({ segment: 7 }),
    ]);
    expect(shown(found)).toEqual([
      ['backup-3', 4, '000000010000000000000005'],
      ['backup-7', 9, undefined],
    ]);
  });

  it('is nothing for a backup without its own WAL', () => {
    const wal = { first: '000000010000000000000003', last: '000000010000000000000005' };
    expect(walRangesOf(archive({ 1: [1, 2, 3, 4] }), 1, [backup({ segment: 3, wal })])).toEqual([]);
  });

  it('is nothing for a backup of another cluster', () => {
    const other = backup({ segment: 3, archiveId: '17-2' });
    expect(walRangesOf(archive({ 1: upTo(1, 4) }), 1, [other])).toEqual([]);
  });

  describe('across timelines', () => {
    // The second left the first within segment 5; the first went on to 8.
    const two = archive({ 1: upTo(1, 8), 2: upTo(5, 7) }, { 2: '1\t0/5000200\tbefore 2026\n' });
    const before = backup({ segment: 3 });
    const leftBehind = backup({ segment: 6 });
    const after = backup({ segment: 6, timeline: 2, id: 'after' });

    it('follows the newest, and leaves out what it has left behind', () => {
      expect(timelinesOf(two)).toEqual([1, 2]);
      expect(shown(walRangesOf(two, 2, [before, leftBehind, after]))).toEqual([
        ['backup-3 after', 7, undefined],
      ]);
    });

    it('reaches that by its own timeline', () => {
      expect(shown(walRangesOf(two, 1, [before, leftBehind, after]))).toEqual([
        ['backup-3 backup-6', 8, undefined],
      ]);
      expect(isOnNewestWay(two, { timeline: 1, number: 8 })).toBe(false);
      expect(isOnNewestWay(two, { timeline: 1, number: 4 })).toBe(true);
    });

    it('knows a backup that ended in the segment of the branch, before or behind it', () => {
      const inside = (stop: string) =>
        walRangesOf(two, 2, [backup({ segment: 5, lsn: { start: '0/5000028', stop } })]);
      expect(inside('0/5000200')).toHaveLength(1);
      expect(inside('0/5000201')).toHaveLength(0);
    });

    it('leaves out a backup behind a branch to an earlier moment than the branch before', () => {
      // On the second timeline someone went back to segment 3 of the first: Postgres still names the second as parent.
      const history = '1\t0/5000200\tbefore 2026\n2\t0/3000400\tbefore 2025\n';
      const three = archive({ 1: upTo(1, 8), 2: upTo(5, 7), 3: upTo(3, 9) }, { 3: history });
      const [first, second] = [backup({ segment: 2 }), backup({ segment: 4 })];
      expect(shown(walRangesOf(three, 3, [first, second]))).toEqual([['backup-2', 9, undefined]]);
    });

    it('does not take the old copy of a segment that the new timeline has begun with', () => {
      const broken = archive({ 1: upTo(1, 8), 2: [6, 7] }, { 2: '1\t0/5000200\tbefore\n' });
      expect(shown(walRangesOf(broken, 2, [before]))).toEqual([
        ['backup-3', 4, '000000020000000000000005'],
      ]);
    });
  });

  it('never holds a missing segment', () => {
    assert(
      property(
        tuple(integer({ min: 2, max: 30 }), integer({ min: 1, max: 30 })),
        ([gap, start]) => {
          const there = upTo(1, 40).filter((number) => number !== gap);
          for (const { backups, last, missing } of walRangesOf(archive({ 1: there }), 1, [
            backup({ segment: start }),
          ])) {
            const from = backups[0].finishedAt / 100;
            expect(from < gap && gap <= last.number).toBe(false);
            expect(missing === undefined).toBe(last.number === 40);
          }
        },
      ),
    );
  });
});

describe('the listing of a repository', () => {
  it('adds up sizes, and knows files from folders', () => {
    const listing = parseListing(
      JSON.stringify({
        '.': { type: 'path' },
        'archive/main/17-1/00000002.history': { type: 'file', size: 40, time: 1 },
        'backup/main/backup.info': { type: 'file', size: 2, time: 1 },
      }),
    );
    expect(listing.bytes).toBe(42);
    expect(historiesIn(listing)).toEqual([
      { id: '17-1', timeline: 2, path: 'archive/main/17-1/00000002.history' },
    ]);
  });
});
