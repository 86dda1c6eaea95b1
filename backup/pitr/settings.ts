/** Point-in-time recovery of one environment, as plain data. */
export interface PointInTimeSettings {
  /** Cron expressions of five fields, in the environment's time zone. */
  readonly schedule: {
    /** Full backups, which the others depend on. */
    readonly full: string;
    /** Changes since the last full backup. */
    readonly differential: string;
    /** Changes since the last backup of any type. */
    readonly incremental: string;
    /** Verification, which reads the whole repository. */
    readonly verify: string;
  };
  /** archive_timeout: maximum age in seconds of WAL that exists only on the disk of the server, under low load. */
  readonly archiveTimeoutSec: number;
  readonly retention: {
    /** Number of full backups to keep, with their dependent backups and the WAL since. */
    readonly full: number;
    /** Number of differential backups to keep. */
    readonly differential: number;
  };
}

/** The only pgBackRest stanza of the repository. */
export const STANZA = 'main';
/** Path of the pgBackRest configuration in all containers. It is a secret. */
export const CONF = '/run/secrets/pgbackrest.conf';
/** Path of a repository of kind `local` in all containers. */
export const REPOSITORY = '/var/lib/pgbackrest';
/** The volume of the server, and the data directory in it. */
export const VOLUME = '/var/lib/postgresql';
export const DATA = '/var/lib/postgresql/data';
/** Directory of the socket of the server. */
export const SOCKET = '/run/postgresql';

/**
 * archive_command. If it fails, Postgres keeps the WAL segment and retries without limit. An alert watches the archive
 * lag.
 */
export const ARCHIVE_COMMAND = `pgbackrest --config=${CONF} --stanza=${STANZA} archive-push %p`;
