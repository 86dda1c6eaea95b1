import { DATA, REPOSITORY, SOCKET, STANZA, type PointInTimeSettings } from './settings.ts';

/** Where backups and WAL are kept. */
export type Repository =
  | {
      /** A volume of this machine: it does not outlive the machine. */
      readonly kind: 'local';
      /** Below the volume's root. @default - the root itself */
      readonly folder?: string;
    }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Host of the service, without a scheme. */
      readonly endpoint: string;
      readonly region: string;
      readonly key: string;
      readonly keySecret: string;
      /** `host`: the bucket is part of the host's name; `path`: of the path. @default 'host' */
      readonly uriStyle?: 'host' | 'path';
      /** Path in the bucket. @default '/' */
      readonly prefix?: string;
      /** @default 443 */
      readonly port?: number;
      /** Certificate authority of the service, where the image's own do not know it. */
      readonly caFile?: string;
    }
  | {
      readonly kind: 'sftp';
      readonly host: string;
      /** @default 22 */
      readonly port?: number;
      readonly user: string;
      readonly path: string;
      /** In the containers, readable by uid 10001 only. */
      readonly privateKeyFile: string;
      /** How `hostFingerprint` is made. @default 'sha256' */
      readonly hostKeyHash?: 'sha256' | 'sha1' | 'md5';
      /** Of the host's key, in hexadecimal digits: no other host is talked to. */
      readonly hostFingerprint: string;
    };

export interface PgbackrestConf {
  readonly repository: Repository;
  /** Opens the repository. Without it everything in there is lost, so it is kept where the stack's secrets are. */
  readonly cipherPass: string;
  readonly retention: PointInTimeSettings['retention'];
  /** Processes for one backup or restore. @default 2 */
  readonly processes?: number;
}

/**
 * pgbackrest.conf, the same for the server's container and for the one that backs up. A secret: it holds the
 * repository's passphrase.
 *
 * There is no archive-push-queue-max: it would drop WAL when the repository is away for long, and every time after that
 * would be out of reach, unnoticed. Postgres keeps its WAL instead; how much waits is a metric, and its alert comes
 * long before the disk is full.
 *
 * @throws when a value cannot be written as it is
 */
export function pgbackrestConf(args: PgbackrestConf): string {
  const global = {
    ...repositoryOptions(args.repository),
    'repo1-cipher-type': 'aes-256-cbc',
    'repo1-cipher-pass': args.cipherPass,
    // Small files go together into one, and of a changed file only its changed blocks are kept.
    'repo1-bundle': 'y',
    'repo1-block': 'y',
    'repo1-retention-full-type': 'count',
    'repo1-retention-full': args.retention.full,
    'repo1-retention-diff': args.retention.differential,
    'compress-type': 'zst',
    'process-max': args.processes ?? 2,
    // Without it a backup waits for the next regular checkpoint, minutes away.
    'start-fast': 'y',
    // The only folder that can be written in a container is small and forgets.
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
    `the repository's ${name} is ${JSON.stringify(path)}: write the whole path, from "/" on`,
  );
}

function lines(options: Options): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${confValue(name, String(value))}\n`)
    .join('');
}

/** The file knows no quotes: spaces around a value are dropped and a line break begins another option. */
function confValue(name: string, value: string): string {
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(value)) {
    throw new Error(`${name} has a control character in it, which cannot be written: remove it`);
  }
  if (value === '') throw new Error(`${name} is empty: give it a value`);
  if (value.trim() === value) return value;
  throw new Error(`${name} begins or ends with a space, which pgBackRest would drop: remove it`);
}
