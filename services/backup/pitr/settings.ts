/** Point-in-time recovery of one environment, as plain data. */
export interface PointInTimeSettings {
  /** Cron expressions of five fields, in the environment's time zone. */
  readonly schedule: {
    /** Everything, from nothing: the root that the others build on. */
    readonly full: string;
    /** What has changed since the last full one. */
    readonly differential: string;
    /** What has changed since the last one of any kind. */
    readonly incremental: string;
    /** Every byte of the repository is read and compared. */
    readonly verify: string;
  };
  /** Most seconds of work that are only on the server's own disk while it writes little. */
  readonly archiveTimeoutSec: number;
  readonly retention: {
    /** Full backups that are kept, with everything that builds on them and the WAL since. */
    readonly full: number;
    /** Differential backups that are kept. */
    readonly differential: number;
  };
}

/** The repository's one collection of backups and WAL, in pgBackRest's word. */
export const STANZA = 'main';
/** Where every container of ours finds pgBackRest's configuration, which is a secret. */
export const CONF = '/run/secrets/pgbackrest.conf';
/** A repository of the kind `local`, in every container of ours. */
export const REPOSITORY = '/var/lib/pgbackrest';
/** The server's volume, and the cluster in it. */
export const VOLUME = '/var/lib/postgresql';
export const DATA = '/var/lib/postgresql/data';
/** Where the server's socket is. */
export const SOCKET = '/run/postgresql';

/**
 * What Postgres calls for each finished WAL segment. A failure keeps the segment: it is tried again for as long as it
 * takes, and the alert is on the lag.
 */
export const ARCHIVE_COMMAND = `pgbackrest --config=${CONF} --stanza=${STANZA} archive-push %p`;
