import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drillMetrics, renderMetrics, statusMetrics } from '../../../../backup/metrics.ts';
import { healthOf } from '../../../../backup/logical/serve.ts';
import {
  begun,
  failed,
  noStatus,
  readStatus,
  succeeded,
  writeStatus,
} from '../../../../backup/store/status.ts';

const at = new Date('2026-11-21T15:30:00Z');
const success = {
  id: '20261121T153000Z',
  finishedAt: '2026-11-21T15:30:02.000Z',
  durationSec: 2,
  bytes: 1000,
  rows: 10,
};
const running = begun(noStatus, at);
const good = succeeded(running, success);
const bad = failed(begun(good, at), 'the disk is full');

describe('a status', () => {
  it('is kept, and none where it cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-status-'));
    try {
      const file = join(folder, 'status.json');
      expect(await readStatus(file)).toEqual(noStatus);
      await writeStatus(file, bad);
      expect(await readStatus(file)).toEqual(bad);
      writeFileSync(file, '{');
      expect(await readStatus(file)).toEqual(noStatus);
      writeFileSync(file, '{"version":9}');
      expect(await readStatus(file)).toEqual(noStatus);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('remembers the last good backup through failures, and counts those', () => {
    expect(bad.lastSuccess).toEqual(success);
    expect(failed(begun(bad, at), 'again').failures).toBe(2);
  });
});

describe('healthOf', () => {
  it.each([
    [noStatus, true, 'no backup was attempted yet'],
    [running, true, 'a backup is in progress'],
    [good, true, 'the last backup is 20261121T153000Z'],
    [bad, false, 'the last backup failed: the disk is full'],
    [failed(running, 'no route'), false, 'the last backup failed: no route'],
  ])('%#', (status, healthy, reason) => {
    expect(healthOf(status)).toEqual({ healthy, reason });
  });
});

describe('the metrics', () => {
  it('say nothing that nobody knows', () => {
    expect(statusMetrics(noStatus)).toEqual({ plinth_backup_failures_total: 0 });
  });

  it('say when, how long, how big', () => {
    expect(statusMetrics(bad)).toEqual({
      plinth_backup_failures_total: 1,
      plinth_backup_last_attempt_timestamp_seconds: 1795275000,
      plinth_backup_last_attempt_failed: 1,
      plinth_backup_last_success_timestamp_seconds: 1795275002,
      plinth_backup_duration_seconds: 2,
      plinth_backup_size_bytes: 1000,
      plinth_backup_rows: 10,
    });
    expect(statusMetrics(good)['plinth_backup_last_attempt_failed']).toBe(0);
  });

  it('are in Prometheus’s format', () => {
    expect(renderMetrics({ plinth_backup_rows: 10, plinth_backup_failures_total: 0, x: NaN })).toBe(
      '# HELP plinth_backup_failures_total Number of failed backup attempts.\n' +
        '# TYPE plinth_backup_failures_total counter\n' +
        'plinth_backup_failures_total 0\n' +
        '# HELP plinth_backup_rows Number of rows in the last successful backup.\n' +
        '# TYPE plinth_backup_rows gauge\n' +
        'plinth_backup_rows 10\n',
    );
  });

  it('take of the drill what is a metric, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-drill-'));
    try {
      const file = join(folder, 'status.json');
      expect(await drillMetrics(file)).toEqual({});
      const metrics = {
        plinth_drill_restore_seconds: 7,
        plinth_backup_rows: 1,
        evil: 1,
        plinth_drill_x: 'y',
      };
      writeFileSync(file, JSON.stringify({ metrics }));
      expect(await drillMetrics(file)).toEqual({ plinth_drill_restore_seconds: 7 });
      writeFileSync(file, 'null');
      expect(await drillMetrics(file)).toEqual({});
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
