import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { backupTooOld, NEVER, since } from './expressions.ts';
import { graph, number, tile } from './panels.ts';
import { above, board, type Board, line, only, row } from './builders.ts';
import { pointInTimeRow } from './point-in-time.ts';

/** Backups, restore tests and point-in-time recovery. */
export function backupsBoard(t: Thresholds, { backup }: EnvironmentConfig): Board {
  return board(
    'backups',
    'If the disk failed now, what could be restored?',
    [
      row(
        'Is there a valid backup?',
        line(
          4,
          tile('Newest backup', {
            shows:
              'Whether the newest backup is younger than the longest interval of its schedule.',
            normal: 'Fresh. No backup counts as too old.',
            ifNot: 'read the log of the container backup, then run `npx plinth backup`.',
            alert: 'BackupTooOld',
            expr: backupTooOld(t),
            fine: 'Fresh',
            wrong: 'NONE FRESH',
          }),
          tile('Last backup attempt', {
            shows: 'Whether the last backup attempt succeeded.',
            normal: 'Succeeded.',
            ifNot: 'older backups are still available. The log shows the error.',
            alert: 'BackupFailed',
            // Before the first attempt none has failed.
            expr: 'max(plinth_backup_last_attempt_failed) or vector(0)',
            fine: 'Succeeded',
            wrong: 'FAILED',
          }),
          number('Age of the newest backup', {
            shows: 'Time since the end of the last successful backup.',
            normal: 'within the schedule.',
            ifNot: 'without point-in-time recovery, all changes since then would be lost.',
            alert: 'BackupTooOld',
            unit: 'seconds',
            expr: since('plinth_backup_last_success_timestamp_seconds'),
            limit: above(t.backupAgeSec),
            none: NEVER,
          }),
          number('Stored backups', {
            shows: 'Number of backups that are not known to be damaged.',
            normal: 'grows to the retention limit, then stays constant.',
            ifNot: 'fewer than yesterday means that some are damaged.',
            alert: 'BackupMissing',
            unit: 'count',
            expr: 'max(plinth_backup_count)',
          }),
          number('Next backup', {
            shows: 'Time until the next scheduled backup.',
            normal: 'within a day.',
            ifNot: 'below 0 the backup is late: is the container backup running?',
            unit: 'seconds',
            expr: 'min(plinth_backup_next_run_timestamp_seconds) - time()',
          }),
        ),
        line(
          8,
          graph('Backup size', {
            shows: 'Size of the last successful backup.',
            normal: 'grows with the database.',
            ifNot: 'a sudden drop means that data is missing: compare the rows.',
            alert: 'BackupShrank',
            unit: 'bytes',
            // Before the first one there is nothing.
            lines: { size: 'max(plinth_backup_size_bytes) or vector(0)' },
          }),
          graph('Rows in the backup', {
            shows: 'Rows of all tables in the last successful backup.',
            normal: 'grows with the database.',
            ifNot: 'a drop means that rows were deleted, or that the backup is incomplete.',
            unit: 'count',
            lines: { rows: 'max(plinth_backup_rows) or vector(0)' },
          }),
          graph('Backup duration', {
            shows: 'Duration of the last successful backup.',
            normal: 'grows slowly.',
            ifNot: 'the host was busy, or the data grew.',
            unit: 'seconds',
            lines: { backup: 'max(plinth_backup_duration_seconds) or vector(0)' },
          }),
        ),
      ),
      ...only(
        backup.drill.enabled,
        row(
          'Can it be restored?',
          line(
            4,
            tile('Last restore test', {
              shows: 'Whether the last backup was restored and the restored data matched.',
              normal: 'Passed.',
              ifNot:
                'a backup that cannot be restored is useless. Read the report of the restore test.',
              alert: 'DrillFailed',
              // Before the first restore test none has failed.
              expr: 'max(plinth_drill_last_attempt_failed) or vector(0)',
              fine: 'Passed',
              wrong: 'FAILED',
            }),
            tile('Isolation of restored data', {
              shows:
                'Cases of the isolation test on restored data in which a tenant saw rows of another tenant.',
              normal: 'Holds.',
              ifNot: 'restored data is not safe to serve. Do not restore over the environment.',
              alert: 'IsolationProofFailed',
              expr: 'max(plinth_drill_isolation_leaked) or vector(0)',
              fine: 'Holds',
              wrong: 'LEAKS',
              more: 'access',
            }),
            number('Age of the last restore test', {
              shows: 'Time since the last successful restore test.',
              normal: 'within the schedule of the restore test.',
              ifNot: 'the restore test does not run, or fails.',
              alert: 'DrillTooOld',
              unit: 'seconds',
              expr: since('plinth_drill_last_success_timestamp_seconds'),
              limit: above(t.drillAgeSec),
              none: NEVER,
            }),
            number('Restore duration', {
              shows: 'Duration of the restore in the last restore test.',
              normal: 'within your recovery time objective.',
              ifNot: 'it grows with the data: use more parallel jobs, or reduce the database.',
              unit: 'seconds',
              expr: 'max(plinth_drill_restore_seconds) or vector(-1)',
              none: NEVER,
            }),
          ),
        ),
      ),
      ...only(backup.pointInTime.enabled, pointInTimeRow(t, backup.pointInTime)),
    ],
    // Backups run once a day.
    'now-7d',
  );
}
