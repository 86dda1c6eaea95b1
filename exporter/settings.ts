// Settings of the Plinth exporter (container watch), from two files: watch.json, and access.json with the declared access.

import { existsSync, readFileSync } from 'node:fs';
import type { PrintedExpressions } from '../rls/catalog/printed-expressions.ts';
import type { AccessPlan } from '../rls/model/plan.ts';
import {
  checkedSettings,
  isText,
  listOf,
  optional,
  readSettings,
  whole,
  type Check,
  type Checks,
} from '../lib/settings-file.ts';

export const settingsFile = '/etc/plinth/watch.json';
export const accessFile = '/etc/plinth/access.json';
/** Passwords in clear text. */
export const monitorPasswordFile = '/run/secrets/monitor';
export const healthPasswordFile = '/run/secrets/health';
export const httpPort = 9189;

/** The public settings. */
export interface ExporterSettings {
  readonly stack: string;
  readonly scrapeIntervalSec: number;
  /** Interval of the probe through PgBouncer. */
  readonly probeIntervalSec: number;
  /** Direct address of the server. */
  readonly server: Address & { readonly database: string };
  /** Login with membership in pg_monitor; it connects directly to the server. */
  readonly monitorUser: string;
  /** Address of PgBouncer, as applications use it. */
  readonly pooler: Address;
  /** Login of the probe through PgBouncer. */
  readonly healthUser: string;
  /** Duration from which the server logs a statement as slow. */
  readonly slowQueryMs: number;
  /** Latency objective of queries through PgBouncer; an additional bucket of the histogram. */
  readonly latencyObjectiveMs: number;
  /** Mount points of the volumes, to measure the usage of their file systems. */
  readonly volumes: readonly { readonly volume: string; readonly path: string }[];
  /** Folder of the Postgres log in JSON format, one object per line. @default - the log is not counted */
  readonly logs?: { readonly folder: string };
  /** Migrations of the application. @default - migrations are not compared */
  readonly migrations?: readonly Migration[];
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Migration {
  readonly name: string;
  /** SHA-256 of its text, in hexadecimal. */
  readonly checksum: string;
}

/** The declared access in access.json: the plan, and its conditions as the server prints them. */
export interface RlsSettings extends AccessPlan {
  readonly printed: PrintedExpressions;
}

/** @throws {Error} if the file cannot be read or is invalid */
export function loadSettings(path: string = settingsFile): ExporterSettings {
  return parseSettings(readSettings(path), path);
}

/**
 * @param path only for error messages
 * @throws {Error} with all problems
 */
export function parseSettings(text: string, path: string = settingsFile): ExporterSettings {
  return checkedSettings(text, path, checks) as ExporterSettings;
}

/**
 * Undefined if no access is declared.
 *
 * @throws {Error} if the file is invalid
 */
export function loadAccess(path: string = accessFile): RlsSettings | undefined {
  return existsSync(path) ? parseAccess(readFileSync(path, 'utf8'), path) : undefined;
}

/**
 * @param path only for error messages
 * @throws {Error} with all problems
 */
export function parseAccess(text: string, path: string = accessFile): RlsSettings {
  return checkedSettings(text, path, {
    schema: isObject,
    tables: listOf({ table: isText }),
    printed: isObject,
  }) as RlsSettings;
}

const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? undefined
    : 'must be an object';
const port = whole(1, 65_535);

const checks: Checks = {
  stack: isText,
  scrapeIntervalSec: whole(1, 3600),
  probeIntervalSec: whole(1, 3600),
  'server.host': isText,
  'server.port': port,
  'server.database': isText,
  monitorUser: isText,
  'pooler.host': isText,
  'pooler.port': port,
  healthUser: isText,
  slowQueryMs: whole(0, 86_400_000),
  latencyObjectiveMs: whole(1, 60_000),
  volumes: listOf({ volume: isText, path: isText }),
  logs: optional((value) => isText((value as { folder?: unknown } | null)?.folder)),
  migrations: optional(listOf({ name: isText, checksum: isText })),
};
