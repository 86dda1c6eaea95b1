/**
 * An empty Postgres in this process, without initdb: it is made once, its data directory is kept, and each server starts on a
 * copy of that. What initdb takes is four times what the start on a copy takes.
 */
import { PGlite } from '@electric-sql/pglite';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Beside what Jest and others keep there; gone with `npm ci`. */
const CACHE = path.resolve(import.meta.dirname, '../../node_modules/.cache/plinth');

let dump: Promise<Blob> | undefined;

/** A server of its own: nothing of it is shared with another one. */
export async function emptyServer(): Promise<PGlite> {
  dump ??= dumped();
  return PGlite.create({ loadDataDir: await dump });
}

/** The data directory as initdb leaves it, as a tar file; made by this version of PGlite. */
async function dumped(): Promise<Blob> {
  const file = path.join(CACHE, `pglite-${version()}.tar`);
  try {
    return new Blob([readFileSync(file)]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const db = await PGlite.create();
  const made = await db.dumpDataDir('none');
  await db.close();
  mkdirSync(CACHE, { recursive: true });
  // Two workers may come here at once: whichever is last, the file is whole.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, Buffer.from(await made.arrayBuffer()));
  renameSync(unfinished, file);
  return made;
}

function version(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest = path.resolve(path.dirname(entry), '../package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
