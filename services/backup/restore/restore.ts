import { join } from 'node:path';
import { files, type Manifest, type ManifestDatabase } from '../manifest.ts';
import { startPrivateServer, syncCluster, type PrivateServer } from '../private-server.ts';
import { restoreDatabase, type RestoreArgs } from './database.ts';
import { dropLogins } from './logins.ts';
import { restoreRoles } from './roles.ts';
import type { TableName } from './toc.ts';
import { unseal } from './unseal.ts';
import { claim } from './volume.ts';

/** What of a backup. */
export interface Selection {
  /** @default all of them */
  readonly database?: string | undefined;
  /** @default all of them */
  readonly tables?: readonly TableName[] | undefined;
}

/**
 * Roles, then databases, into a server that has neither.
 *
 * @throws at the first thing that fails, with its name
 */
export async function restoreInto(args: RestoreArgs, selection: Selection = {}): Promise<void> {
  const { folder, manifest, server, onStep, signal } = args;
  const chosen = chosenDatabases(manifest, selection);
  onStep('roles');
  await restoreRoles(server, await unseal(join(folder, files.globals), args), signal);
  for (const database of chosen) await restoreDatabase(args, database, selection.tables);
}

/** The databases that a selection means. A table belongs to the only one that has it. */
export function chosenDatabases(
  { databases }: Pick<Manifest, 'databases'>,
  { database, tables }: Selection,
): readonly ManifestDatabase[] {
  const known = databases.map(({ name }) => name).join(', ');
  const named = databases.filter(({ name }) => database === undefined || name === database);
  if (named.length === 0) {
    throw new Error(
      `the backup has no database ${String(database)}: it has ${known === '' ? 'none' : known}`,
    );
  }
  if (tables === undefined) return named;
  const holds = (one: ManifestDatabase): boolean =>
    tables.every(({ schema, name }) =>
      one.tables.some((table) => table.schema === schema && table.name === name),
    );
  const holding = named.filter(holds);
  const what = tables.map(({ schema, name }) => `${schema}.${name}`).join(', ');
  if (holding.length === 1) return holding;
  if (holding.length === 0) {
    throw new Error(
      `the backup has no table ${what} with rows of its own: of a partitioned one, name a partition`,
    );
  }
  const where = holding.map(({ name }) => name).join(', ');
  throw new Error(`several databases have a table ${what} (${where}): say which with --database`);
}

export interface VolumeRestore extends Omit<RestoreArgs, 'server'> {
  /** An empty volume of the Postgres container. */
  readonly volume: string;
  /** The environment it will belong to. */
  readonly environment: string;
  readonly selection: Selection;
  /** Whether the logins are left out, for an environment that has to be made anew. @default false */
  readonly withoutLogins?: boolean;
}

/**
 * A backup as a whole volume that the Postgres container takes: complete, or not there at all.
 *
 * @throws at the first thing that fails; the volume is empty again then
 */
export async function restoreVolume(args: VolumeRestore): Promise<void> {
  const { manifest, environment, onStep, signal } = args;
  chosenDatabases(manifest, args.selection);
  const volume = await claim(args.volume);
  let server: PrivateServer | undefined;
  try {
    onStep('a new cluster');
    server = await startPrivateServer({ data: volume.work, jobs: args.jobs, signal });
    await restoreInto({ ...args, server }, args.selection);
    if (args.withoutLogins === true) await dropLogins(server, signal);
    onStep('writing to disk');
    await server.stop('clean');
    server = undefined;
    await syncCluster(volume.work);
    await volume.finish(environment, {
      backup: manifest.id,
      takenAt: manifest.startedAt,
      restoredAt: new Date().toISOString(),
      ...args.selection,
    });
  } catch (error) {
    const log = server?.log() ?? '';
    await server?.stop('discard');
    volume.abandon();
    if (log !== '' && error instanceof Error && signal?.aborted !== true) {
      error.message += `\nthe server's last words:\n${log}`;
    }
    throw error;
  } finally {
    await volume.release();
  }
}
