import { join } from 'node:path';
import { files, type Manifest, type ManifestDatabase } from '../store/manifest.ts';
import {
  startTemporaryPostgres,
  syncCluster,
  type TemporaryPostgres,
} from '../temporary-postgres.ts';
import { restoreDatabase, type RestoreArgs } from './database.ts';
import { dropLogins } from './logins.ts';
import { restoreRoles } from './roles.ts';
import type { TableName } from './toc.ts';
import { decrypt } from './decrypt.ts';
import { claim } from './volume.ts';

/** The part of a backup to restore. */
export interface Selection {
  /** @default all */
  readonly database?: string | undefined;
  /** @default all */
  readonly tables?: readonly TableName[] | undefined;
}

/**
 * Restores roles, then databases, into an empty server.
 *
 * @throws at the first object that fails, with its name
 */
export async function restoreInto(args: RestoreArgs, selection: Selection = {}): Promise<void> {
  const { folder, manifest, server, onStep, signal } = args;
  const chosen = chosenDatabases(manifest, selection);
  onStep('roles');
  await restoreRoles(server, await decrypt(join(folder, files.globals), args), signal);
  for (const database of chosen) await restoreDatabase(args, database, selection.tables);
}

/** The databases of a selection. If only tables are given, exactly one database must contain them. */
export function chosenDatabases(
  { databases }: Pick<Manifest, 'databases'>,
  { database, tables }: Selection,
): readonly ManifestDatabase[] {
  const known = databases.map(({ name }) => name).join(', ');
  const named = databases.filter(({ name }) => database === undefined || name === database);
  if (named.length === 0) {
    throw new Error(
      `the backup has no database ${String(database)}: it contains ${known === '' ? 'none' : known}`,
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
      `the backup has no table ${what} with rows of its own: for a partitioned table, give a partition`,
    );
  }
  const where = holding.map(({ name }) => name).join(', ');
  throw new Error(`several databases have a table ${what} (${where}): select one with --database`);
}

export interface VolumeRestore extends Omit<RestoreArgs, 'server'> {
  /** An empty volume for the Postgres container. */
  readonly volume: string;
  /** The environment that the volume is for. */
  readonly environment: string;
  readonly selection: Selection;
  /** Whether the login roles are skipped, for an environment that is recreated. @default false */
  readonly withoutLogins?: boolean;
}

/**
 * Restores a backup into a volume for the Postgres container. The volume is either complete or empty.
 *
 * @throws at the first object that fails; the volume is empty then
 */
export async function restoreVolume(args: VolumeRestore): Promise<void> {
  const { manifest, environment, onStep, signal } = args;
  chosenDatabases(manifest, args.selection);
  const volume = await claim(args.volume);
  let server: TemporaryPostgres | undefined;
  try {
    onStep('a new cluster');
    server = await startTemporaryPostgres({ data: volume.work, jobs: args.jobs, signal });
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
      error.message += `\nlast messages of the temporary Postgres:\n${log}`;
    }
    throw error;
  } finally {
    await volume.release();
  }
}
