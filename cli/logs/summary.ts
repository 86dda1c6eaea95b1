// What a log says on the whole: how much of what, the slowest statements, the errors that come most often. Pure.

import { atLeast, severities, type Entry, type LogSeverity } from './entry.ts';
import { table } from '../table.ts';

export interface SlowStatement {
  readonly ms: number;
  readonly time: string;
  readonly user: string;
  /** Without its values: they are other people's data. */
  readonly statement: string;
}

export interface Frequent {
  readonly part: string;
  readonly text: string;
  readonly count: number;
  readonly last: string;
}

export interface Summary {
  readonly counts: Readonly<Record<string, Readonly<Partial<Record<LogSeverity, number>>>>>;
  readonly slowest: readonly SlowStatement[];
  readonly frequent: readonly Frequent[];
  /** Errors of kinds beyond those that are counted apart. */
  readonly otherErrors: number;
}

const SHOWN = 10;
/** So that memory stays bounded where no two errors are alike. */
const KINDS = 2000;

/** Takes entries one by one, and keeps only what it tells at the end. */
export class Summing {
  readonly #counts: Record<string, Partial<Record<LogSeverity, number>>> = {};
  readonly #kinds = new Map<string, { part: string; text: string; count: number; last: string }>();
  #slowest: SlowStatement[] = [];
  #otherErrors = 0;

  add(entry: Entry): void {
    const counts = (this.#counts[entry.part] ??= {});
    counts[entry.severity] = (counts[entry.severity] ?? 0) + 1;
    const slow = slowStatement(entry);
    if (slow !== undefined) this.#addSlow(slow);
    if (atLeast(entry.severity, 'error')) this.#addError(entry);
  }

  #addSlow(slow: SlowStatement): void {
    const fastest = this.#slowest.at(-1);
    if (this.#slowest.length === SHOWN && fastest !== undefined && slow.ms <= fastest.ms) return;
    this.#slowest = [...this.#slowest, slow].sort((a, b) => b.ms - a.ms).slice(0, SHOWN);
  }

  #addError({ part, text, time, fields }: Entry): void {
    const err = fields['err'] ?? fields['error'];
    const said = kindOf(typeof err === 'string' ? `${text}: ${err}` : text);
    const key = `${part}\n${said}`;
    const kind = this.#kinds.get(key);
    if (kind !== undefined) {
      kind.count += 1;
      kind.last = time;
    } else if (this.#kinds.size < KINDS) {
      this.#kinds.set(key, { part, text: said, count: 1, last: time });
    } else {
      this.#otherErrors += 1;
    }
  }

  end(): Summary {
    return {
      counts: this.#counts,
      slowest: this.#slowest,
      frequent: [...this.#kinds.values()].sort((a, b) => b.count - a.count).slice(0, SHOWN),
      otherErrors: this.#otherErrors,
    };
  }
}

const DURATION =
  /^duration: (\d+(?:\.\d+)?) ms {2}(?:statement|execute [^:]*|bind [^:]*|parse [^:]*): (.*)$/s;

/** The statement of an entry about one that was slow. */
export function slowStatement({ part, text, time, fields }: Entry): SlowStatement | undefined {
  if (part !== 'postgres') return undefined;
  const [, ms, statement] = DURATION.exec(text) ?? [];
  if (ms === undefined || statement === undefined) return undefined;
  const { user } = fields;
  return {
    ms: Number(ms),
    time,
    user: typeof user === 'string' ? user : '',
    statement: withoutValues(statement),
  };
}

/** A statement in one line, with a question mark for each value in it. */
export function withoutValues(statement: string): string {
  return statement
    .replace(/\$([A-Za-z_]*)\$.*?(?:\$\1\$|$)/gs, '?')
    .replace(/\b[EBXN]?'(?:[^']|'')*(?:'|$)|(?<![\w"])'(?:[^']|'')*(?:'|$)/gi, '?')
    .replace(/(?<![\w$"])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b/gi, '?')
    .replace(/\s+/g, ' ')
    .trim();
}

/** An error without what differs each time it comes. */
export function kindOf(text: string): string {
  return (text.split('\n', 1)[0] ?? '')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b/gi, '?')
    .replace(/0x[0-9a-f]+/gi, '?')
    .replace(/\d+(?:\.\d+)*/g, '?')
    .slice(0, 200);
}

const WIDEST = 110;
const cut = (text: string): string =>
  text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;

/** The tables a person reads. */
export function summaryText({ counts, slowest, frequent, otherErrors }: Summary): string {
  const said = severities.filter((one) =>
    Object.values(counts).some((by) => by[one] !== undefined),
  );
  const rows = Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([part, by]) => [part, ...said.map((one) => String(by[one] ?? 0))]);
  return [
    rows.length === 0
      ? 'nothing was said'
      : table([['PART', ...said.map((one) => one.toUpperCase())], ...rows]),
    ...(slowest.length === 0
      ? []
      : [
          table([
            ['SLOWEST', 'WHEN', 'USER', 'STATEMENT'],
            ...slowest.map((one) => [
              `${one.ms.toFixed(0)} ms`,
              moment(one.time),
              one.user,
              cut(one.statement),
            ]),
          ]),
        ]),
    ...(frequent.length === 0
      ? []
      : [
          table([
            ['ERRORS', 'LAST', 'PART', 'WHAT'],
            ...frequent.map((one) => [
              String(one.count),
              moment(one.last),
              one.part,
              cut(one.text),
            ]),
          ]),
        ]),
    ...(otherErrors === 0 ? [] : [`and ${String(otherErrors)} errors of other kinds`]),
  ].join('\n\n');
}

function moment(time: string): string {
  return time.slice(0, 19).replace('T', ' ');
}
