// What `pgbackrest info --output=json` says, as far as it is needed.

export type BackupType = 'full' | 'diff' | 'incr';

export interface PhysicalBackup {
  /** pgBackRest's own name, such as 20261121-152643F_20261121-152713I. */
  readonly id: string;
  readonly type: BackupType;
  /** Names of those it builds on. */
  readonly references: readonly string[];
  /** The archive its WAL is in, such as 17-1: one for each cluster that was backed up here. */
  readonly archiveId: string;
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly wal: { readonly first: string; readonly last: string };
  readonly lsn: { readonly start: string; readonly stop: string };
  /** Bytes of the cluster, and what this backup added to the repository. */
  readonly bytes: number;
  readonly addedBytes: number;
  /** Pages whose checksum was wrong when it was taken. */
  readonly damaged: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A point to go back to, by name. */
export interface RestorePoint {
  readonly label: string;
  readonly archiveId: string;
  readonly timeline: number;
  /** Just behind it. */
  readonly lsn: string;
  /** Microseconds since 1970. */
  readonly at: number;
}

export interface RepositoryInfo {
  /** Oldest first. */
  readonly backups: readonly PhysicalBackup[];
  /** Archive of the cluster that is backed up now; undefined before the first. */
  readonly currentArchiveId: string | undefined;
  /** When everything was last read and found right, microseconds since 1970. */
  readonly verifiedAt: number | undefined;
  readonly restorePoints: readonly RestorePoint[];
}

/** Annotations of ours. A label is on the full backup before it, which lives as long as the way to it does. */
export const VERIFIED = 'plinth-verified';
export const LABEL = 'plinth-label';
export const labelAnnotation = (label: string): string => `${LABEL}:${label}`;

/** The repository was made with another passphrase, or its head is damaged. */
export class RepositoryUnreadable extends Error {}

/**
 * @throws RepositoryUnreadable
 */
export function parseInfo(text: string): RepositoryInfo {
  // What it could not read it quotes as it is.
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

/** Decrypted with another passphrase, the head of a repository is noise, which is what pgBackRest then says. */
function whyUnreadable(message: string): string {
  if (/CryptoError|FormatError|cipher|key\/value found outside/.test(message)) {
    return (
      'the repository cannot be opened with the passphrase in pgbackrest.conf: it was made with another one ' +
      '(bring back that one), or its head files are damaged'
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

/** The value of a label's annotation. */
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
