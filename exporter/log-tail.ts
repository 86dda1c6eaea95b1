// Follows files that others append to, put aside under another name, cut and remove.

import { readdirSync, statSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK_BYTES = 64 * 1024;
/** How far back the newest file is looked at when this begins. */
const BEFORE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

export interface Lines {
  /** A line that was written while somebody looked; only its head. */
  readonly onLine: (head: string) => void;
  /** A line that was there before. */
  readonly onEarlier: (head: string) => void;
}

interface Followed {
  offset: number;
  /** What has come of a line that is not whole yet, and whether more of it has come than is kept. */
  head: Buffer;
}

interface Found {
  readonly path: string;
  readonly key: string;
  readonly size: number;
  readonly changed: number;
}

/**
 * A file goes by its number and when it was made, whatever it is called: one that was put aside is read to its end, one that
 * was cut begins anew. What is written while nobody looks, and cut or removed before somebody does, is lost.
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

  /** Reads on. The first time it begins at the end of what is there. */
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

  /** Oldest first. Synchronous: once a second, the thread pool would cost more than the kernel's answer. */
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
      // Another one may have its name by now: the next look finds both.
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

  /** As much as is kept of a line; a copy, for the bytes are written over. */
  #joined(head: Buffer, more: Buffer): Buffer {
    const room = Math.max(0, this.#headBytes - head.length);
    return room === 0 ? head : Buffer.concat([head, more.subarray(0, room)]);
  }
}

/** A number is given anew to the next file as soon as one is gone, but not with the same time. */
function keyOf({ ino, birthtimeMs }: Stats): string {
  return `${String(ino)} ${String(birthtimeMs)}`;
}
