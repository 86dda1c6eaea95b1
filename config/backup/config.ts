/** The resolved backup configuration of an environment: plain readonly data, with every default applied. */
import type { ContainerLimits } from '../container-limits.ts';

export interface BackupConfig extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
  /** Schedule of the logical backups: cron, five fields, in the environment's time zone. @default 15 2 * * * */
  readonly schedule: string;
  /** Public age keys (`age1…`) that the backups are encrypted for. @default none: only the key of the restore test */
  readonly recipients: readonly string[];
  /** Files with armored public GPG keys that the backups are also encrypted for. Relative to the project root. @default none */
  readonly gpgKeys: readonly string[];
  /** Whether a large environment accepts that only the stack itself can decrypt its backups. @default false */
  readonly acceptNoRecipient: boolean;
  /** Directory on the machine for the backups. @default a Docker volume, which `destroy` does not delete */
  readonly directory?: string;
  /** Compression level of zstd. @default 3 */
  readonly compressionLevel: number;
  /** Number of parallel streams. Each uses one connection and about one CPU. @default 2 */
  readonly jobs: number;
  readonly retention: RetentionConfig;
  /** Whether a backup is taken before migrations and before the server is replaced. @default true, except in the preset small */
  readonly rollbackPoints: boolean;
  readonly drill: DrillConfig;
  readonly pointInTime: PointInTimeConfig;
}

/** Retention of the logical backups. The last good backup is always kept. */
export interface RetentionConfig {
  /** Number of days for which all backups are kept. @default 30 */
  readonly days: number;
  /** Number of weeks for which the newest backup of the week is kept. Months and years likewise. @default 8 */
  readonly weekly: number;
  /** @default 12 */
  readonly monthly: number;
  /** @default 3 */
  readonly yearly: number;
}

/** The restore test: restores the newest backup into a temporary Postgres. */
export interface DrillConfig extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
  /** @default 15 4 * * * */
  readonly schedule: string;
  /** Increase by one to generate a new key for the restore test. @default 1 */
  readonly keyRotation: number;
}

/** Point-in-time recovery with pgBackRest. */
export interface PointInTimeConfig extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
  /** Maximum time until a WAL segment is archived. If the volume is lost, at most this much is lost. @default 60 */
  readonly archiveTimeoutSec: number;
  readonly schedule: {
    /** @default 0 1 * * 0 */
    readonly full: string;
    /** @default 0 1 * * 1-6 */
    readonly differential: string;
    /** @default 0 5,11,17,23 * * * */
    readonly incremental: string;
    /** Schedule of the verification, which reads every file of the repository. @default 30 5 * * 6 */
    readonly verify: string;
  };
  readonly retention: {
    /** @default 2 */
    readonly full: number;
    /** @default 7 */
    readonly differential: number;
  };
  readonly repository: RepositoryConfig;
}

/** The pgBackRest repository for backups and WAL. */
export type RepositoryConfig =
  | { readonly kind: 'local' }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly endpoint: string;
      readonly region: string;
      /** @default /plinth/<stack> */
      readonly path: string;
      /** File on the machine that runs Pulumi. It contains the access key and its secret, each on its own line. */
      readonly credentialsFile: string;
    }
  | {
      readonly kind: 'sftp';
      readonly host: string;
      readonly user: string;
      /** @default /plinth/<stack> */
      readonly path: string;
      /** File on the machine that runs Pulumi. It contains the private key. */
      readonly privateKeyFile: string;
      /** SHA-256 fingerprint of the SSH host key, in hexadecimal. */
      readonly hostFingerprint: string;
    };
