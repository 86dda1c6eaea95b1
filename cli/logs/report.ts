// A report of Postgres's log, made by pgBadger in a container that reads nothing else and reaches nobody.

import { spawn } from 'node:child_process';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { builtImage } from '../../bootstrap/built-image.ts';
import { UserError } from '../../lib/errors.ts';
import { lastLines } from '../../lib/process.ts';
import { ephemeralArguments } from '../backup/docker.ts';
import type { Entry } from './entry.ts';

const UID = 10009;
const TMP_BYTES = 512 * 1024 * 1024;

/**
 * What pgBadger reads of an entry; undefined for what Postgres did not write itself. Secrets are taken out of it before,
 * and the values in statements by pgBadger.
 */
export function jsonlogLine({ part, severity, text, fields, time }: Entry): string | undefined {
  if (part !== 'postgres' || typeof fields['pid'] !== 'number') return undefined;
  const stamp = `${time.slice(0, 10)} ${time.slice(11, 23)} UTC`;
  return `${JSON.stringify({ timestamp: stamp, ...fields, error_severity: WORDS[severity], message: text })}\n`;
}

const WORDS = { debug: 'DEBUG1', info: 'LOG', warning: 'WARNING', error: 'ERROR', fatal: 'FATAL' };

/** Arguments of pgBadger: in on standard input, out on standard output, no value of a statement in it. */
export const PGBADGER_ARGUMENTS = [
  ...['--format', 'jsonlog', '--extension', 'html', '--outfile', '-'],
  ...['--anonymize', '--quiet', '--tempdir', '/tmp', '-'],
];

export interface Reported {
  readonly file: string;
  /** Lines of the log that it is made of. */
  readonly lines: number;
}

/** Writes a report of what Postgres said to a file. The file is there when it is whole. */
export async function report(entries: AsyncIterable<Entry>, file: string): Promise<Reported> {
  const image = await builtImage('pgbadger');
  const child = spawn(
    'docker',
    ephemeralArguments({
      image,
      user: UID,
      tmpBytes: TMP_BYTES,
      stdin: true,
      args: PGBADGER_ARGUMENTS,
    }),
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = lastLines(said + text, 5)));
  child.stdin.on('error', () => undefined);
  const unfinished = `${file}.unfinished`;
  const out = createWriteStream(unfinished, { mode: 0o600 });
  child.stdout.pipe(out);
  try {
    const lines = await feed(entries, child.stdin);
    const code = await ended;
    await finished(out);
    if (code !== 0)
      throw new UserError(`pgBadger failed (${said.trim()})`, "run 'npx plinth doctor'");
    if (lines === 0) {
      throw new UserError(
        'Postgres has said nothing in that time',
        'take a longer one, for example --since 7d',
      );
    }
    renameSync(unfinished, file);
    return { file, lines };
  } finally {
    child.kill();
    rmSync(unfinished, { force: true });
  }
}

/** No faster than it is read. */
async function feed(entries: AsyncIterable<Entry>, stdin: NodeJS.WritableStream): Promise<number> {
  let lines = 0;
  for await (const entry of entries) {
    const line = jsonlogLine(entry);
    if (line === undefined) continue;
    lines += 1;
    if (!stdin.write(line)) {
      await new Promise<void>((resolve) => {
        stdin.once('drain', resolve);
        stdin.once('close', resolve);
      });
    }
  }
  stdin.end();
  return lines;
}
