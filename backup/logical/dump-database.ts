// Dumps one database: definitions, rows, sequences and large objects, all from the same snapshot.

import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { escapeIdentifier } from 'pg';
import type pg from 'pg';
import { databaseLines } from '../store/catalog.ts';
import { chunksOf, copyStatement } from '../store/chunks.ts';
import { connect, lockTimeoutSec, toolEnvironment, watch, type Login } from '../connection.ts';
import { openCopySession } from './copy-session.ts';
import {
  databaseFiles,
  type ManifestDatabase,
  type ManifestFile,
  type SequenceValue,
  type Skipped,
} from '../store/manifest.ts';
import {
  largeObjectCount,
  migrationHead,
  sequences,
  skippedRelations,
  type Database,
  type Sequence,
} from './objects.ts';
import { inParallel } from './parallel.ts';
import {
  encryptProgram,
  encryptText,
  type EncryptedFile,
  type Encryptor,
} from '../store/encrypt.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';

export interface DumpedDatabase {
  readonly database: ManifestDatabase;
  readonly files: readonly ManifestFile[];
  readonly catalog: readonly string[];
  readonly skipped: readonly Skipped[];
}

/** Name of the directory of a database. It contains no characters that are special in a shell or a path. */
export function folderOf(database: string): string {
  const folder = [...Buffer.from(database)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  return folder;
}

/**
 * @param jobs number of parallel streams
 * @throws {Error} if any part fails. All processes have ended then.
 */
export async function dumpDatabase(
  login: Login,
  database: Database,
  sealing: Encryptor,
  jobs: number,
): Promise<DumpedDatabase> {
  const { client, lost } = await connect(login, database.name);
  // The snapshot ends with its session. Everything that reads from it must then end as well.
  const failed = new AbortController();
  const signals = [lost, failed.signal, ...(sealing.signal === undefined ? [] : [sealing.signal])];
  const own: Encryptor = { ...sealing, signal: AbortSignal.any(signals) };
  const fail = (error: unknown): void => failed.abort(error);
  let watching: NodeJS.Timeout | undefined;
  try {
    const snapshot = await takeSnapshot(client);
    watching = watch(client, fail);
    const parts = [
      dumpDefinitions(login, database, own, snapshot.id),
      dumpRows(login, database, own, jobs, snapshot, fail),
      dumpRest(client, database, own),
    ] as const;
    for (const part of parts) part.catch(fail);
    await Promise.allSettled(parts);
    own.signal?.throwIfAborted();
    const [schema, rows, rest] = await Promise.all(parts);
    const large = await dumpLargeObjects(client, login, database, own, snapshot.id);
    return {
      database: {
        name: database.name,
        folder: folderOf(database.name),
        encoding: database.encoding,
        migrationHead: rest.head,
        tables: rows.tables,
        sequences: rest.sequences,
        largeObjects: large.count,
      },
      files: [schema, ...rows.files, rest.file, ...large.files],
      catalog: rest.catalog,
      skipped: rest.skipped,
    };
  } finally {
    clearInterval(watching);
    await client.end().catch(() => undefined);
  }
}

function pgDump(snapshot: string, ...options: readonly string[]): string[] {
  const wait = `--lock-wait-timeout=${String(lockTimeoutSec)}s`;
  return [
    'pg_dump',
    '--format=custom',
    '--no-password',
    `--snapshot=${snapshot}`,
    wait,
    ...options,
  ];
}

function dumpDefinitions(
  login: Login,
  { name }: Database,
  sealing: Encryptor,
  snapshot: string,
): Promise<EncryptedFile> {
  return encryptProgram(
    sealing,
    databaseFiles.schema(folderOf(name)),
    pgDump(snapshot, '--schema-only'),
    toolEnvironment(login, name),
  );
}

async function dumpRows(
  login: Login,
  database: Database,
  sealing: Encryptor,
  jobs: number,
  { id, tables }: Snapshot,
  fail: (error: unknown) => void,
) {
  const folder = folderOf(database.name);
  await mkdir(join(sealing.folder, folder, 'data'), { recursive: true, mode: 0o700 });
  const streams = chunksOf(tables).map((chunk, index) => ({
    chunk,
    path: databaseFiles.data(folder, index + 1),
  }));
  const env = toolEnvironment(login, database.name, database.encoding);
  const sessions = Array.from({ length: Math.min(jobs, streams.length) }, () =>
    openCopySession(id, sealing, env),
  );
  const written = new Map<string, ManifestFile & { readonly rows: number }>();
  await inParallel(
    streams,
    sessions.map((session) => async ({ chunk, path }) => {
      try {
        written.set(path, await session.copy(copyStatement(chunk), path));
      } catch (error) {
        // Abort the other streams immediately.
        fail(error);
        throw error;
      }
    }),
  );
  await Promise.all(sessions.map((session) => session.close()));
  return {
    files: [...written.values()],
    tables: tables.map((table) => {
      const paths = streams.filter(({ chunk }) => chunk.table === table).map(({ path }) => path);
      const rows = paths.reduce((sum, path) => sum + (written.get(path)?.rows ?? 0), 0);
      const { schema, name, columns } = table;
      return { schema, name, columns, rows, files: paths };
    }),
  };
}

async function dumpRest(client: pg.ClientBase, database: Database, sealing: Encryptor) {
  const values = await sequenceValues(client, await sequences(client));
  return {
    sequences: values.length,
    file: await encryptText(
      sealing,
      databaseFiles.sequences(folderOf(database.name)),
      JSON.stringify(values),
    ),
    head: await migrationHead(client),
    catalog: await databaseLines(client, database.name),
    skipped: await skippedRelations(client, database.name),
  };
}

/**
 * Sequences are not part of a snapshot. They are read after the snapshot was taken, so a restored sequence never
 * returns a value that a dumped row already contains.
 */
async function sequenceValues(
  client: pg.ClientBase,
  list: readonly Sequence[],
): Promise<SequenceValue[]> {
  const values: SequenceValue[] = [];
  for (const { schema, name } of list) {
    const { rows } = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`sequence ${schema}.${name} has no value`);
    values.push({ schema, name, lastValue: row.last, isCalled: row.called });
  }
  return values;
}

async function dumpLargeObjects(
  client: pg.ClientBase,
  login: Login,
  { name }: Database,
  sealing: Encryptor,
  snapshot: string,
): Promise<{ readonly count: number; readonly files: readonly EncryptedFile[] }> {
  const count = await largeObjectCount(client);
  if (count === 0) return { count, files: [] };
  const file = await encryptProgram(
    sealing,
    databaseFiles.largeObjects(folderOf(name)),
    pgDump(snapshot, '--data-only', '--large-objects', '--exclude-schema=*'),
    toolEnvironment(login, name),
  ).catch((cause: unknown) => {
    throw new Error(
      `the large objects of ${name} could not be read: grant SELECT on each of them to ${login.server.user}`,
      { cause },
    );
  });
  return { count, files: [file] };
}
