// Lines of one container, put together to what was said.

import type { Entry, LogSeverity } from './entry.ts';
import { maskFields, maskText } from './mask.ts';
import { parsed } from './parsers.ts';

/** More of one entry begins another, so that nothing is dropped and memory stays bounded. */
const MOST_CHARS = 1024 * 1024;

interface Open {
  readonly time: string;
  readonly severity: LogSeverity;
  readonly fields: Record<string, unknown>;
  text: string;
  /** Where a line that continues it goes: the text, or one of the fields. */
  at: string | undefined;
  chars: number;
}

/** One container's lines to entries, in their order; the last stays open until something follows or `end` is called. */
export class Assembler {
  readonly #part: string;
  #open: Open | undefined;

  constructor(part: string) {
    this.#part = part;
  }

  /** Takes a line; gives what it has brought to an end. */
  push(time: string, line: string): Entry | undefined {
    const found = parsed(this.#part, line);
    const open = this.#open;
    if (open !== undefined && open.chars + line.length < MOST_CHARS) {
      if (found === undefined && /^(?:\s|$)/.test(line)) {
        add(open, `\n${line.replace(/^\t/, '')}`);
        return undefined;
      }
      if (found?.belongsTo !== undefined && open.fields['pid'] === found.belongsTo.pid) {
        open.at = found.belongsTo.field;
        add(open, found.text);
        return undefined;
      }
    }
    const ended = this.end();
    this.#open = {
      time,
      severity: found?.severity ?? 'info',
      text: found?.text ?? line,
      fields: { ...found?.fields },
      at: undefined,
      chars: line.length,
    };
    return ended;
  }

  /** What is still open, once nothing more belongs to it. */
  end(): Entry | undefined {
    const open = this.#open;
    if (open === undefined) return undefined;
    this.#open = undefined;
    return {
      time: open.time,
      part: this.#part,
      severity: open.severity,
      text: maskText(open.text.trimEnd()),
      fields: maskFields(open.fields),
    };
  }
}

function add(open: Open, more: string): void {
  open.chars += more.length;
  if (open.at === undefined) {
    open.text += more;
    return;
  }
  const before = open.fields[open.at];
  open.fields[open.at] = (typeof before === 'string' ? before : '') + more;
}
