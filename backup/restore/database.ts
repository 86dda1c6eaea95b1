// Restores one database: definitions, rows, sequences, large objects, then indexes, constraints and policies.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from '../logical/parallel.ts';
import {
  databaseFiles,
  type Manifest,
  type ManifestDatabase,
  type ManifestTable,
} from '../store/manifest.ts';
import { conninfo, psql, PSQL, type TemporaryPostgres } from '../temporary-postgres.ts';
import { identifier, qualified } from '../../lib/sql.ts';
import { output } from './program.ts';
import { sequenceValues, setval } from './sequences.ts';
import { entriesFrom, entriesOf, listOf, type TableName } from './toc.ts';
import { load, decryptArchive, type Key } from './decrypt.ts';

export interface RestoreArgs extends Key {
  readonly server: TemporaryPostgres;
  /** The directory of the backup. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Directory in memory, for plaintext that must not be written to disk. */
  readonly memory: string;
  /** Number of parallel streams, and later of parallel index builds. */
  readonly jobs: number;
  /** Called with the name of each step. */
  readonly onStep: (step: string) => void;
}

/**
 * Restores a database into a server that has its roles but no database of that name.
 *
 * @param only tables to restore. All objects are created, but only these tables get rows, indexes, triggers and policies.
 * @throws at the first object that fails, with its name
 */
export async function restoreDatabase(
  args: RestoreArgs,
  database: ManifestDatabase,
  only?: readonly TableName[],
): Promise<void> {
  const { folder, server, onStep, jobs, signal } = args;
  const where = `database ${database.name}`;
  onStep(`${where}: definitions`);
  const archive = await decryptArchive(
    join(folder, databaseFiles.schema(database.folder)),
    args.memory,
    args,
  );
  await pgRestore(args, ['--create', '--section=pre-data', '--dbname=postgres', archive], where);
  onStep(`${where}: rows`);
  await loadTables(args, database, only);
  onStep(`${where}: sequences and large objects`);
  await setSequences(args, database);
  if (only === undefined) await restoreLargeObjects(args, database);
  onStep(`${where}: indexes, constraints, policies`);
  const list = only === undefined ? [] : ['-L', await listFor(args, archive, only)];
  const into = `--dbname=${conninfo(database.name)}`;
  await pgRestore(
    args,
    ['--section=post-data', `--jobs=${String(jobs)}`, into, ...list, archive],
    where,
  );
  if (only === undefined) {
    onStep(`${where}: materialized views`);
    await refreshViews(args, database.name);
  }
  onStep(`${where}: statistics for the planner`);
  await output({
    program: 'vacuumdb',
    args: ['--analyze-only', '--quiet', `--jobs=${String(jobs)}`, conninfo(database.name)],
    env: server.env,
    what: `statistics of ${where}`,
    signal,
  });
}

function pgRestore(args: RestoreArgs, options: readonly string[], where: string): Promise<string> {
  return output({
    program: 'pg_restore',
    args: ['--exit-on-error', '--no-password', ...options],
    env: args.server.env,
    what: where,
    signal: args.signal,
  });
}

async function listFor(
  args: RestoreArgs,
  archive: string,
  tables: readonly TableName[],
): Promise<string> {
  const entries = await contents(archive, args.signal);
  const file = join(args.memory, 'entries.list');
  writeFileSync(file, listOf(entriesOf(entries, tables, false)));
  return file;
}

/** The table of contents of an archive. */
export async function contents(archive: string, signal?: AbortSignal) {
  const listing = await output({ program: 'pg_restore', args: ['-l', '-v', archive], signal });
  return entriesFrom(listing);
}

/** Loads tables in parallel, the largest first, and compares the number of rows of each with the manifest. */
async function loadTables(
  args: RestoreArgs,
  database: ManifestDatabase,
  only: readonly TableName[] | undefined,
): Promise<void> {
  const known = new Map(args.manifest.files.map((file) => [file.path, file]));
  const sum = (table: ManifestTable, of: 'bytes' | 'rows'): number =>
    table.files.reduce((all, path) => all + (known.get(path)?.[of] ?? 0), 0);
  const wanted = database.tables
    .filter(({ files }) => files.length > 0)
    .filter((table) => only?.some((one) => isSame(one, table)) ?? true)
    .sort((a, b) => sum(b, 'bytes') - sum(a, 'bytes'));
  const shared = await extensionTables(args, database.name);
  const work = async (table: ManifestTable): Promise<void> => {
    const alone = !shared.has(qualified(table.schema, table.name));
    const loaded = await loadTable(args, database, table, alone);
    const rows = sum(table, 'rows');
    if (loaded === rows) return;
    throw new Error(
      `table ${table.schema}.${table.name} in ${database.name}: its files contain ${String(loaded)} rows, but the manifest has ${String(rows)}: use another backup`,
    );
  };
  await inParallel(
    wanted,
    Array.from({ length: args.jobs }, () => work),
  );
}

