import { describe, expect, it } from '@jest/globals';
import { assert, nat, property, tuple } from 'fast-check';
import {
  timelineForks,
  formatLsn,
  ownerOf,
  parseLsn,
  parseSegment,
  segmentAt,
  segmentName,
  SEGMENT_BYTES,
} from '../../../../backup/pitr/wal.ts';

describe('the write-ahead log', () => {
  it('names segments as Postgres does', () => {
    expect(parseSegment('000000020000000A000000FF')).toEqual({ timeline: 2, number: 0xaff });
    expect(segmentName({ timeline: 2, number: 0xaff })).toBe('000000020000000A000000FF');
    expect(segmentName({ timeline: 1, number: 0x100 })).toBe('000000010000000100000000');
  });

  it.each([
    ['a partial segment', '000000010000000000000005.partial'],
    ['a backup', '000000010000000000000004.00000028.backup'],
    ['a history', '00000002.history'],
    ['a segment of a size that we do not have', '000000010000000000000100'],
    ['nothing', ''],
  ])('takes %s for no segment', (_what, name) => {
    expect(parseSegment(name)).toBeUndefined();
  });

  it('reads back what it has written', () => {
    assert(
      property(
        tuple(nat({ max: 0xffff_ffff }), nat({ max: 2 ** 40 - 1 })),
        ([timeline, number]) => {
          expect(parseSegment(segmentName({ timeline, number }))).toEqual({ timeline, number });
          const lsn = number * 4096;
          expect(parseLsn(formatLsn(lsn))).toBe(lsn);
          expect(segmentAt(number * SEGMENT_BYTES)).toBe(number);
        },
      ),
    );
  });

  it.each(['', '0', '0/', '/0', '0/G', '0/123456789', '1/2/3'])(
    'takes %j for no position',
    (text) => {
      expect(parseLsn(text)).toBeUndefined();
    },
  );

  it('follows a history file, oldest timeline first', () => {
    const history = '1\t0/5000130\tno recovery target specified\n\n2\t0/9000000\tbefore 2026\n';
    const way = timelineForks(3, history);
    expect(way).toEqual([
      { timeline: 1, from: 0, first: 0 },
      { timeline: 2, from: 0x5000130, first: 5 },
      { timeline: 3, from: 0x9000000, first: 9 },
    ]);
    expect([4, 5, 8, 9, 100].map((number) => ownerOf(way, number))).toEqual([1, 2, 2, 3, 3]);
    expect(timelineForks(1, undefined)).toEqual([{ timeline: 1, from: 0, first: 0 }]);
  });
});
