// What a restore would do, in words.

import type { Manifest } from '../../backup/store/manifest.ts';
import type { LastRestoreTest } from './last-restore-test.ts';

export interface RestorePlan {
  readonly stack: string;
  /** Where the backup is read from. */
  readonly where: string;
  readonly manifest: Manifest;
  /** Name of the volume to be made. */
  readonly volume: string;
  /** Volumes with data of the stack that are there now. */
  readonly present: readonly string[];
  /** Only this of the backup. */
  readonly only?: string | undefined;
  /** The newest drill, where there was one. */
  readonly drilled?: LastRestoreTest | undefined;
}

/** A size for people: `12.3 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A whole number with thin groups: `1 234 567`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** How long it may take: by rows, as the drill has restored on this machine. */
export function expectedSeconds(
  rows: number,
  drilled: LastRestoreTest | undefined,
): number | undefined {
  if (drilled?.restoreSeconds === undefined) return undefined;
  const { rows: of, restoreSeconds } = drilled;
  return of === undefined || of === 0 ? restoreSeconds : (restoreSeconds * rows) / of;
}

/** What `restore plan` prints. */
export function planText(plan: RestorePlan): string {
  const { manifest, stack, volume, present, only, drilled } = plan;
  const { id, label, startedAt, databases, totals, skipped } = manifest;
  const seconds = expectedSeconds(totals.rows, drilled);
  const lines: [string, string][] = [
    ['backup', `${id}${label === null ? '' : ` (label ${label})`}, from the ${plan.where}`],
    ['state of', startedAt],
    [
      'holds',
      `${formatCount(totals.rows)} rows, ${size(totals.bytes)} encrypted, PostgreSQL ${manifest.server.version}`,
    ],
    ...databases.map(({ name, tables, migrationHead }): [string, string] => [
      'database',
      `${name}: ${String(tables.length)} tables${migrationHead === null ? '' : `, migrations up to ${migrationHead}`}`,
    ]),
    ...(only === undefined ? [] : [['only', only] as [string, string]]),
    ['into', `the new volume ${volume}`],
    [
      'takes',
      seconds === undefined
        ? 'nobody knows yet: no drill has restored anything on this machine'
        : `about ${String(Math.max(1, Math.round(seconds)))} s, as the last drill did`,
    ],
    ['key', keyLine(manifest)],
    ...skipped.map(({ what, why }): [string, string] => ['left out', `${what}: ${why}`]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const stays =
    present.length === 0
      ? 'There is no data of this environment on this machine; nothing is overwritten.'
      : `What is there stays as it is and goes on serving: ${present.join(', ')}.`;
  return [
    `restore of ${stack}`,
    '',
    ...lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`),
    '',
    stays,
    present.length === 0
      ? `Then 'npx plinth up --stack ${stack}' takes the restored data over.`
      : `Nothing is served from the new volume until 'npx plinth restore switch ${volume}'.`,
  ].join('\n');
}

function keyLine({ encryption: { recipients, gpgFingerprints } }: Manifest): string {
  const gpg =
    gpgFingerprints.length === 0
      ? ''
      : `; or --gpg, for the holders of ${gpgFingerprints.map((print) => print.slice(-16)).join(', ')}`;
  return `--key with the identity of one of ${recipients.join(', ')}${gpg}`;
}
