// Follows log files that other programs append to, rename, truncate and delete.

import { readdirSync, statSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK_BYTES = 64 * 1024;
/** How far back the newest file is read at startup. */
const BEFORE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

export interface Lines {
  /** The head of a line that was written after startup. */
  readonly onLine: (head: string) => void;
  /** The head of a line that was written before startup. */
  readonly onEarlier: (head: string) => void;
}

interface Followed {
  offset: number;
  /** The head of an incomplete line, up to the length that is kept. */
  head: Buffer;
}

interface Found {
  readonly path: string;
  readonly key: string;
  readonly size: number;
  readonly changed: number;
}

/**
 * A file is identified by its inode number and creation time, not by its name. A renamed file is read to its end, and a
 * truncated file is read from the start. Lines that are written and then truncated or deleted between two reads are lost.
 */
export class LogTail {
  readonly #folder: string;
  readonly #lines: Lines;
  readonly #headBytes: number;
  readonly #files = new Map<string, Followed>();
  #begun = false;

  constructor(folder: string, headBytes: number, lines: Lines) {
    this.#folder = folder;
    this.#headBytes = headBytes;
    this.#lines = lines;
  }

  /** Reads new lines. The first call starts at the end of the existing files. */
  async read(): Promise<void> {
    const found = this.#list();
    for (const one of found) {
      const known = this.#files.get(one.key);
      if (known === undefined && !this.#begun) {
        this.#files.set(one.key, { offset: one.size, head: Buffer.alloc(0) });
      } else {
        await this.#follow(one, known ?? this.#added(one.key), this.#lines.onLine);
      }
    }
    for (const key of this.#files.keys()) {
      if (!found.some((one) => one.key === key)) this.#files.delete(key);
    }
    if (!this.#begun) await this.#lookBack(found.at(-1));
    this.#begun = true;
  }

  /** Oldest first. Synchronous: once a second, the thread pool would cost more than the system calls. */
  #list(): Found[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
    const all = names.flatMap((name) => {
      const path = join(this.#folder, name);
      const facts = statSync(path, { throwIfNoEntry: false });
      if (facts === undefined) return [];
      return [{ path, key: keyOf(facts), size: facts.size, changed: facts.mtimeMs }];
    });
    return all.sort((a, b) => a.changed - b.changed || (a.path < b.path ? 1 : -1));
  }

  #added(key: string): Followed {
    const fresh = { offset: 0, head: Buffer.alloc(0) };
    this.#files.set(key, fresh);
    return fresh;
  }

  async #lookBack(newest: Found | undefined): Promise<void> {
    if (newest === undefined) return;
    const offset = Math.max(0, newest.size - BEFORE_BYTES);
    await this.#follow(newest, { offset, head: Buffer.alloc(0) }, this.#lines.onEarlier);
  }

  async #follow(
    { path, key, size }: Found,
    file: Followed,
    onLine: (head: string) => void,
  ): Promise<void> {
    if (size < file.offset) {
      file.offset = 0;
      file.head = Buffer.alloc(0);
    }
    if (size === file.offset) return;
    const handle = await open(path).catch(() => undefined);
    if (handle === undefined) return;
    try {
      // Another file may have this name by now; the next read finds both.
      if (keyOf(await handle.stat()) !== key) return;
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      while (file.offset < size) {
        const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, file.offset);
        if (bytesRead === 0) break;
        file.offset += bytesRead;
        this.#take(file, chunk.subarray(0, bytesRead), onLine);
      }
    } finally {
      await handle.close();
    }
  }

  #take(file: Followed, bytes: Buffer, onLine: (head: string) => void): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = bytes.subarray(start, end);
      const head = file.head.length === 0 ? line : this.#joined(file.head, line);
      onLine(head.subarray(0, this.#headBytes).toString('latin1'));
      file.head = Buffer.alloc(0);
      start = end + 1;
    }
    file.head = this.#joined(file.head, bytes.subarray(start));
  }

  /** The head of a line, up to the length that is kept; a copy, because the buffer is reused. */
  #joined(head: Buffer, more: Buffer): Buffer {
    const room = Math.max(0, this.#headBytes - head.length);
    return room === 0 ? head : Buffer.concat([head, more.subarray(0, room)]);
  }
}

/** An inode number is reused after a file is deleted, but with another creation time. */
function keyOf({ ino, birthtimeMs }: Stats): string {
  return `${String(ino)} ${String(birthtimeMs)}`;
}
