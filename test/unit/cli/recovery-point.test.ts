import { describe, expect, it } from '@jest/globals';
import { safetyLines, type BackupStatus } from '../../../cli/backup/recovery-point.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const seconds = now / 1000;
const backup: BackupStatus = {
  healthy: true,
  reason: '',
  lastSuccess: { finishedAt: '2026-11-21T11:00:00Z' },
  nextRun: '2026-11-22T02:15:00Z',
  backups: { good: 3, damaged: 0 },
};
const drill = {
  plinth_drill_last_attempt_timestamp_seconds: seconds - 90,
  plinth_drill_last_attempt_failed: 0,
  plinth_drill_restore_seconds: 6.1,
};
const pointInTime = {
  plinth_pitr_last_backup_timestamp_seconds: seconds - 3600,
  plinth_pitr_archive_lag_seconds: 45.6,
  plinth_pitr_last_attempt_failed: 0,
  plinth_pitr_last_verify_failed: 0,
};

describe('what would be lost now', () => {
  it('is told in a line each', () => {
    expect(safetyLines({ backup, drill, pointInTime }, now)).toEqual([
      'backups   the newest is 1 h 00 min old, 3 good; the next in 14 h 15 min',
      'drill     restored and proven 1 min 30 s ago, in 6 s',
      'archive   the last 46 s would be lost with the disk; last base backup 1 h 00 min ago',
    ]);
  });

  it('says what fails', () => {
    const lines = safetyLines(
      {
        backup: { ...backup, healthy: false, reason: 'no space', backups: { good: 1, damaged: 2 } },
        drill: { ...drill, plinth_drill_last_attempt_failed: 1 },
        pointInTime: { ...pointInTime, plinth_pitr_last_verify_failed: 1 },
      },
      now,
    );
    expect(lines).toEqual([
      expect.stringContaining('1 good, 2 DAMAGED; the next in 14 h 15 min; FAILING: no space'),
      expect.stringContaining('FAILED 1 min 30 s ago'),
      expect.stringContaining('FAILING'),
    ]);
  });

  it('says what has not been yet', () => {
    const fresh = { backup: { ...backup, lastSuccess: null, nextRun: null }, drill: {} };
    expect(safetyLines({ ...fresh, pointInTime: {} }, now)).toEqual([
      'backups   none yet, 3 good',
      'drill     none yet: no backup has been restored',
      'archive   no base backup yet: one cannot go back to a moment',
    ]);
  });

  it('leaves out what is switched off', () => {
    const off = { drill: undefined, pointInTime: undefined };
    expect(safetyLines({ backup, ...off }, now)).toHaveLength(1);
  });
});
