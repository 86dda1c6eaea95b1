import { describe, expect, it } from '@jest/globals';
import type { RestorePoint } from '../../../../backup/pitr/info.ts';
import { walRangesOf } from '../../../../backup/pitr/archive.ts';
import { targetOf } from '../../../../backup/pitr/main.ts';
import { planRestore, type RecoveryWindow, type Target } from '../../../../backup/pitr/target.ts';
import { archive, backup, upTo } from './generated-info.ts';

const SECOND = 1_000_000;
/** Commits end one second before the next segment's hundred. */
const reaches = (gap?: number): RecoveryWindow[] =>
  walRangesOf(archive({ 1: upTo(1, 9).filter((number) => number !== gap) }), 1, [
    backup({ segment: 3 }),
    backup({ segment: 6 }),
  ]).map((stretch) => ({
    ...stretch,
    from: (stretch.backups[0].finishedAt + 1) * SECOND,
    to: (stretch.last.number * 100 + 99) * SECOND,
  }));
const plan = (target: Target, all = reaches(), points: RestorePoint[] = []) =>
  planRestore(target, all, points, '17-1');
const at = (second: number): Target => ({ kind: 'time', at: second * SECOND });

describe('a restore', () => {
  it('begins at the newest backup that was complete by then', () => {
    expect(plan(at(302)).backup.id).toBe('backup-3');
    expect(plan(at(601)).backup.id).toBe('backup-3');
    expect(plan(at(602)).backup.id).toBe('backup-6');
    expect(plan(at(602)).recovery).toEqual({
      recovery_target_time: '1970-01-01T00:10:02.000000+00',
      recovery_target_inclusive: 'on',
    });
  });

  it('to the last commit ends with the WAL, and has to get there', () => {
    expect(plan(at(999))).toMatchObject({ recovery: {}, mustPass: 9 * 16 * 1024 * 1024 });
    expect(plan({ kind: 'latest' })).toMatchObject({
      ...{ backup: { id: 'backup-6' }, recovery: {}, mustPass: 9 * 16 * 1024 * 1024 },
    });
  });

  it.each([
    ['before the first backup', 301],
    ['behind the last commit', 1000],
  ])('to a time %s is refused, and says what is possible', (_what, second) => {
    expect(() => plan(at(second))).toThrow(
      'is not reachable: reachable is any time from 1970-01-01T00:05:02.000000Z to 1970-01-01T00:16:39.000000Z',
    );
  });

  it('into a gap or past it is refused', () => {
    const broken = reaches(5);
    expect(() => plan(at(550), broken)).toThrow(
      'from 1970-01-01T00:05:02.000000Z to 1970-01-01T00:08:19.000000Z, or from',
    );
    expect(plan(at(499), broken).backup.id).toBe('backup-3');
    expect(plan(at(700), broken).backup.id).toBe('backup-6');
    // The gap is before the newest backup.
    expect(plan({ kind: 'latest' }, broken).backup.id).toBe('backup-6');
    expect(() => plan({ kind: 'latest' }, reaches(8))).toThrow(
      'WAL segment 000000010000000000000008 is missing',
    );
  });

  it('to a label goes just behind its record', () => {
    const point = { label: 'x', archiveId: '17-1', timeline: 1, lsn: '0/7000100', at: 0 };
    expect(plan({ kind: 'label', label: 'x' }, reaches(), [point])).toMatchObject({
      backup: { id: 'backup-6' },
      recovery: { recovery_target_lsn: '0/7000100', recovery_target_inclusive: 'off' },
    });
    const early = { ...point, lsn: '0/2000000' };
    expect(() => plan({ kind: 'label', label: 'x' }, reaches(), [early])).toThrow(
      'label x is not reachable',
    );
    expect(() => plan({ kind: 'label', label: 'y' }, reaches(), [point])).toThrow(
      'the label y is unknown: existing labels are x',
    );
  });

  it('to a position needs one that is in the archive', () => {
    expect(plan({ kind: 'lsn', lsn: 0x5000000 }).backup.id).toBe('backup-3');
    expect(() => plan({ kind: 'lsn', lsn: 0xa000000 })).toThrow(
      'position 0/A000000 is not reachable',
    );
    expect(() => plan({ kind: 'lsn', lsn: 0x3000099 })).toThrow('is not reachable');
  });

  it('needs something to restore', () => {
    expect(() => plan({ kind: 'latest' }, [])).toThrow('contains no backup that can be restored');
    expect(() => planRestore({ kind: 'latest' }, reaches(), [], '17-2')).toThrow(
      'no backup of the current cluster yet, only of an earlier one: reachable is any time',
    );
  });

  it('names no range where nothing was committed', () => {
    const quiet = reaches().map((reach) => ({ ...reach, to: reach.from - 1 }));
    expect(() => plan(at(400), quiet)).toThrow(
      'only --latest is possible, because nothing was committed since',
    );
  });
});

describe('where to go back to, as it is typed', () => {
  const typed = (options: object) => targetOf({ latest: false, ...options });

  it('is one of four', () => {
    expect(typed({ latest: true })).toEqual({ kind: 'latest' });
    expect(typed({ 'to-label': 'x' })).toEqual({ kind: 'label', label: 'x' });
    expect(typed({ 'to-lsn': '0/5000130' })).toEqual({ kind: 'lsn', lsn: 0x5000130 });
    expect(typed({ 'to-time': '1970-01-01T00:00:01Z' })).toEqual(at(1));
  });

  it.each([
    [{}, 'exactly one recovery target'],
    [{ latest: true, 'to-label': 'x' }, 'exactly one recovery target'],
    [{ 'to-time': '2026-01-01T00:00:00' }, 'add the time zone'],
    [{ 'to-lsn': 'x' }, '--to-lsn is x, but must be like'],
  ])('%j is refused', (options, words) => {
    expect(() => typed(options)).toThrow(words);
  });
});
