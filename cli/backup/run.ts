// Restoring into a new volume. One that holds data is never written to.

import { containerIds, docker } from '../containers.ts';
import { UserError } from '../../lib/errors.ts';
import { run } from '../../lib/process.ts';
import { files, type Manifest } from '../../backup/store/manifest.ts';
import { builtImage } from '../../bootstrap/built-image.ts';
import { runEphemeral, volumeExists } from './docker.ts';
import { keyFrom, keyFromGpg } from './key.ts';
import type { BackupSource } from './source.ts';
import { stage, STAGED } from './staging-volume.ts';
import { POSTGRES_UID } from './users.ts';
import { dataVolumes, defaultVolume, makeDataVolume, restoredVolume } from './volumes.ts';

const DATA = '/var/lib/postgresql';

/** The volume that a restore makes: where there is no data yet, the one that `up` looks for. */
export async function newVolume(stack: string, now: Date): Promise<string> {
  const present = await dataVolumes(stack);
  const first = defaultVolume(stack);
  if (present.length === 0 && !(await volumeExists(first))) return first;
  return restoredVolume(stack, now);
}

/** Whether a stack has point-in-time recovery on this machine: its container knows the key of the repository. */
export async function pointInTimeContainer(stack: string): Promise<string | undefined> {
  const labels = [`plinth.stack=${stack}`, 'plinth.part=pgbackrest', 'plinth.kind=service'];
  return (await containerIds(...labels))[0];
}

export interface LogicalRestore {
  readonly stack: string;
  readonly source: BackupSource;
  readonly manifest: Manifest;
  readonly key: string;
  readonly jobs: string;
  readonly database?: string | undefined;
  readonly table?: string | undefined;
}

/**
 * The key, from a file or by the user's own gpg.
 *
 * @throws Problem when neither is given, or it is none
 */
export async function keyOf(
  source: BackupSource,
  manifest: Manifest,
  file: string | undefined,
  gpg: boolean,
): Promise<string> {
  if (file !== undefined) return keyFrom(file);
  const { recipients } = manifest.encryption;
  if (!gpg) {
    throw new UserError(
      `the backup is encrypted for ${recipients.join(', ')}`,
      'give the identity of one of them with --key <file>, or --gpg where gpg keys can open it',
    );
  }
  const [wrapped] = await source.read([manifest.id], files.key);
  if (wrapped !== undefined) return keyFromGpg(wrapped);
  throw new UserError('no gpg key can open this backup', 'give an age identity with --key <file>');
}

/** Makes the volume and fills it; takes it away again when that fails. The exit code. */
export async function restoreLogical(args: LogicalRestore, volume: string): Promise<number> {
  const { stack, source, manifest, key, jobs } = args;
  const image = await builtImage('backup');
  const staged = await stage(source, manifest.id, stack, image);
  try {
    return await intoNew(stack, volume, () =>
      runEphemeral(
        {
          image,
          user: POSTGRES_UID,
          volumes: [`${staged.volume}:${STAGED}:ro`, `${volume}:${DATA}`],
          args: [
            ...['restore', manifest.id, '--from', STAGED, '--environment', stack, '--jobs', jobs],
            // Where there was no data at all, there is no state that knows the logins.
            ...(volume === defaultVolume(stack) ? ['--without-logins'] : []),
            ...selection(args),
          ],
        },
        key,
      ),
    );
  } finally {
    await staged.remove();
  }
}

/** One table as SQL on this terminal. The exit code. */
export async function printSql(args: LogicalRestore): Promise<number> {
  const { stack, source, manifest, key } = args;
  const image = await builtImage('backup');
  const staged = await stage(source, manifest.id, stack, image);
  try {
    return await runEphemeral(
      {
        image,
        user: POSTGRES_UID,
        volumes: [`${staged.volume}:${STAGED}:ro`],
        args: ['restore', manifest.id, '--from', STAGED, '--sql', ...selection(args)],
      },
      key,
    );
  } finally {
    await staged.remove();
  }
}

function selection({ database, table }: Pick<LogicalRestore, 'database' | 'table'>): string[] {
  return [
    ...(database === undefined ? [] : ['--database', database]),
    ...(table === undefined ? [] : ['--table', table]),
  ];
}

/** To a moment, by pgBackRest: its container knows where the repository is and how to open it. */
export async function restorePoint(
  stack: string,
  container: string,
  target: readonly string[],
  volume: string,
): Promise<number> {
  const image = await builtImage('backup');
  const mounts = await docker([
    'inspect',
    '--format',
    '{{range .Mounts}}{{.Destination}} {{end}}',
    container,
  ]);
  // A repository elsewhere is reached over the network, and only then.
  const network = mounts.split(' ').includes(STAGED) ? 'none' : 'bridge';
  return intoNew(stack, volume, () =>
    runEphemeral(
      {
        image,
        user: POSTGRES_UID,
        network,
        volumesFrom: container,
        volumes: [`${volume}:${DATA}`],
        args: ['pitr', 'restore', '--environment', stack, ...target],
      },
      '',
    ),
  );
}

async function intoNew(
  stack: string,
  volume: string,
  work: () => Promise<number>,
): Promise<number> {
  if (await volumeExists(volume)) {
    throw new UserError(
      `the volume ${volume} is there already`,
      'run the command again in a second',
    );
  }
  await makeDataVolume(stack, volume);
  let code = 1;
  try {
    code = await work();
  } finally {
    if (code !== 0) await run('docker', ['volume', 'rm', '--force', volume]);
  }
  return code;
}
