// What would be lost now, in a few lines: of the newest backup, the newest drill, and the archived WAL.

import { run } from '../../lib/process.ts';
import { duration } from '../../lib/progress.ts';
import { runningContainer } from '../containers.ts';

/** What the three programs say of themselves; undefined where one does not run or has no answer. */
export interface Safety {
  readonly backup: BackupStatus | undefined;
  readonly drill: Metrics | undefined;
  readonly pointInTime: Metrics | undefined;
}

/** The part of `plinth-backup status --json` that is looked at. */
export interface BackupStatus {
  readonly healthy: boolean;
  readonly reason: string;
  readonly lastSuccess?: { readonly finishedAt: string } | null;
  readonly nextRun?: string | null;
  readonly backups: { readonly good: number; readonly damaged: number };
}

type Metrics = Readonly<Record<string, number>>;

const ASKED = {
  backup: ['plinth-backup', 'status', '--json'],
  drill: ['cat', '/var/lib/drill/status.json'],
  pgbackrest: ['plinth-backup', 'pitr', 'status', '--json'],
} as const;

/** Asks the containers of a stack; undefined where it has no backups. */
export async function safetyOf(stack: string): Promise<Safety | undefined> {
  const [backup, drill, pointInTime] = await Promise.all([
    ask(stack, 'backup'),
    ask(stack, 'drill'),
    ask(stack, 'pgbackrest'),
  ]);
  if (backup === undefined && pointInTime === undefined) return undefined;
  return {
    backup: backup as BackupStatus | undefined,
    drill: (drill as { metrics?: Metrics } | undefined)?.metrics,
    pointInTime: (pointInTime as { metrics?: Metrics } | undefined)?.metrics,
  };
}

async function ask(stack: string, part: keyof typeof ASKED): Promise<unknown> {
  const container = await runningContainer(stack, part);
  if (container === undefined) return undefined;
  const { stdout } = await run('docker', ['exec', container, ...ASKED[part]]);
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    return undefined;
  }
}

/** Lines for a person, one for each of the three. */
export function safetyLines({ backup, drill, pointInTime }: Safety, nowMs: number): string[] {
  return [
    ...(backup === undefined ? [] : [`backups   ${backupWords(backup, nowMs)}`]),
    ...(drill === undefined ? [] : [`drill     ${drillWords(drill, nowMs)}`]),
    ...(pointInTime === undefined ? [] : [`archive   ${archiveWords(pointInTime, nowMs)}`]),
  ];
}

function backupWords(status: BackupStatus, nowMs: number): string {
  const { lastSuccess, nextRun, backups } = status;
  const newest =
    lastSuccess === undefined || lastSuccess === null
      ? 'none yet'
      : `the newest is ${duration(nowMs - Date.parse(lastSuccess.finishedAt))} old`;
  const damaged = backups.damaged > 0 ? `, ${backups.damaged} DAMAGED` : '';
  const next =
    typeof nextRun === 'string' ? `; the next in ${duration(Date.parse(nextRun) - nowMs)}` : '';
  const failing = status.healthy ? '' : `; FAILING: ${status.reason}`;
  return `${newest}, ${backups.good} good${damaged}${next}${failing}`;
}

function drillWords(metrics: Metrics, nowMs: number): string {
  const tried = metrics['plinth_drill_last_attempt_timestamp_seconds'] ?? 0;
  if (tried === 0) return 'none yet: no backup has been restored';
  const ago = `${duration(nowMs - tried * 1000)} ago`;
  if (metrics['plinth_drill_last_attempt_failed'] !== 0) {
    return `FAILED ${ago}: see the report, npx plinth drill`;
  }
  const seconds = metrics['plinth_drill_restore_seconds'] ?? 0;
  return `restored and proven ${ago}, in ${seconds.toFixed(0)} s`;
}

function archiveWords(metrics: Metrics, nowMs: number): string {
  const backup = metrics['plinth_pitr_last_backup_timestamp_seconds'] ?? 0;
  if (backup === 0) return 'no base backup yet: one cannot go back to a moment';
  const lag = metrics['plinth_pitr_archive_lag_seconds'] ?? 0;
  const failed =
    metrics['plinth_pitr_last_attempt_failed'] === 1 ||
    metrics['plinth_pitr_last_verify_failed'] === 1;
  const base = `last base backup ${duration(nowMs - backup * 1000)} ago`;
  return `the last ${lag.toFixed(0)} s would be lost with the disk; ${base}${failed ? '; FAILING: npx plinth status --json' : ''}`;
}
