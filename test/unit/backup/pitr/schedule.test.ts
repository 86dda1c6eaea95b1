import { describe, expect, it } from '@jest/globals';
import type { PhysicalBackup, RepositoryInfo } from '../../../../backup/pitr/info.ts';
import { dueTimes, taskDue, verifiedAnnotation } from '../../../../backup/pitr/schedule.ts';
import { backup } from './generated-info.ts';

const schedule = {
  full: '0 2 * * 0',
  differential: '0 2 * * *',
  incremental: '0 */4 * * *',
  verify: '0 5 * * 6',
};
/** Complete a minute later. */
const taken = (type: PhysicalBackup['type'], time: string, archiveId = '17-1'): PhysicalBackup => {
  const startedAt = Date.parse(time) / 1000;
  return backup({
    ...{ segment: 1, id: time, type, archiveId, startedAt, finishedAt: startedAt + 60 },
  });
};
const info = (backups: PhysicalBackup[], verified?: string): RepositoryInfo => ({
  backups,
  currentArchiveId: '17-1',
  verifiedAt: verified === undefined ? undefined : Date.parse(verified) * 1000,
  restorePoints: [],
});
const due = (known: RepositoryInfo, now: string, timezone = 'UTC') =>
  taskDue(dueTimes(known, schedule, timezone, new Date(now)), new Date(now));

// A Sunday.
const FULL = taken('full', '2026-11-22T02:00:00Z');

describe('what is due', () => {
  it('is a full backup where there is none, of this cluster', () => {
    expect(due(info([]), '2026-11-22T12:00:00Z')).toBe('full');
    const other = taken('full', '2026-11-22T11:00:00Z', '17-0');
    expect(due(info([other]), '2026-11-22T12:00:00Z')).toBe('full');
  });

  it('is one task a time: a stronger backup stands for the weaker', () => {
    expect(due(info([FULL]), '2026-11-22T02:05:00Z')).toBeUndefined();
    expect(due(info([FULL]), '2026-11-22T04:00:00Z')).toBe('incr');
    expect(due(info([FULL]), '2026-11-23T02:00:00Z')).toBe('diff');
    expect(due(info([FULL]), '2026-11-29T02:00:00Z')).toBe('full');
    const diff = taken('diff', '2026-11-23T02:00:00Z');
    expect(due(info([FULL, diff]), '2026-11-23T03:59:59Z')).toBeUndefined();
  });

  it('is what was missed while nothing ran', () => {
    expect(due(info([FULL]), '2026-12-24T12:34:56Z')).toBe('full');
  });

  it('is a verification a week after the last good one, and after the first backup', () => {
    const incr = taken('incr', '2026-11-28T04:30:00Z');
    const diff = taken('diff', '2026-11-28T02:00:00Z');
    expect(due(info([FULL, diff, incr]), '2026-11-28T05:00:00Z')).toBe('verify');
    expect(
      due(info([FULL, diff, incr], '2026-11-28T05:00:01Z'), '2026-11-28T05:30:00Z'),
    ).toBeUndefined();
    expect(due(info([FULL, diff, incr], '2026-11-14T05:00:01Z'), '2026-11-28T04:31:00Z')).toBe(
      'verify',
    );
  });

  it("goes by the environment's clock, also when it changes", () => {
    const monday = taken('full', '2026-03-28T12:00:00Z');
    const times = dueTimes(
      info([monday]),
      { ...schedule, full: '30 2 * * 0' },
      'Europe/Berlin',
      new Date(),
    );
    // On that Sunday there is no half past two in Berlin: it is made up for at three.
    expect(new Date(times.full).toISOString()).toBe('2026-03-29T01:00:00.000Z');
    const winter = dueTimes(info([FULL]), schedule, 'Europe/Berlin', new Date());
    expect(new Date(winter.full).toISOString()).toBe('2026-11-29T01:00:00.000Z');
  });

  it('is noted on the newest full backup', () => {
    const diff = taken('diff', '2026-11-23T02:00:00Z');
    expect(verifiedAnnotation(info([FULL, diff]), new Date(5))).toEqual({
      id: FULL.id,
      annotation: 'plinth-verified=5000',
    });
    expect(verifiedAnnotation(info([]), new Date(5))).toBeUndefined();
  });
});
