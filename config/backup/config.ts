/** What an environment says about its backups: plain readonly data, every value resolved. */
import type { ContainerLimits } from '../environment.ts';

export interface BackupConfig extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
  /** When a logical backup is made: cron, five fields, in the environment's time zone. @default 15 2 * * * */
  readonly schedule: string;
  /** Public age keys (`age1…`) that can open the backups. @default none: only the drill's key can */
  readonly recipients: readonly string[];
  /** Files with armored public GPG keys, from the root of the project, whose holders can open them too. @default none */
  readonly gpgKeys: readonly string[];
  /** Whether a large environment has said that nobody but the stack itself can open its backups. @default false */
  readonly acceptNoRecipient: boolean;
  /** Folder of the machine that the backups are written to. @default a Docker volume, which outlives `destroy` */
  readonly directory?: string;
  /** Of zstd. @default 3 */
  readonly compressionLevel: number;
  /** Streams at one time; each takes a connection and about a processor. @default 2 */
  readonly jobs: number;
  readonly retention: RetentionConfig;
  /** Whether a backup is taken before migrations and before the server is replaced. @default true but in the preset small */
  readonly rollbackPoints: boolean;
  readonly drill: DrillConfig;
  readonly pointInTime: PointInTimeConfig;
}

/** Which logical backups are kept. The last good one always is. */
export interface RetentionConfig {
  /** All of the last days. @default 30 */
  readonly days: number;
  /** The newest one of each of so many weeks. @default 8 */
  readonly weekly: number;
  /** @default 12 */
  readonly monthly: number;
  /** @default 3 */
  readonly yearly: number;
}

/** A restore of the newest backup into a server that is thrown away afterwards. */
export interface DrillConfig extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
  /** @default 15 4 * * * */
  readonly schedule: string;
  /** Raise it by one to give the drill a new key. @default 1 */
  readonly keyRotation: number;
}

/** Going back to any moment, by pgBackRest. */
export interface PointInTimeConfig extends ContainerLimits {
  /** @default true */
  readonly enabled: boolean;
  /** After how long what was written is archived at the latest: what a lost volume may cost. @default 60 */
  readonly archiveTimeoutSec: number;
  readonly schedule: {
    /** @default 0 1 * * 0 */
    readonly full: string;
    /** @default 0 1 * * 1-6 */
    readonly differential: string;
    /** @default 0 5,11,17,23 * * * */
    readonly incremental: string;
    /** When every file of the repository is read and checked. @default 30 5 * * 6 */
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

/** Where pgBackRest keeps backups and WAL. */
export type RepositoryConfig =
  | { readonly kind: 'local' }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly endpoint: string;
      readonly region: string;
      /** @default /plinth/<stack> */
      readonly path: string;
      /** File on the machine that runs Pulumi, with the access key and its secret on a line each. */
      readonly credentialsFile: string;
    }
  | {
      readonly kind: 'sftp';
      readonly host: string;
      readonly user: string;
      /** @default /plinth/<stack> */
      readonly path: string;
      /** File on the machine that runs Pulumi, with the private key. */
      readonly privateKeyFile: string;
      /** SHA-256 of the host's key, in hexadecimal. */
      readonly hostFingerprint: string;
    };