function isSame(one: TableName, other: TableName): boolean {
  return one.schema === other.schema && one.name === other.name;
}

/** Tables that belong to an extension. The extension adds its own rows; the backup contains only the other rows. */
async function extensionTables(args: RestoreArgs, database: string): Promise<ReadonlySet<string>> {
  const sql = `SELECT json_build_array(n.nspname, c.relname) FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND c.relkind IN ('r', 'p')`;
  const lines = await psql(args.server, database, sql, { signal: args.signal });
  const names = lines.split('\n').filter((line) => line !== '');
  return new Set(names.map((line) => qualified(...(JSON.parse(line) as [string, string]))));
}

/**
 * Loads all files of a table, one after the other, in one transaction that first truncates the table. So Postgres writes
 * no WAL for the rows, freezes them immediately, and writes them to disk once. With several parallel streams into one
 * table this would not be possible, and they would wait for the disk.
 *
 * @param alone whether the table contains no rows of an extension
 * @returns the number of loaded rows
 */
async function loadTable(
  args: RestoreArgs,
  database: ManifestDatabase,
  table: ManifestTable,
  alone: boolean,
): Promise<number> {
  const name = qualified(table.schema, table.name);
  const columns =
    table.columns.length === 0 ? '' : ` (${table.columns.map(identifier).join(', ')})`;
  const empty = alone ? ['-c', `TRUNCATE ONLY ${name}`] : [];
  const copy = `COPY ${name}${columns} FROM STDIN${alone ? ' WITH (FREEZE)' : ''}`;
  const files = table.files.map((path) => join(args.folder, path));
  const said = await load(files, args, {
    psqlArgs: [...PSQL, '--single-transaction', ...empty, '-c', copy],
    env: {
      ...args.server.env,
      PGDATABASE: database.name,
      PGCLIENTENCODING: database.encoding,
    },
    what: `table ${table.schema}.${table.name} in ${database.name}`,
  });
  return Number(/^COPY (\d+)$/m.exec(said)?.[1] ?? Number.NaN);
}

async function setSequences(args: RestoreArgs, database: ManifestDatabase): Promise<void> {
  const file = join(args.folder, databaseFiles.sequences(database.folder));
  const values = await sequenceValues(file, args);
  if (values.length !== database.sequences) {
    throw new Error(
      `database ${database.name}: ${String(values.length)} sequences are in the backup, but the manifest has ${String(database.sequences)}: use another backup`,
    );
  }
  const what = `the sequences of ${database.name}`;
  await psql(args.server, database.name, values.map(setval).join('\n'), {
    what,
    signal: args.signal,
  });
}

async function restoreLargeObjects(args: RestoreArgs, database: ManifestDatabase): Promise<void> {
  if (database.largeObjects === 0) return;
  const file = join(args.folder, databaseFiles.largeObjects(database.folder));
  const script =
    'set -o pipefail; identity=$1 file=$2; shift 2; age -d -i "$identity" "$file" | pg_restore "$@"';
  const into = ['--exit-on-error', '--no-password', `--dbname=${conninfo(database.name)}`];
  await output({
    program: 'bash',
    args: ['-c', script, 'large-objects', args.identity, file, ...into],
    env: args.server.env,
    what: `the large objects of ${database.name}`,
    signal: args.signal,
  });
}

/** The materialized views, in the order of their dependencies, because one may read another. */
const VIEWS = `
WITH RECURSIVE view AS (SELECT oid, oid::regclass::text AS name FROM pg_catalog.pg_class WHERE relkind = 'm'),
needs AS (
  SELECT DISTINCT r.ev_class AS view, d.refobjid AS other FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
     AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class),
level AS (
  SELECT oid, 0 AS depth FROM view
  UNION SELECT n.view, l.depth + 1 FROM level l JOIN needs n ON n.other = l.oid WHERE l.depth < 100)
SELECT format('REFRESH MATERIALIZED VIEW %s;', name) FROM view JOIN level USING (oid)
 GROUP BY name ORDER BY max(depth), name`;

async function refreshViews({ server, signal }: RestoreArgs, database: string): Promise<void> {
  const statements = await psql(server, database, VIEWS, { signal });
  // A refresh runs with the privileges of the owner of the view, and row-level security may apply to the owner.
  const refresh = `SET row_security = on;\n${statements}`;
  await psql(server, database, refresh, { what: `the materialized views of ${database}`, signal });
}
