// A psql session that dumps tables, one after the other. psql writes rows faster than Node.js, and it counts them. It
// pipes the rows of each table directly into plinth-seal.

import { createInterface } from 'node:readline';
import { start } from '../child.ts';
import {
  encryptionEnvironment,
  encryptedFrom,
  type EncryptedFile,
  type Encryptor,
} from '../store/encrypt.ts';

export interface CopySession {
  /**
   * Writes the rows of a COPY statement to a file.
   *
   * @param path without characters that a shell interprets
   */
  copy(statement: string, path: string): Promise<EncryptedFile & { readonly rows: number }>;
  /** Ends the session and waits until psql has ended. */
  close(): Promise<void>;
}

/** If another session waits for an exclusive lock on a table, the dump must not block it for long. */
const LOCK_TIMEOUT_SEC = 10;
const DONE = 'plinth-copy-done';

/**
 * @param snapshot of a transaction that stays open as long as this session
 * @param env from {@link toolEnvironment}
 */
export function openCopySession(
  snapshot: string,
  sealing: Encryptor,
  env: Readonly<Record<string, string>>,
): CopySession {
  const child = start('psql', ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1'], {
    cwd: sealing.folder,
    env: { ...env, ...encryptionEnvironment(sealing) },
    ...(sealing.signal === undefined ? {} : { signal: sealing.signal }),
  });
  const { stdin, stdout } = child.process;
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  stdin.write('begin isolation level repeatable read, read only;\n');
  stdin.write(`set transaction snapshot '${snapshot}';\n`);
  stdin.write(`set local lock_timeout = '${String(LOCK_TIMEOUT_SEC)}s';\n`);

  /** The output for one statement. */
  const answer = async (): Promise<string[]> => {
    const said: string[] = [];
    for (;;) {
      const next = (await lines.next()) as IteratorResult<string, undefined>;
      if (next.done === true) {
        await child.ended;
        throw new Error('psql ended before all rows were written');
      }
      said.push(next.value);
      if (next.value.startsWith(DONE)) return said;
    }
  };

  return {
    copy: async (statement, path) => {
      if (!/^[\w./%-]+$/.test(path))
        throw new Error(`${path} contains characters that are not safe in a shell`);
      stdin.write(`${statement} \\g |plinth-seal ${path}\n\\echo ${DONE} :SHELL_EXIT_CODE\n`);
      const said = (await answer()).join('\n');
      const rows = /^COPY (\d+)$/m.exec(said)?.[1];
      const sealed = new RegExp(`^${DONE} (.*)$`, 'm').exec(said)?.[1];
      if (sealed !== '0' || rows === undefined) {
        stdin.end();
        await child.ended.catch(() => undefined);
        throw new Error(
          `${path} could not be written: ${child.words() || `plinth-seal ended with exit code ${String(sealed)}`}`,
        );
      }
      return { ...encryptedFrom(path, said), rows: Number(rows) };
    },
    close: async () => {
      stdin.end();
      await child.ended;
    },
  };
}
