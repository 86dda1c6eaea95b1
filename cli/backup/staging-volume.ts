// A copy of one backup, still encrypted, that the restore may read: it runs as the database's user, to whom the
// folder of the backups is closed, and nobody may delete the backup while it is being read.

import { spawn } from 'node:child_process';
import { UserError } from '../../lib/errors.ts';
import { run } from '../../lib/process.ts';
import { docker } from '../containers.ts';
import { ephemeralArguments } from './docker.ts';
import type { BackupSource } from './source.ts';
import { POSTGRES_UID } from './users.ts';

/** A folder of the image that belongs to that user: a new volume takes its owner from there. */
export const STAGED = '/var/lib/pgbackrest';

export interface Staged {
  readonly volume: string;
  remove(): Promise<void>;
}

/** Copies a backup into a volume of its own. */
export async function stage(
  source: BackupSource,
  id: string,
  stack: string,
  image: string,
): Promise<Staged> {
  const volume = `plinth-${stack}-restore-${String(process.pid)}`;
  const labels = ['plinth.project=plinth', `plinth.stack=${stack}`, 'plinth.part=restore'];
  await docker(['volume', 'create', ...labels.flatMap((label) => ['--label', label]), volume]);
  const remove = async (): Promise<void> => {
    await run('docker', ['volume', 'rm', '--force', volume]);
  };
  try {
    await copy(source, id, volume, image);
    return { volume, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function copy(
  source: BackupSource,
  id: string,
  volume: string,
  image: string,
): Promise<void> {
  const unpack = ephemeralArguments({
    image,
    user: POSTGRES_UID,
    volumes: [`${volume}:${STAGED}`],
    entrypoint: 'tar',
    args: ['-C', STAGED, '--no-same-owner', '--no-same-permissions', '-xf', '-'],
    stdin: true,
  });
  const from = source.pack(id);
  const into = spawn('docker', unpack, { stdio: ['pipe', 'ignore', 'inherit'] });
  into.stdin.on('error', () => undefined);
  from.stdout?.pipe(into.stdin);
  const ends = [from, into].map(
    (child) =>
      new Promise<number>((resolve) => {
        child.once('error', () => {
          resolve(1);
        });
        child.once('close', (code) => {
          resolve(code ?? 1);
        });
      }),
  );
  const codes = await Promise.all(ends);
  if (codes.every((code) => code === 0)) return;
  throw new UserError(
    `the backup ${id} could not be copied from ${source.where}`,
    'its words are above; is there room for it on this machine?',
  );
}
