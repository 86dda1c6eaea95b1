/** What can be wrong with a single setting of the backups, as the rest of a sentence. Pure. */
import { bech32 } from '@scure/base';
import { Cron } from 'croner';
import path from 'node:path';

/** A cron line of five fields that comes to pass. */
export function cronProblem(line: string): string | undefined {
  const remedy = 'write minute, hour, day, month and weekday, for example "15 2 * * *"';
  if (line.trim().split(/\s+/).length !== 5) return `but must have five fields: ${remedy}`;
  try {
    const next = new Cron(line, { paused: true, mode: '5-part' }).nextRun();
    return next === null ? `but never comes to pass: ${remedy}` : undefined;
  } catch {
    return `but is no cron line: ${remedy}`;
  }
}

/** A public age key. Nobody may write a private one into a file that is committed. */
export function recipientProblem(key: string): string | undefined {
  if (/^AGE-SECRET-KEY/i.test(key.trim())) {
    return 'but that is a private key: take it out of this file at once, and write its public part, age1…';
  }
  const remedy = 'write a public key as npx plinth backup keygen prints it, age1…';
  if (!/^age1[a-z0-9]{58}$/.test(key)) return `but must be a public age key: ${remedy}`;
  try {
    bech32.decodeToBytes(key);
    return undefined;
  } catch {
    return `but is mistyped, its checksum is wrong: ${remedy}`;
  }
}

/** An absolute folder. */
export function directoryProblem(folder: string): string | undefined {
  return path.posix.isAbsolute(folder) &&
    path.posix.normalize(folder) === folder &&
    folder !== '/' &&
    /^[\w./@-]+$/.test(folder)
    ? undefined
    : 'but must be an absolute path without blanks: write for example "/srv/backups"';
}

/** A file, from the root of the project or absolute. */
export function fileProblem(file: string): string | undefined {
  return /^[\w./@~-]+$/.test(file) && !file.endsWith('/')
    ? undefined
    : 'but must be the path of a file, without blanks: write it from the root of the project';
}

/** A word for a configuration file that knows no quotes. */
export function plainProblem(word: string): string | undefined {
  return /^[\w.:@/-]+$/.test(word)
    ? undefined
    : 'but must be one word of letters, digits and . : @ / -: leave the rest out';
}

/** A SHA-256 in hexadecimal. */
export function hexProblem(text: string): string | undefined {
  return /^[0-9a-f]{64}$/.test(text)
    ? undefined
    : 'but must be 64 hexadecimal digits in lower case: write the SHA-256 of the key';
}
