import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { backupTooOld, NEVER, since } from './expressions.ts';
import { graph, number, tile } from './panels.ts';
import { above, board, type Board, line, only, row } from './builders.ts';
import { pointInTimeRow } from './point-in-time.ts';

/** If the disk were gone now, what could be had back? */
export function backupsBoard(t: Thresholds, { backup }: EnvironmentConfig): Board {
  return board(
    'backups',
    'If the disk were gone now, what could be had back?',
    [
      row(
        'Is there a good backup?',
        line(
          4,
          tile('Newest backup', {
            shows: 'Whether it is younger than the longest pause of its schedule.',
            normal: 'Fresh; none at all counts as too old.',
            ifNot: 'see the log of the backup, then make one: `npx plinth backup`.',
            alert: 'BackupTooOld',
            expr: backupTooOld(t),
            fine: 'Fresh',
            wrong: 'NONE FRESH',
          }),
          tile('Last attempt', {
            shows: 'Whether the last backup that was begun came to a good end.',
            normal: 'Succeeded.',
            ifNot: 'an older one is still there. Its log says what failed.',
            alert: 'BackupFailed',
            // Before the first attempt none has failed.
            expr: 'max(plinth_backup_last_attempt_failed) or vector(0)',
            fine: 'Succeeded',
            wrong: 'FAILED',
          }),
          number('How old is it?', {
            shows: 'Time since the newest good backup was complete.',
            normal: 'within its schedule.',
            ifNot: 'everything since then would be lost without point-in-time recovery.',
            alert: 'BackupTooOld',
            unit: 'seconds',
            expr: since('plinth_backup_last_success_timestamp_seconds'),
            limit: above(t.backupAgeSec),
            none: NEVER,
          }),
          number('How many are there?', {
            shows: 'Backups that are not known to be damaged.',
            normal: 'grows to what is to be kept, and stays there.',
            ifNot: 'fewer than yesterday: some were found damaged.',
            alert: 'BackupMissing',
            unit: 'count',
            expr: 'max(plinth_backup_count)',
          }),
          number('When is the next one?', {
            shows: 'Time until the next backup is due.',
            normal: 'within a day.',
            ifNot: 'below 0 it is late: is the container of the backup running?',
            unit: 'seconds',
            expr: 'min(plinth_backup_next_run_timestamp_seconds) - time()',
          }),
        ),
        line(
          8,
          graph('How big is it?', {
            shows: 'The size of the last good backup.',
            normal: 'grows with the database.',
            ifNot: 'a sudden fall means that something is missing: compare the rows.',
            alert: 'BackupShrank',
            unit: 'bytes',
            // Before the first one there is nothing.
            lines: { size: 'max(plinth_backup_size_bytes) or vector(0)' },
          }),
          graph('How many rows are in it?', {
            shows: 'Rows of all tables in the last good backup.',
            normal: 'grows with the database.',
            ifNot: 'a fall means that rows were deleted, or that it is not complete.',
            unit: 'count',
            lines: { rows: 'max(plinth_backup_rows) or vector(0)' },
          }),
          graph('How long does it take?', {
            shows: 'The time of the last good backup.',
            normal: 'grows slowly.',
            ifNot: 'the machine was busy, or the data grew.',
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
            tile('Last drill', {
              shows: 'Whether the last restore of a backup, and the comparison with it, succeeded.',
              normal: 'Passed.',
              ifNot: 'a backup that cannot be restored is none. Read the report of the drill.',
              alert: 'DrillFailed',
              // Before the first drill none has failed.
              expr: 'max(plinth_drill_last_attempt_failed) or vector(0)',
              fine: 'Passed',
              wrong: 'FAILED',
            }),
            tile('Isolation after a restore', {
              shows: 'Cases of the isolation proof on restored rows in which a tenant saw others.',
              normal: 'Holds.',
              ifNot:
                'restored data would not be safe to serve. Do not restore over the environment.',
              alert: 'IsolationProofFailed',
              expr: 'max(plinth_drill_isolation_leaked) or vector(0)',
              fine: 'Holds',
              wrong: 'LEAKS',
              more: 'access',
            }),
            number('How long ago was one restored?', {
              shows: 'Time since a backup was last restored and compared.',
              normal: 'within the schedule of the drill.',
              ifNot: 'the drill does not run, or does not pass.',
              alert: 'DrillTooOld',
              unit: 'seconds',
              expr: since('plinth_drill_last_success_timestamp_seconds'),
              limit: above(t.drillAgeSec),
              none: NEVER,
            }),
            number('How long would a restore take?', {
              shows: 'The time that the last drill took to restore.',
              normal: 'what you promised others.',
              ifNot: 'it grows with the data: more jobs, or a smaller database.',
              unit: 'seconds',
              expr: 'max(plinth_drill_restore_seconds) or vector(-1)',
              none: NEVER,
            }),
          ),
        ),
      ),
      ...only(backup.pointInTime.enabled, pointInTimeRow(t, backup.pointInTime)),
    ],
    // Backups are made once a day.
    'now-7d',
  );
}
