/** Checks of single backup settings. Each returns the rest of the error sentence. Pure. */
import { bech32 } from '@scure/base';
import { Cron } from 'croner';
import path from 'node:path';

/** A cron expression with five fields that matches at least one future time. */
export function cronProblem(line: string): string | undefined {
  const remedy = 'write minute, hour, day, month and weekday, for example "15 2 * * *"';
  if (line.trim().split(/\s+/).length !== 5) return `but must have five fields: ${remedy}`;
  try {
    const next = new Cron(line, { paused: true, mode: '5-part' }).nextRun();
    return next === null ? `but never matches any date: ${remedy}` : undefined;
  } catch {
    return `but is not a cron expression: ${remedy}`;
  }
}

/** A public age key. A private key must never be written to a file that is committed. */
export function recipientProblem(key: string): string | undefined {
  if (/^AGE-SECRET-KEY/i.test(key.trim())) {
    return 'but that is a private key: remove it from this file immediately, and write its public key, age1…';
  }
  const remedy = 'write a public key as npx plinth backup keygen prints it, age1…';
  if (!/^age1[a-z0-9]{58}$/.test(key)) return `but must be a public age key: ${remedy}`;
  try {
    bech32.decodeToBytes(key);
    return undefined;
  } catch {
    return `but its checksum is wrong, so it is misspelled: ${remedy}`;
  }
}

/** The absolute path of a directory. */
export function directoryProblem(folder: string): string | undefined {
  return path.posix.isAbsolute(folder) &&
    path.posix.normalize(folder) === folder &&
    folder !== '/' &&
    /^[\w./@-]+$/.test(folder)
    ? undefined
    : 'but must be an absolute path without spaces: write for example "/srv/backups"';
}

/** The path of a file, absolute or relative to the project root. */
export function fileProblem(file: string): string | undefined {
  return /^[\w./@~-]+$/.test(file) && !file.endsWith('/')
    ? undefined
    : 'but must be the path of a file, without spaces: write it relative to the project root';
}

/** A word for a configuration file without a quoting syntax. */
export function plainProblem(word: string): string | undefined {
  return /^[\w.:@/-]+$/.test(word)
    ? undefined
    : 'but must be one word of letters, digits and . : @ / -: remove all other characters';
}

/** A SHA-256 checksum in hexadecimal. */
export function hexProblem(text: string): string | undefined {
  return /^[0-9a-f]{64}$/.test(text)
    ? undefined
    : 'but must be 64 hexadecimal digits in lower case: write the SHA-256 of the key';
}
