/** Schema of the settings under `plinth:backup`. */
import { cpus, duration, bool, group, list, oneOf, size, text, int } from '../zod-types.ts';
import {
  cronProblem,
  directoryProblem,
  fileProblem,
  hexProblem,
  plainProblem,
  recipientProblem,
} from './errors.ts';

const memory = (fallback: string) =>
  size('64MiB', '64GiB', `Memory limit of the container. Default: ${fallback} by preset.`);
const schedule = (what: string, fallback: string) =>
  text(
    cronProblem,
    `${what}, as a cron expression (minute, hour, day, month, weekday) in the environment's time zone. Default ${fallback}.`,
  );

const repository = group(
  {
    kind: oneOf(['local', 's3', 'sftp'], 'Storage type of the repository. Default local.'),
    bucket: text(plainProblem, 'Name of the S3 bucket.'),
    endpoint: text(plainProblem, 'Host name of the S3 endpoint.'),
    region: text(plainProblem, 'The S3 region.'),
    credentialsFile: text(
      fileProblem,
      'File with the S3 access key on the first line and its secret on the second line.',
    ),
    host: text(plainProblem, 'Host name of the SFTP server.'),
    user: text(plainProblem, 'User name on the SFTP server.'),
    privateKeyFile: text(fileProblem, 'File with the private SSH key of that user.'),
    hostFingerprint: text(hexProblem, 'SHA-256 fingerprint of the SSH host key, in hexadecimal.'),
    path: text(
      directoryProblem,
      'Directory in the bucket or on the SFTP server. Default /plinth/<stack>.',
    ),
  },
  'The pgBackRest repository: storage for the backups and WAL segments of point-in-time recovery.',
);

export const backup = group(
  {
    enabled: bool('Whether backups are deployed. Default true.'),
    schedule: schedule('Schedule of the logical backups', '15 2 * * *'),
    recipients: list(
      recipientProblem,
      'Public age keys (age1…) that the backups are encrypted for. Generate one with npx plinth backup keygen.',
    ),
    gpgKeys: list(
      fileProblem,
      'Files with armored public GPG keys that the backups are also encrypted for.',
    ),
    acceptNoRecipient: bool(
      'Accepts, in the preset large, that only the stack itself can decrypt its backups. Default false.',
    ),
    directory: text(
      directoryProblem,
      'Directory on the machine for the backups. Default: a Docker volume.',
    ),
    compressionLevel: int(1, 19, 'Compression level of zstd. Default 3.'),
    jobs: int(
      1,
      32,
      'Number of parallel streams. Each uses one connection and about one CPU. Default 2.',
    ),
    memory: memory('192MiB, 256MiB, 512MiB'),
    cpus: cpus(),
    retention: group(
      {
        days: int(1, 3650, 'Number of days for which all backups are kept. Default 30.'),
        weekly: int(
          0,
          520,
          'Number of weeks for which the newest backup of the week is kept. Default 8.',
        ),
        monthly: int(
          0,
          240,
          'Number of months for which the newest backup of the month is kept. Default 12.',
        ),
        yearly: int(
          0,
          100,
          'Number of years for which the newest backup of the year is kept. Default 3.',
        ),
      },
      'Retention of the logical backups. The last good backup is always kept.',
    ),
    rollbackPoints: bool(
      'Whether a backup is taken before migrations and before the server is replaced. Default: false in the preset small, otherwise true.',
    ),
    drill: group(
      {
        enabled: bool('Whether the newest backup is restored on a schedule. Default true.'),
        schedule: schedule('Schedule of the restore test', '15 4 * * *'),
        key: group(
          { rotation: int(1, 1_000_000, 'Increase by one to generate a new key. Default 1.') },
          'The age key with which the restore test decrypts backups.',
        ),
        memory: memory('512MiB, 1GiB, 2GiB'),
        cpus: cpus(),
      },
      'The restore test (drill): restores the newest backup into a temporary Postgres and checks the result.',
    ),
    pointInTime: group(
      {
        enabled: bool('Whether WAL is archived for point-in-time recovery. Default true.'),
        archiveTimeout: duration(
          '10s',
          '1h',
          'Postgres archive_timeout: maximum time until a WAL segment is archived. Default 60s.',
        ),
        full: schedule('Schedule of the full backups', '0 1 * * 0'),
        differential: schedule('Schedule of the differential backups', '0 1 * * 1-6'),
        incremental: schedule('Schedule of the incremental backups', '0 5,11,17,23 * * *'),
        verify: schedule('Schedule of the verification of the whole repository', '30 5 * * 6'),
        keepFull: int(1, 100, 'Number of full backups to keep. Default 2.'),
        keepDifferential: int(1, 100, 'Number of differential backups to keep. Default 7.'),
        repository,
        memory: memory('128MiB, 256MiB, 512MiB'),
        cpus: cpus(),
      },
      'Point-in-time recovery with pgBackRest.',
    ),
  },
  'Logical backups, restore tests and point-in-time recovery.',
);
