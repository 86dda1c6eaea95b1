// The settings of the programs of this image, in /etc/plinth/backup.json.

import {
  checkedSettings,
  isText,
  optional,
  readSettings,
  whole,
  type Check,
  type Checks,
} from '../lib/settings-file.ts';
import type { PointInTimeSettings } from './pitr/settings.ts';

/** Settings that are not secret. Passwords and keys are files under /run/secrets. */
export interface BackupSettings {
  readonly stack: string;
  /** IANA name. It applies to the schedules and to the periods of the retention. */
  readonly timezone: string;
  readonly server: ServerAddress;
  /** Cron, five fields. */
  readonly schedule: string;
  readonly encryption: Encryption;
  /** Compression level of zstd, 1 to 19. */
  readonly compressionLevel: number;
  /** Number of parallel streams. */
  readonly jobs: number;
  readonly retention: Retention;
  readonly drill: { readonly schedule: string };
  readonly pointInTime?: PointInTimeSettings;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** A login role with BYPASSRLS and pg_read_all_data. */
  readonly user: string;
  /** The database to connect to for the list of databases. The user needs the CONNECT privilege. @default postgres */
  readonly database?: string;
}

/**
 * The keys that can decrypt a backup. Streams are always encrypted with age. If there are GPG keys, each backup has its
 * own age key as an additional recipient. That key is stored only in `key.gpg`, encrypted for all `gpgKeys`.
 */
export interface Encryption {
  /** `age1…`, at least one. The key of the restore test is one of them. */
  readonly recipients: readonly string[];
  /** Armored public keys; may be empty. */
  readonly gpgKeys: readonly string[];
}

/** Retention of the backups. The last good backup is always kept. */
export interface Retention {
  /** Number of days for which all backups are kept, at least 1. */
  readonly days: number;
  /** Number of weeks for which the newest backup of the week is kept; may be 0. Months and years likewise. */
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
}

export const settingsFile = '/etc/plinth/backup.json';

/** @throws {Error} if the file cannot be read or is invalid */
export function loadSettings(path: string = settingsFile): BackupSettings {
  return parseSettings(readSettings(path), path);
}

/**
 * @param path used only in error messages
 * @throws {Error} with all problems
 */
export function parseSettings(text: string, path: string = settingsFile): BackupSettings {
  return checkedSettings(text, path, checks) as BackupSettings;
}

const timezone: Check = (value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value as string });
    return isText(value);
  } catch {
    return 'must be a time zone such as Europe/Berlin';
  }
};
const cron: Check = (value) =>
  typeof value === 'string' && value.trim().split(/\s+/).length === 5
    ? undefined
    : 'must be a cron expression with five fields';
const texts =
  (least: number): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every((one) => isText(one) === undefined)
      ? undefined
      : `must be a list of at least ${least} strings`;

const checks: Checks = {
  stack: isText,
  timezone,
  'server.host': isText,
  'server.port': whole(1, 65535),
  'server.user': isText,
  'server.database': optional(isText),
  schedule: cron,
  'encryption.recipients': texts(1),
  'encryption.gpgKeys': texts(0),
  compressionLevel: whole(1, 19),
  jobs: whole(1, 64),
  'retention.days': whole(1, 36_500),
  'retention.weekly': whole(0, 10_000),
  'retention.monthly': whole(0, 10_000),
  'retention.yearly': whole(0, 10_000),
  'drill.schedule': cron,
};
