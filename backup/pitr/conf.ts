import { DATA, REPOSITORY, SOCKET, STANZA, type PointInTimeSettings } from './settings.ts';

/** The repository for backups and WAL. */
export type Repository =
  | {
      /** A volume on this machine. If the machine is lost, it is lost too. */
      readonly kind: 'local';
      /** Directory in the volume. @default - the root of the volume */
      readonly folder?: string;
    }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Host name of the endpoint, without a scheme. */
      readonly endpoint: string;
      readonly region: string;
      readonly key: string;
      readonly keySecret: string;
      /** `host`: the bucket is part of the host name; `path`: it is part of the path. @default 'host' */
      readonly uriStyle?: 'host' | 'path';
      /** Path in the bucket. @default '/' */
      readonly prefix?: string;
      /** @default 443 */
      readonly port?: number;
      /** CA certificate of the endpoint, if the image does not trust it already. */
      readonly caFile?: string;
    }
  | {
      readonly kind: 'sftp';
      readonly host: string;
      /** @default 22 */
      readonly port?: number;
      readonly user: string;
      readonly path: string;
      /** Path in the containers. The file must be readable only by uid 10001. */
      readonly privateKeyFile: string;
      /** Hash algorithm of `hostFingerprint`. @default 'sha256' */
      readonly hostKeyHash?: 'sha256' | 'sha1' | 'md5';
      /** Fingerprint of the SSH host key, in hexadecimal. Connections to a host with another key are rejected. */
      readonly hostFingerprint: string;
    };

export interface PgbackrestConf {
  readonly repository: Repository;
  /** Passphrase of the repository. Without it the backups cannot be decrypted, so it is stored with the secrets of the stack. */
  readonly cipherPass: string;
  readonly retention: PointInTimeSettings['retention'];
  /** Number of processes for a backup or restore. @default 2 */
  readonly processes?: number;
}

/**
 * Renders pgbackrest.conf, which the Postgres container and the backup container share. It is a secret, because it
 * contains the passphrase of the repository.
 *
 * archive-push-queue-max is not set. It would drop WAL if the repository is not available for a long time, and later
 * recovery targets would silently become unreachable. Instead, Postgres keeps the WAL. A metric shows how much WAL is
 * waiting, and an alert fires long before the disk is full.
 *
 * @throws if a value cannot be represented in the file
 */
export function pgbackrestConf(args: PgbackrestConf): string {
  const global = {
    ...repositoryOptions(args.repository),
    'repo1-cipher-type': 'aes-256-cbc',
    'repo1-cipher-pass': args.cipherPass,
    // Small files are bundled, and for a changed file only the changed blocks are stored.
    'repo1-bundle': 'y',
    'repo1-block': 'y',
    'repo1-retention-full-type': 'count',
    'repo1-retention-full': args.retention.full,
    'repo1-retention-diff': args.retention.differential,
    'compress-type': 'zst',
    'process-max': args.processes ?? 2,
    // Without this option a backup waits for the next regular checkpoint, which can take minutes.
    'start-fast': 'y',
    // /tmp is the only writable directory in a container. It is a small tmpfs.
    'lock-path': '/tmp/pgbackrest',
    'spool-path': '/tmp/pgbackrest',
    'log-level-file': 'off',
    'log-level-console': 'off',
    'log-level-stderr': 'warn',
  };
  const stanza = { 'pg1-path': DATA, 'pg1-socket-path': SOCKET, 'pg1-port': 5432 };
  return `[global]\n${lines(global)}\n[${STANZA}]\n${lines(stanza)}`;
}

type Options = Readonly<Record<string, string | number | undefined>>;

function repositoryOptions(repository: Repository): Options {
  switch (repository.kind) {
    case 'local':
      return {
        'repo1-type': 'posix',
        'repo1-path':
          repository.folder === undefined ? REPOSITORY : `${REPOSITORY}/${repository.folder}`,
      };
    case 's3':
      return {
        'repo1-type': 's3',
        'repo1-path': absolute('prefix', repository.prefix ?? '/'),
        'repo1-s3-bucket': repository.bucket,
        'repo1-s3-endpoint': repository.endpoint,
        'repo1-s3-region': repository.region,
        'repo1-s3-key': repository.key,
        'repo1-s3-key-secret': repository.keySecret,
        'repo1-s3-uri-style': repository.uriStyle ?? 'host',
        'repo1-storage-port': repository.port,
        'repo1-storage-ca-file': repository.caFile,
      };
    case 'sftp':
      return {
        'repo1-type': 'sftp',
        'repo1-path': absolute('path', repository.path),
        'repo1-sftp-host': repository.host,
        'repo1-sftp-host-port': repository.port,
        'repo1-sftp-host-user': repository.user,
        'repo1-sftp-private-key-file': absolute('privateKeyFile', repository.privateKeyFile),
        'repo1-sftp-host-key-check-type': 'fingerprint',
        'repo1-sftp-host-key-hash-type': repository.hostKeyHash ?? 'sha256',
        'repo1-sftp-host-fingerprint': repository.hostFingerprint,
      };
  }
}

function absolute(name: string, path: string): string {
  if (path.startsWith('/')) return path;
  throw new Error(
    `the repository's ${name} is ${JSON.stringify(path)}: write an absolute path that begins with "/"`,
  );
}

function lines(options: Options): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${confValue(name, String(value))}\n`)
    .join('');
}

/** The file format has no quotes: spaces around a value are dropped, and a line break starts another option. */
function confValue(name: string, value: string): string {
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(value)) {
    throw new Error(`${name} contains a control character, which cannot be written: remove it`);
  }
  if (value === '') throw new Error(`${name} is empty: write a value`);
  if (value.trim() === value) return value;
  throw new Error(`${name} begins or ends with a space, which pgBackRest would drop: remove it`);
}
