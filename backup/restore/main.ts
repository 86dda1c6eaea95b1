// plinth-backup restore: restores a backup into a new volume, or prints one table as SQL.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { files } from '../store/manifest.ts';
import { exit, print, printJson, read, UsageError } from '../command.ts';
import { shutdownSignal } from '../../lib/shutdown-signal.ts';
import { places } from '../store/paths.ts';
import { chosenDatabases, restoreVolume } from './restore.ts';
import { openBackup } from './source.ts';
import { tableAsSql } from './sql.ts';
import { tableName } from './table-name.ts';
import { checkKey, memoryFolder } from './decrypt.ts';

const USAGE = `plinth-backup restore [<id>|latest] --environment <stack> [options]

  Restores into an empty volume of the Postgres container. Reads the age identity from standard input.

  --environment <stack>   the environment that the data is for
  --from <folder>         directory of the backups (default ${places.logical})
  --to <folder>           the volume (default /var/lib/postgresql)
  --identity <file>       file with the age identity (default: standard input)
  --database <name>       restore only this database
  --table <schema.name>   restore only this table: all objects are created, but only this table gets rows
  --without-logins        skip the login roles; for an environment whose state is lost, where up recreates them
  --sql                   with --table: print the table as SQL instead
  --jobs <n>              number of parallel streams (default 2)
  --json                  print the result as JSON`;

const DEFAULT_JOBS = 2;

/**
 * @returns the exit code
 * @throws TypedWrong, or at the first object that fails
 */
export async function run(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (parsed === undefined) print(USAGE);
  else await restore(parsed, shutdownSignal());
  return exit.ok;
}

type Parsed = NonNullable<ReturnType<typeof parse>>;

/**
 * The parsed arguments; undefined for --help.
 *
 * @throws TypedWrong
 */
export function parse(args: readonly string[]) {
  const { values, positionals } = read(
    args,
    {
      environment: { type: 'string' },
      from: { type: 'string', default: places.logical },
      to: { type: 'string', default: '/var/lib/postgresql' },
      identity: { type: 'string', default: '-' },
      database: { type: 'string' },
      table: { type: 'string' },
      'without-logins': { type: 'boolean', default: false },
      sql: { type: 'boolean', default: false },
      jobs: { type: 'string', default: String(DEFAULT_JOBS) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    1,
  );
  if (values.help) return undefined;
  const [which = 'latest'] = positionals;
  const jobs = Number(values.jobs);
  const table = values.table === undefined ? undefined : tableName(values.table);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64) {
    throw new UsageError(`--jobs is ${values.jobs}, but must be a whole number from 1 to 64`);
  }
  if (values.sql && table === undefined)
    throw new UsageError('--sql prints one table: select it with --table');
  if (values.environment === undefined && !values.sql) {
    throw new UsageError('--environment is missing: give the stack that the data is for');
  }
  return { ...values, which, jobs, table };
}

async function restore(asked: Parsed, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  const onStep = (step: string): void => {
    const at = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(`restore: ${at.padStart(7)} s  ${step}\n`);
  };
  const memory = memoryFolder('restore');
  try {
    const identity = asked.identity === '-' ? fromInput(memory.path) : asked.identity;
    onStep('checksums');
    const { folder, manifest } = await openBackup(asked.from, asked.which, signal);
    const key = { identity, signal };
    await checkKey(join(folder, files.globals), key, manifest.encryption.recipients);
    const selection = {
      database: asked.database,
      tables: asked.table === undefined ? undefined : [asked.table],
    };
    if (asked.sql && asked.table !== undefined) {
      const [database] = chosenDatabases(manifest, selection);
      if (database === undefined) return;
      const { table } = asked;
      await tableAsSql({
        ...key,
        folder,
        memory: memory.path,
        database,
        table,
        out: process.stdout,
      });
      return;
    }
    const environment = asked.environment ?? '';
    const { jobs } = asked;
    await restoreVolume({
      ...key,
      folder,
      manifest,
      memory: memory.path,
      jobs,
      onStep,
      volume: asked.to,
      environment,
      selection,
      withoutLogins: asked['without-logins'],
    });
    const seconds = (performance.now() - started) / 1000;
    onStep(`done: ${manifest.id}, ${String(manifest.totals.rows)} rows`);
    if (asked.json) {
      printJson({ id: manifest.id, rows: manifest.totals.rows, seconds });
    }
  } finally {
    memory.remove();
  }
}

/** Writes the identity from standard input to a file that only this user can read. */
function fromInput(folder: string): string {
  const file = join(folder, 'identity');
  writeFileSync(file, readFileSync(0), { mode: 0o400 });
  return file;
}
