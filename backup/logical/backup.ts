// One backup run. It either creates a complete backup directory or nothing.

import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { renderCatalog, roleLines } from '../store/catalog.ts';
import { renderChecksums, sha256OfFile, sha256OfText } from '../store/checksums.ts';
import { connect, login, toolEnvironment, type Login } from '../connection.ts';
import { dumpDatabase, type DumpedDatabase } from './dump-database.ts';
import { copyState, environmentText } from '../environment.ts';
import { beginFolder, filesUnder, finishFolder, freeBytes, writeDurably } from '../store/folder.ts';
import { parseBackupId } from '../store/id.ts';
import type { Log } from '../../lib/json-log.ts';
import {
  files,
  renderManifest,
  type Manifest,
  type ManifestFile,
  type ManifestServer,
} from '../store/manifest.ts';
import { databases, type Database } from './objects.ts';
import { inParallel } from './parallel.ts';
import type { Paths } from '../store/paths.ts';
import { prepareRecipients, type Recipients } from '../store/recipients.ts';
import { encryptProgram, encryptText, type Encryptor } from '../store/encrypt.ts';
import type { BackupSettings } from '../settings.ts';
import { toolVersions } from '../tools.ts';
import { requireSpace } from '../store/space.ts';

export interface RunArgs {
  readonly settings: BackupSettings;
  readonly places: Paths;
  readonly label: string | null;
  readonly log: Log;
  /** Aborts the run. An aborted run leaves no files. */
  readonly signal: AbortSignal;
  readonly now: Date;
}

/**
 * Makes a backup. The caller must hold the lock.
 *
 * @throws {Error} with the reason, after the incomplete backup has been removed
 */
export async function makeBackup(args: RunArgs): Promise<Manifest> {
  const { settings, places, signal } = args;
  await requireSpace(places, freeBytes);
  const recipients = await prepareRecipients(settings.encryption, signal);
  try {
    const access = await login(settings.server);
    try {
      const server = await askServer(access);
      const leftOut = server.skipped.map(({ what, why }) => `${what} (${why})`);
      args.log.info(`skipped: ${leftOut.join(', ')}`);
      const { id, folder } = await beginFolder(places.logical, args.now, args.label);
      try {
        const manifest = await write(args, access, recipients, server, id, folder);
        signal.throwIfAborted();
        await finishFolder(places.logical, folder, id);
        return manifest;
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
    } finally {
      await access.dispose();
    }
  } finally {
    await recipients.dispose();
  }
}

interface Server extends ManifestServer {
  readonly databases: readonly Database[];
  readonly skipped: Manifest['skipped'];
  readonly roles: readonly string[];
}

async function askServer(access: Login): Promise<Server> {
  const { client } = await connect(access, access.server.database ?? 'postgres');
  try {
    const { rows } = await client.query<{
      version: string;
      number: string;
      identifier: string | null;
    }>(`
      select current_setting('server_version') as version, current_setting('server_version_num') as number,
             case when has_function_privilege('pg_catalog.pg_control_system()', 'execute')
                  then (select system_identifier::text from pg_catalog.pg_control_system()) end as identifier`);
    const [row] = rows;
    if (row === undefined) throw new Error('the server did not report its version');
    const { found, skipped } = await databases(client);
    return {
      version: row.version,
      major: Math.floor(Number(row.number) / 10_000),
      systemIdentifier: row.identifier,
      databases: found,
      skipped,
      roles: await roleLines(client),
    };
  } finally {
    await client.end();
  }
}

async function write(
  { settings, places, label, log, signal }: RunArgs,
  access: Login,
  recipients: Recipients,
  server: Server,
  id: string,
  folder: string,
): Promise<Manifest> {
  const { compressionLevel, jobs } = settings;
  const sealing = { folder, recipientsFile: recipients.file, compressionLevel, signal };
  const begin = performance.now();
  const written: ManifestFile[] = [
    await dumpGlobals(access, sealing),
    await encryptText(sealing, files.environment, await environmentText(settings)),
    ...(await copyState(places, sealing)),
    ...(await writeKey(recipients, folder)),
  ];
  const dumped: DumpedDatabase[] = [];
  for (const database of server.databases) {
    log.info(`dumping ${database.name}`);
    dumped.push(await dumpDatabase(access, database, sealing, jobs));
  }
  const catalog = [...server.roles, ...dumped.flatMap((database) => database.catalog)];
  written.push(await encryptText(sealing, files.catalog, renderCatalog(catalog)));
  const all = [...written, ...dumped.flatMap((database) => database.files)].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
  await readBack(folder, all, jobs, signal);

  const databaseEntries = dumped.map(({ database }) => database);
  const tables = databaseEntries.flatMap((database) => database.tables);
  const durationSec = Math.round(performance.now() - begin) / 1000;
  const startedAt = parseBackupId(id)?.startedAt ?? new Date();
  const { version, major, systemIdentifier } = server;
  const manifest: Manifest = {
    version: 1,
    id,
    label,
    stack: settings.stack,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date(startedAt.getTime() + durationSec * 1000).toISOString(),
    durationSec,
    server: { version, major, systemIdentifier },
    tools: await toolVersions(),
    encryption: { recipients: recipients.keys, gpgFingerprints: recipients.gpgFingerprints },
    databases: databaseEntries,
    skipped: [...server.skipped, ...dumped.flatMap((database) => database.skipped)],
    files: all,
    totals: {
      files: all.length,
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    },
  };
  await writeLists(folder, manifest);
  return manifest;
}

function dumpGlobals(access: Login, sealing: Encryptor): Promise<ManifestFile> {
  const database = access.server.database ?? 'postgres';
  const command = ['pg_dumpall', '--roles-only', '--no-role-passwords', '--no-password'];
  return encryptProgram(
    sealing,
    files.globals,
    [...command, `--database=${database}`],
    toolEnvironment(access, database),
  );
}

async function writeKey(recipients: Recipients, folder: string): Promise<ManifestFile[]> {
  const { gpgMessage } = recipients;
  if (gpgMessage === null) return [];
  await writeDurably(join(folder, files.key), gpgMessage);
  const bytes = Buffer.byteLength(gpgMessage);
  return [{ path: files.key, bytes, sha256: sha256OfText(gpgMessage) }];
}

/** Reads all files back and compares them with the checksums of the streams. */
async function readBack(
  folder: string,
  written: readonly ManifestFile[],
  jobs: number,
  signal: AbortSignal,
): Promise<void> {
  const there = await filesUnder(folder);
  const unknown = there.filter((path) => !written.some((file) => file.path === path));
  if (unknown.length > 0)
    throw new Error(`the backup contains unexpected files: ${unknown.join(', ')}`);
  const check = async ({ path, bytes, sha256 }: ManifestFile): Promise<void> => {
    const { size } = await stat(join(folder, path));
    if (size !== bytes || (await sha256OfFile(join(folder, path), signal)) !== sha256) {
      throw new Error(`${path} differs from what was written: check the disk`);
    }
  };
  await inParallel(
    written,
    Array.from({ length: jobs }, () => check),
  );
}

async function writeLists(folder: string, manifest: Manifest): Promise<void> {
  const text = renderManifest(manifest);
  const checksums = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  checksums.set(files.manifest, sha256OfText(text));
  await writeDurably(join(folder, files.manifest), text);
  await writeDurably(join(folder, files.checksums), renderChecksums(checksums));
}
