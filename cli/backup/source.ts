// Where backups are read from: the volume of a stack, or a folder of this machine, such as a copy kept elsewhere.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseBackupId } from '../../backup/store/id.ts';
import { files, parseManifest, type Manifest } from '../../backup/store/manifest.ts';
import { chosen } from '../../backup/restore/source.ts';
import { UserError } from '../../lib/errors.ts';
import { physicalName } from '../../components/container/names.ts';
import { UsageError } from '../command.ts';
import { builtImage } from '../../bootstrap/built-image.ts';
import { docker } from '../containers.ts';
import { ephemeralArguments, volumeExists } from './docker.ts';
import { BACKUP_UID } from './users.ts';

const LOGICAL = '/var/lib/backup/logical';

export interface BackupSource {
  /** For people: `volume plinth-dev-backup-backups`. */
  readonly where: string;
  /** The oldest first. */
  ids(): Promise<string[]>;
  /** A small file of each backup, in the same order; undefined where there is none. */
  read(ids: readonly string[], file: string): Promise<(string | undefined)[]>;
  /** Says a backup as a tar archive. */
  pack(id: string): ChildProcess;
}

/** @param from a folder; the stack's volume without it */
export async function sourceOf(stack: string, from: string | undefined): Promise<BackupSource> {
  if (from !== undefined) return folderSource(from);
  const volume = physicalName(stack, 'backup', 'backups');
  if (await volumeExists(volume)) return volumeSource(volume, await builtImage('backup'));
  throw new UserError(
    `there is no volume ${volume} on this machine`,
    'name a folder that holds a copy of its backups with --from',
  );
}

/**
 * The folder with the backups in a folder that somebody names: itself, or the `logical` in it.
 *
 * @throws UsageError
 */
export function logicalFolder(from: string): string {
  const given = resolve(from);
  const candidates = [given, join(given, 'logical')];
  const found = candidates.find((folder) => idsIn(folder).length > 0);
  if (found !== undefined) return found;
  throw new UsageError(
    `--from is ${JSON.stringify(from)}, but there is no backup in it: name the folder whose folders are called like 20261121T153000Z`,
  );
}

function idsIn(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => parseBackupId(name) !== undefined)
    .sort();
}

function folderSource(from: string): BackupSource {
  const folder = logicalFolder(from);
  return {
    where: `folder ${folder}`,
    ids: () => Promise.resolve(idsIn(folder)),
    read: (ids, file) =>
      Promise.resolve(
        ids.map((id) => {
          const path = join(folder, id, file);
          return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
        }),
      ),
    pack: (id) =>
      spawn('tar', ['-C', folder, '-cf', '-', '--', id], { stdio: ['ignore', 'pipe', 'inherit'] }),
  };
}

/** Each file, ended by a byte that no text holds; nothing but that byte for one that is not there. */
const READ = 'for file; do cat "$file" 2>/dev/null; printf "\\0"; done';

function volumeSource(volume: string, image: string): BackupSource {
  const base = { image, user: BACKUP_UID, volumes: [`${volume}:/var/lib/backup:ro`] };
  return {
    where: `volume ${volume}`,
    ids: async () => {
      const args = ['-c', `ls -1 ${LOGICAL} 2>/dev/null || true`];
      const names = await docker(ephemeralArguments({ ...base, entrypoint: 'sh', args }));
      return names
        .split('\n')
        .filter((name) => parseBackupId(name) !== undefined)
        .sort();
    },
    read: async (ids, file) => {
      if (ids.length === 0) return [];
      const args = ['-c', READ, 'read', ...ids.map((id) => `${LOGICAL}/${id}/${file}`)];
      const said = await docker(ephemeralArguments({ ...base, entrypoint: 'sh', args }));
      return said
        .split('\0')
        .slice(0, -1)
        .map((text) => (text === '' ? undefined : text));
    },
    pack: (id) =>
      spawn(
        'docker',
        ephemeralArguments({
          ...base,
          entrypoint: 'tar',
          args: ['-C', LOGICAL, '-cf', '-', '--', id],
        }),
        { stdio: ['ignore', 'pipe', 'inherit'] },
      ),
  };
}

/** The manifests of some backups; those that cannot be read are left out. */
export async function manifestsOf(
  source: BackupSource,
  ids: readonly string[],
): Promise<Manifest[]> {
  const texts = await source.read(ids, files.manifest);
  return texts.flatMap((text, index) => {
    if (text === undefined) return [];
    try {
      return [parseManifest(text, `${ids[index] ?? ''}/${files.manifest}`)];
    } catch {
      return [];
    }
  });
}

/**
 * The manifest of a backup by its id or label, or of the newest.
 *
 * @throws Problem when there is none
 */
export async function manifestOf(source: BackupSource, which: string): Promise<Manifest> {
  const ids = await source.ids();
  let id: string;
  try {
    id = chosen(ids, which);
  } catch (error) {
    throw new UserError(
      `${source.where}: ${(error as Error).message}`,
      "see 'npx plinth restore list'",
    );
  }
  const [text] = await source.read([id], files.manifest);
  if (text === undefined)
    throw new UserError(`the backup ${id} has no manifest`, 'take another one');
  return parseManifest(text, `${id}/${files.manifest}`);
}
