// What the programs of this image are told, by /etc/plinth/backup.json.

import {
  checkedSettings,
  isText,
  optional,
  readSettings,
  whole,
  type Check,
  type Checks,
} from '../settings-file.ts';
import type { PointInTimeSettings } from './pitr/settings.ts';

/** Everything that is public; passwords and keys are files under /run/secrets. */
export interface BackupSettings {
  readonly stack: string;
  /** IANA name; schedules and the days, weeks and months of the retention are in it. */
  readonly timezone: string;
  readonly server: ServerAddress;
  /** Cron, five fields. */
  readonly schedule: string;
  readonly encryption: Encryption;
  /** Of zstd, 1 to 19. */
  readonly compressionLevel: number;
  /** Streams at one time. */
  readonly jobs: number;
  readonly retention: Retention;
  readonly drill: { readonly schedule: string };
  readonly pointInTime?: PointInTimeSettings;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** A login with BYPASSRLS and pg_read_all_data. */
  readonly user: string;
  /** Where to ask which databases there are: one that the user may connect to. @default postgres */
  readonly database?: string;
}

/**
 * Who can open a backup. Streams are always age. Where there are GPG keys too, each backup has an age
 * key of its own as a further recipient, kept only as `key.gpg`, encrypted to all `gpgKeys`.
 */
export interface Encryption {
  /** `age1…`, the drill's own among them; at least one. */
  readonly recipients: readonly string[];
  /** Armored public keys; may be empty. */
  readonly gpgKeys: readonly string[];
}

/** Which backups stay; the last good one always does. */
export interface Retention {
  /** All of the last days, at least 1. */
  readonly days: number;
  /** The newest of each of so many weeks; 0 for none. Months and years likewise. */
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
}

export const settingsFile = '/etc/plinth/backup.json';

/** @throws {Error} when the file cannot be read or does not fit */
export function loadSettings(path: string = settingsFile): BackupSettings {
  return parseSettings(readSettings(path), path);
}

/**
 * @param path only named in errors
 * @throws {Error} with every problem in it
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
    : 'must be five fields of cron';
const texts =
  (least: number): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every((one) => isText(one) === undefined)
      ? undefined
      : `must be a list of at least ${least} texts`;

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
