// Prints one table of a backup as SQL. This needs no server.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { identifier, qualified } from '../../lib/sql.ts';
import { databaseFiles, type ManifestDatabase, type ManifestTable } from '../store/manifest.ts';
import { contents } from './database.ts';
import { sequenceValues, setval } from './sequences.ts';
import { output } from './program.ts';
import { entriesOf, isSequence, listOf, type Entry, type TableName } from './toc.ts';
import { decryptArchive, type Key } from './decrypt.ts';

export interface SqlArgs extends Key {
  readonly folder: string;
  readonly memory: string;
  readonly database: ManifestDatabase;
  readonly table: TableName;
  readonly out: Writable;
}

/** Writes the definition of a table, its rows, then its indexes, constraints, triggers, policies and privileges. */
export async function tableAsSql(args: SqlArgs): Promise<void> {
  const { folder, database, table, out, signal } = args;
  const archive = await decryptArchive(
    join(folder, databaseFiles.schema(database.folder)),
    args.memory,
    args,
  );
  const list = join(args.memory, 'entries.list');
  const entries = entriesOf(await contents(archive, signal), [table], true);
  writeFileSync(list, listOf(entries));
  const section = (name: string): Promise<string> =>
    output({
      program: 'pg_restore',
      args: [`--section=${name}`, '-L', list, '-f', '-', archive],
      what: `table ${table.schema}.${table.name}`,
      signal,
    });
  const found = database.tables.find(
    ({ schema, name }) => schema === table.schema && name === table.name,
  );
  await write(out, await section('pre-data'));
  if (found !== undefined) await rows(args, found);
  for (const statement of await counters(args, entries)) await write(out, `${statement}\n`);
  await write(out, await section('post-data'));
}

/** The statements that set the sequences of the table to their saved values. */
async function counters(args: SqlArgs, entries: readonly Entry[]): Promise<string[]> {
  const { folder, database } = args;
  const values = await sequenceValues(join(folder, databaseFiles.sequences(database.folder)), args);
  return values.filter((one) => entries.some((entry) => isSequence(entry, one))).map(setval);
}

async function rows(args: SqlArgs, table: ManifestTable): Promise<void> {
  const { out, folder } = args;
  const columns = table.columns.map(identifier).join(', ');
  await write(out, `SET client_encoding = '${args.database.encoding}';\n`);
  await write(out, `COPY ${qualified(table.schema, table.name)} (${columns}) FROM stdin;\n`);
  for (const path of table.files) await stream(args, join(folder, path), out);
  await write(out, '\\.\n\n');
}

/** Streams a file, because a table may be larger than the memory. */
async function stream({ identity, signal }: Key, file: string, out: Writable): Promise<void> {
  const script = 'set -o pipefail; age -d -i "$1" "$2" | zstd -dcq';
  const child = spawn('bash', ['-c', script, 'rows', identity, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(signal === undefined ? {} : { signal }),
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  for await (const chunk of child.stdout) await write(out, chunk as Buffer);
  const [code] = await closed;
  if (code !== 0) throw new Error(`${file} could not be read completely: the output is incomplete`);
}

async function write(out: Writable, text: string | Buffer): Promise<void> {
  if (!out.write(text)) await once(out, 'drain');
}
