/** What the containers of the backups are told, as files. Pure. */
import type { AccessPlan } from '../../rls/model/plan.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { BackupSettings } from '../../backup/settings.ts';
import type { Endpoint } from '../types.ts';

export interface SettingsArgs {
  readonly config: EnvironmentConfig;
  /** Direct endpoint on the stack's network. */
  readonly server: Endpoint;
  /** Login that reads everything. */
  readonly user: string;
  /** Public key of the drill. */
  readonly drillRecipient: string;
  /** Armored public keys. */
  readonly gpgKeys: readonly string[];
}

/** backup.json */
export function backupJson(args: SettingsArgs): string {
  const { config, server, user, drillRecipient, gpgKeys } = args;
  const { backup } = config;
  const { schedule, archiveTimeoutSec, retention } = backup.pointInTime;
  const settings: BackupSettings = {
    stack: config.stack,
    timezone: config.timezone,
    server: { ...server, user, database: config.postgres.database },
    schedule: backup.schedule,
    encryption: { recipients: [...backup.recipients, drillRecipient], gpgKeys },
    compressionLevel: backup.compressionLevel,
    jobs: backup.jobs,
    retention: backup.retention,
    drill: { schedule: backup.drill.schedule },
    ...(backup.pointInTime.enabled
      ? { pointInTime: { schedule, archiveTimeoutSec, retention } }
      : {}),
  };
  return json(settings);
}

/** access.json: what the drill proves on the restored rows. */
export function accessJson(plan: AccessPlan): string {
  return json(plan);
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
