// Checks of a restored server. Each compares it with the description of the original server in the backup.

import { databaseLines, renderCatalog, roleLines } from '../store/catalog.ts';
import { qualified } from '../../lib/sql.ts';
import type { Manifest, ManifestDatabase } from '../store/manifest.ts';
import { migrationHead } from '../logical/objects.ts';
import { conninfo, type TemporaryPostgres } from '../temporary-postgres.ts';
import { output, ProgramFailed } from '../restore/program.ts';
import { asSuperuser } from './client.ts';
import { difference, shown } from './compare.ts';
import type { Check } from './report.ts';

/** Builds a check from its problems. It has passed if there are none. */
export function checkOf(
  name: string,
  good: string,
  bad: string,
  details: readonly string[],
): Check {
  return details.length === 0
    ? { name, verdict: 'passed', says: good, details }
    : { name, verdict: 'failed', says: bad, details };
}

export interface Restored {
  readonly server: TemporaryPostgres;
  readonly manifest: Manifest;
  readonly signal?: AbortSignal | undefined;
}

/** Counts the rows of every table, independently of the counts that COPY reported. */
export async function checkRows({ server, manifest }: Restored): Promise<Check> {
  const wrong: string[] = [];
  for (const database of manifest.databases) {
    await asSuperuser(server, database.name, async (client) => {
      for (const { schema, name, rows } of database.tables) {
        const sql = `SELECT count(*) AS n FROM ONLY ${qualified(schema, name)}`;
        const found = await client.query<{ n: string }>(sql).then(
          (result) => result.rows[0]?.n ?? 'no answer',
          (error: unknown) => (error as Error).message,
        );
        if (found !== String(rows)) {
          wrong.push(
            `${database.name}: ${schema}.${name} has ${found} rows instead of ${String(rows)}`,
          );
        }
      }
    });
  }
  const tables = manifest.databases.flatMap((database) => database.tables).length;
  const good = `${String(manifest.totals.rows)} rows in ${String(tables)} tables, as in the manifest`;
  return checkOf(
    'rows',
    good,
    `${String(wrong.length)} tables differ from the manifest`,
    wrong.slice(0, 12),
  );
}

/** Reads every page and checks that every row is in its indexes. */
export async function checkStructure({ server, manifest, signal }: Restored): Promise<Check> {
  const name = 'pages and indexes';
  const broken: string[] = [];
  for (const database of manifest.databases) {
    try {
      await output({
        program: 'pg_amcheck',
        args: ['--install-missing', '--heapallindexed', conninfo(database.name)],
        env: server.env,
        what: database.name,
        signal,
      });
    } catch (error) {
      if (!(error instanceof ProgramFailed)) throw error;
      broken.push(error.message);
    }
  }
  return checkOf(
    name,
    'pg_amcheck found every row in every index',
    'pg_amcheck found damage',
    broken,
  );
}

/** Compares the catalog with that of the original server: roles, memberships, owners, grants, policies, functions, indexes… */
export async function checkCatalog(
  { server, manifest }: Restored,
  expected: string,
): Promise<Check> {
  const names = manifest.databases.map(({ name }) => name);
  const found = await catalogOf(server, names);
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
  const wanted = lines(expected);
  const different = difference(wanted, lines(found));
  const count = different.missing.length + different.added.length;
  return checkOf(
    'catalog',
    `${String(wanted.length)} catalog lines (roles, grants, policies, definitions) match`,
    `${String(count)} catalog lines (roles, grants, policies, definitions) differ (- in the backup, + restored)`,
    shown(different),
  );
}

/** The catalog of a restored server, in the format of catalog.txt. */
export async function catalogOf(
  server: TemporaryPostgres,
  databases: readonly string[],
): Promise<string> {
  const lines = await asSuperuser(server, 'postgres', roleLines);
  for (const database of databases) {
    const own = await asSuperuser(server, database, (client) => databaseLines(client, database));
    lines.push(...own);
  }
  return renderCatalog(lines);
}

export async function checkMigrations({ server, manifest }: Restored): Promise<Check> {
  const name = 'migrations';
  const wrong: string[] = [];
  const said: string[] = [];
  for (const database of manifest.databases) {
    const head = await asSuperuser(server, database.name, migrationHead);
    if (head !== database.migrationHead) wrong.push(headLine(database, head));
    else if (head !== null) said.push(`${database.name} is at ${head}`);
  }
  if (wrong.length === 0 && said.length === 0) {
    return { name, verdict: 'skipped', says: 'no database has migrations', details: [] };
  }
  return checkOf(name, said.join(', '), 'the newest migration differs', wrong);
}

function headLine(
  { name, migrationHead: expected }: ManifestDatabase,
  found: string | null,
): string {
  return `${name}: ${found ?? 'none'} instead of ${expected ?? 'none'}`;
}
