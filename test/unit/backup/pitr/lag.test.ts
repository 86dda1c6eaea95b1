import { describe, expect, it } from '@jest/globals';
import { ArchiveLag } from '../../../../backup/pitr/lag.ts';
import type { ArchiverState } from '../../../../backup/pitr/server.ts';
import { segmentName } from '../../../../backup/pitr/wal.ts';

const SECOND = 1_000_000;
/** One look: second, position, what is visible, last archived segment. */
const state = (
  second: number,
  lsn: string,
  snapshot: string,
  archived: number,
  more: Partial<ArchiverState> = {},
): ArchiverState => ({
  at: second * SECOND,
  lsn,
  snapshot,
  lastArchived: segmentName({ timeline: 1, number: archived }),
  failedCount: 0,
  failing: false,
  waiting: 0,
  waitingSince: null,
  ...more,
});
const lagAfter = (...states: ArchiverState[]): number => {
  const lag = new ArchiveLag();
  for (const each of states) lag.look(each);
  return lag.seconds;
};

describe('the archive lag', () => {
  it('is nothing while nothing is committed, whatever WAL there is', () => {
    expect(
      lagAfter(
        state(0, '0/5000028', 'a', 4),
        state(5, '0/5000100', 'a', 4),
        state(99, '0/5000900', 'a', 4),
      ),
    ).toBe(0);
  });

  it('counts from the last look at which all was archived', () => {
    const begin = state(0, '0/5000028', 'a', 4);
    expect(lagAfter(begin, state(5, '0/5000100', 'b', 4))).toBe(5);
    expect(lagAfter(begin, state(5, '0/5000100', 'b', 4), state(45, '0/5000100', 'b', 4))).toBe(45);
  });

  it('ends when the segment with the last commit is archived', () => {
    const written = [state(0, '0/5000028', 'a', 4), state(5, '0/5000100', 'b', 4)];
    expect(lagAfter(...written, state(65, '0/6000028', 'b', 5))).toBe(0);
    expect(lagAfter(...written, state(65, '0/6000128', 'c', 5))).toBe(60);
  });

  it('is not less than the age of a segment that waits', () => {
    const waiting = { waiting: 3, waitingSince: 10 * SECOND };
    expect(lagAfter(state(100, '0/9000000', 'z', 5, waiting))).toBe(90);
  });

  it('counts from the first look where it cannot know more', () => {
    expect(lagAfter(state(0, '0/5000500', 'a', 3), state(30, '0/5000500', 'a', 3))).toBe(30);
  });

  it('does not grow without bounds', () => {
    const lag = new ArchiveLag();
    for (let second = 0; second < 20_000; second += 1) {
      lag.look(state(second, '0/7000000', String(second), 4));
    }
    expect(lag.seconds).toBe(19_999);
  });
});
