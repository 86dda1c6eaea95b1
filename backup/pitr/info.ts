// Parses the required parts of `pgbackrest info --output=json`.

export type BackupType = 'full' | 'diff' | 'incr';

export interface PhysicalBackup {
  /** The pgBackRest label, such as 20261121-152643F_20261121-152713I. */
  readonly id: string;
  readonly type: BackupType;
  /** Labels of the backups that it depends on. */
  readonly references: readonly string[];
  /** The archive of its WAL, such as 17-1. The repository has one for each cluster that was backed up. */
  readonly archiveId: string;
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly wal: { readonly first: string; readonly last: string };
  readonly lsn: { readonly start: string; readonly stop: string };
  /** Size of the cluster, and size that this backup added to the repository. */
  readonly bytes: number;
  readonly addedBytes: number;
  /** Whether the backup contains pages with invalid checksums. */
  readonly damaged: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A named restore point. */
export interface RestorePoint {
  readonly label: string;
  readonly archiveId: string;
  readonly timeline: number;
  /** The position directly after the record of the restore point. */
  readonly lsn: string;
  /** Microseconds since 1970. */
  readonly at: number;
}

export interface RepositoryInfo {
  /** Oldest first. */
  readonly backups: readonly PhysicalBackup[];
  /** Archive of the current cluster; undefined before the first backup. */
  readonly currentArchiveId: string | undefined;
  /** Time of the last successful verification, microseconds since 1970. */
  readonly verifiedAt: number | undefined;
  readonly restorePoints: readonly RestorePoint[];
}

/**
 * Annotations that the platform sets. A label is stored on the full backup before it, because the restore point is
 * reachable as long as this backup exists.
 */
export const VERIFIED = 'plinth-verified';
export const LABEL = 'plinth-label';
export const labelAnnotation = (label: string): string => `${LABEL}:${label}`;

/** The repository was created with another passphrase, or its info files are damaged. */
export class RepositoryUnreadable extends Error {}

/**
 * @throws RepositoryUnreadable
 */
export function parseInfo(text: string): RepositoryInfo {
  // pgBackRest quotes unreadable content in its messages without escaping control characters.
  // eslint-disable-next-line no-control-regex
  const stanza = (JSON.parse(text.replaceAll(/[\0-\x1f]/g, ' ')) as RawStanza[])[0];
  if (
    stanza === undefined ||
    stanza.status.code === NO_STANZA ||
    stanza.status.code === NO_REPOSITORY
  ) {
    return { backups: [], currentArchiveId: undefined, verifiedAt: undefined, restorePoints: [] };
  }
  const broken = stanza.repo.find(({ status }) => status.code === UNREADABLE);
  if (broken !== undefined) throw new RepositoryUnreadable(whyUnreadable(broken.status.message));
  const archiveIds = new Map(stanza.db.map(({ id, version }) => [id, `${version}-${String(id)}`]));
  const backups = stanza.backup
    .map((raw) => backupOf(raw, archiveIds))
    .sort((one, other) => one.finishedAt - other.finishedAt || (one.id < other.id ? -1 : 1));
  const verified = backups.flatMap(({ annotations }) => annotations[VERIFIED] ?? []).map(Number);
  return {
    backups,
    currentArchiveId: [...archiveIds.values()].at(-1),
    verifiedAt: verified.length === 0 ? undefined : Math.max(...verified),
    restorePoints: backups.flatMap(restorePointsOf).sort((one, other) => one.at - other.at),
  };
}

const NO_STANZA = 1;
const NO_REPOSITORY = 3;
const UNREADABLE = 99;

/** With a wrong passphrase, decrypted info files contain random bytes, and pgBackRest reports a format error. */
function whyUnreadable(message: string): string {
  if (/CryptoError|FormatError|cipher|key\/value found outside/.test(message)) {
    return (
      'the repository cannot be decrypted with the passphrase in pgbackrest.conf: it was created with another one ' +
      '(restore that passphrase), or its info files are damaged'
    );
  }
  return `the repository cannot be read: ${message.split('\n', 1)[0] ?? ''}`;
}

function backupOf(raw: RawBackup, archiveIds: ReadonlyMap<number, string>): PhysicalBackup {
  return {
    id: raw.label,
    type: raw.type,
    references: raw.reference ?? [],
    archiveId: archiveIds.get(raw.database.id) ?? '',
    startedAt: raw.timestamp.start,
    finishedAt: raw.timestamp.stop,
    wal: { first: raw.archive.start, last: raw.archive.stop },
    lsn: { start: raw.lsn.start, stop: raw.lsn.stop },
    bytes: raw.info.size,
    addedBytes: raw.info.repository.delta,
    damaged: raw.error === true,
    annotations: raw.annotation ?? {},
  };
}

function restorePointsOf({ annotations, archiveId }: PhysicalBackup): RestorePoint[] {
  return Object.entries(annotations).flatMap(([key, value]) => {
    if (!key.startsWith(`${LABEL}:`)) return [];
    const [timeline = '', lsn = '', at = ''] = value.split(' ');
    const label = key.slice(LABEL.length + 1);
    return [{ label, archiveId, timeline: Number(timeline), lsn, at: Number(at) }];
  });
}

/** The value of the annotation of a label. */
export function labelValue(point: Pick<RestorePoint, 'timeline' | 'lsn' | 'at'>): string {
  return `${String(point.timeline)} ${point.lsn} ${String(point.at)}`;
}

interface RawStanza {
  readonly status: { readonly code: number };
  readonly repo: readonly {
    readonly status: { readonly code: number; readonly message: string };
  }[];
  readonly db: readonly { readonly id: number; readonly version: string }[];
  readonly backup: readonly RawBackup[];
}

interface RawBackup {
  readonly label: string;
  readonly type: BackupType;
  readonly reference: readonly string[] | null;
  readonly database: { readonly id: number };
  readonly timestamp: { readonly start: number; readonly stop: number };
  readonly archive: { readonly start: string; readonly stop: string };
  readonly lsn: { readonly start: string; readonly stop: string };
  readonly info: { readonly size: number; readonly repository: { readonly delta: number } };
  readonly error: boolean | null;
  readonly annotation?: Readonly<Record<string, string>>;
}
