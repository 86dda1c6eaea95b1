// TypeScript with the types taken out, kept beside Node's compile cache. Node 22 keeps compiled code
// there, but parses every TypeScript file again at each start to take its types out.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/** @param {string} text */
function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The source without its types, from the cache where it is there; lines and columns stay.
 *
 * @param {string} source
 * @param {string} name what the source is called; a name has one entry, that of its newest source
 * @param {string | undefined} cache folder that belongs to this version of Node; without one nothing is kept
 * @returns {string}
 */
export function stripped(source, name, cache = getCompileCacheDir?.()) {
  if (cache === undefined) return stripTypeScriptTypes(source);
  const file = join(cache, 'stripped', `${hash(name).slice(0, 32)}.js`);
  const mark = `// ${hash(source)}\n`;
  const kept = read(file);
  if (kept.startsWith(mark)) return kept.slice(mark.length);
  const code = stripTypeScriptTypes(source);
  try {
    mkdirSync(join(cache, 'stripped'), { recursive: true });
    // Under another name first: a reader never sees half a file.
    writeFileSync(`${file}.${process.pid}`, mark + code);
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A cache that cannot be written costs time, nothing else.
  }
  return code;
}
