/** The settings of the backups as people write them under `plinth:backup`. */
import { cpus, duration, flag, group, list, oneOf, size, text, whole } from '../fields.ts';
import {
  cronProblem,
  directoryProblem,
  fileProblem,
  hexProblem,
  plainProblem,
  recipientProblem,
} from './problems.ts';

const memory = (fallback: string) =>
  size('64MiB', '64GiB', `Memory of the container. Default: ${fallback} by preset.`);
const schedule = (what: string, fallback: string) =>
  text(
    cronProblem,
    `${what}: minute, hour, day, month, weekday, in the environment's time zone. Default ${fallback}.`,
  );

const repository = group(
  {
    kind: oneOf(['local', 's3', 'sftp'], 'What kind of place it is. Default local.'),
    bucket: text(plainProblem, 'The S3 bucket.'),
    endpoint: text(plainProblem, 'The host that speaks S3.'),
    region: text(plainProblem, 'The S3 region.'),
    credentialsFile: text(
      fileProblem,
      'A file with the S3 access key and its secret, a line each.',
    ),
    host: text(plainProblem, 'The SFTP host.'),
    user: text(plainProblem, 'The SFTP user.'),
    privateKeyFile: text(fileProblem, 'A file with the private key of that user.'),
    hostFingerprint: text(hexProblem, "SHA-256 of the SFTP host's key, in hexadecimal."),
    path: text(
      directoryProblem,
      'The folder in the bucket or on the host. Default /plinth/<stack>.',
    ),
  },
  'Where the backups and the WAL of point-in-time recovery are kept.',
);

export const backup = group(
  {
    enabled: flag('Whether backups are made. Default true.'),
    schedule: schedule('When a logical backup is made', '15 2 * * *'),
    recipients: list(
      recipientProblem,
      'Public age keys that can open the backups: age1…. Make one with npx plinth backup keygen.',
    ),
    gpgKeys: list(
      fileProblem,
      'Files with armored public GPG keys whose holders can open them too.',
    ),
    acceptNoRecipient: flag(
      'Acknowledges, in the preset large, that only the stack itself can open its backups. Default false.',
    ),
    directory: text(
      directoryProblem,
      'Folder of the machine to write to. Default: a Docker volume.',
    ),
    compressionLevel: whole(1, 19, 'Level of zstd. Default 3.'),
    jobs: whole(1, 32, 'Streams at one time. Default 2.'),
    memory: memory('192MiB, 256MiB, 512MiB'),
    cpus: cpus(),
    retention: group(
      {
        days: whole(1, 3650, 'All backups of so many days are kept. Default 30.'),
        weekly: whole(0, 520, 'One of each of so many weeks. Default 8.'),
        monthly: whole(0, 240, 'One of each of so many months. Default 12.'),
        yearly: whole(0, 100, 'One of each of so many years. Default 3.'),
      },
      'Which backups are kept; the last good one always is.',
    ),
    rollbackPoints: flag(
      'Whether a backup is taken before migrations and before the server is replaced. Default: false in the preset small, otherwise true.',
    ),
    drill: group(
      {
        enabled: flag('Whether the newest backup is restored on a schedule. Default true.'),
        schedule: schedule('When', '15 4 * * *'),
        key: group(
          { rotation: whole(1, 1_000_000, 'Raise it by one to get a new one. Default 1.') },
          "The drill's own key.",
        ),
        memory: memory('512MiB, 1GiB, 2GiB'),
        cpus: cpus(),
      },
      'A restore into a server that is thrown away, with everything checked.',
    ),
    pointInTime: group(
      {
        enabled: flag('Whether one can go back to any moment. Default true.'),
        archiveTimeout: duration(
          '10s',
          '1h',
          'What was written is archived after this long at the latest. Default 60s.',
        ),
        full: schedule('When a full backup is made', '0 1 * * 0'),
        differential: schedule('When one since the last full is made', '0 1 * * 1-6'),
        incremental: schedule('When one since the last of any kind is made', '0 5,11,17,23 * * *'),
        verify: schedule('When every file is read and checked', '30 5 * * 6'),
        keepFull: whole(1, 100, 'Full backups that are kept. Default 2.'),
        keepDifferential: whole(1, 100, 'Differential backups that are kept. Default 7.'),
        repository,
        memory: memory('128MiB, 256MiB, 512MiB'),
        cpus: cpus(),
      },
      'Point-in-time recovery, by pgBackRest.',
    ),
  },
  'Backups, restores and drills.',
);
