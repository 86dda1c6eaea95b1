// What the watcher is told, by two files: /etc/plinth/watch.json, and what is declared about access.

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

/** Everything that is public. */
export interface ExporterSettings {
  readonly stack: string;
  readonly scrapeIntervalSec: number;
  /** Between two queries through the pooler. */
  readonly probeIntervalSec: number;
  /** The server itself. */
  readonly server: Address & { readonly database: string };
  /** Login that is a member of pg_monitor; it reaches the server itself. */
  readonly monitorUser: string;
  /** The way of the application. */
  readonly pooler: Address;
  /** Login that asks through the pooler whether there is an answer. */
  readonly healthUser: string;
  /** What the server writes to its log as slow. */
  readonly slowQueryMs: number;
  /** What an answer through the pooler may take: a further bucket of the histogram. */
  readonly latencyObjectiveMs: number;
  /** Where volumes are mounted here, to ask how full their file system is. */
  readonly volumes: readonly { readonly volume: string; readonly path: string }[];
  /** Folder with Postgres's log, one JSON object a line. @default - nothing is counted */
  readonly logs?: { readonly folder: string };
  /** As the program has them. @default - nothing is compared */
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

/** What is declared about access, in access.json: the plan, and its conditions as the server prints them. */
export interface RlsSettings extends AccessPlan {
  readonly printed: PrintedExpressions;
}

/** @throws {Error} when the file cannot be read or does not fit */
export function loadSettings(path: string = settingsFile): ExporterSettings {
  return parseSettings(readSettings(path), path);
}

/**
 * @param path only named in errors
 * @throws {Error} with every problem in it
 */
export function parseSettings(text: string, path: string = settingsFile): ExporterSettings {
  return checkedSettings(text, path, checks) as ExporterSettings;
}

/**
 * Undefined where nothing is declared.
 *
 * @throws {Error} when the file does not fit
 */
export function loadAccess(path: string = accessFile): RlsSettings | undefined {
  return existsSync(path) ? parseAccess(readFileSync(path, 'utf8'), path) : undefined;
}

/**
 * @param path only named in errors
 * @throws {Error} with every problem in it
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
