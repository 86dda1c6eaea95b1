// What `docker logs --timestamps` prints, to lines. Pure.

export interface Line {
  readonly time: string;
  readonly text: string;
}

const NEWLINE = 0x0a;
/** Docker keeps longer lines in pieces of this many bytes, and prints the time before each. */
const PIECE = 16_384;
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)) /;
/** Nothing is lost of a longer one: it is told in parts. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Cuts chunks of bytes into lines. A character may be split between two chunks, a line never. */
export class LineCutter {
  #rest: Buffer = Buffer.alloc(0);

  *push(chunk: Buffer): Generator<Buffer> {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE)) {
      yield data.subarray(0, end);
      data = data.subarray(end + 1);
    }
    if (data.length > MOST_BYTES) {
      yield data;
      data = Buffer.alloc(0);
    }
    this.#rest = data;
  }

  *end(): Generator<Buffer> {
    if (this.#rest.length > 0) yield this.#rest;
    this.#rest = Buffer.alloc(0);
  }
}

/** One printed line; undefined when it has no time before it, so that it is of Docker itself. */
export function lineFrom(bytes: Buffer): Line | undefined {
  const [stamp, time] = STAMP.exec(bytes.subarray(0, 64).toString('latin1')) ?? [];
  if (stamp === undefined || time === undefined) return undefined;
  let text = bytes.subarray(stamp.length);
  const pieces: Buffer[] = [];
  while (text.length >= PIECE + stamp.length) {
    if (!text.subarray(PIECE, PIECE + stamp.length).equals(Buffer.from(stamp))) break;
    pieces.push(text.subarray(0, PIECE));
    text = text.subarray(PIECE + stamp.length);
  }
  const whole = pieces.length === 0 ? text : Buffer.concat([...pieces, text]);
  return { time, text: whole.toString('utf8').replace(/\r$/, '') };
}
