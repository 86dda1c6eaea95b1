// Counts lines of the Postgres log. Log messages may contain sensitive data, so only numbers leave this file.

import type { Collector, ExporterSample } from './collector.ts';
import { LogTail } from './log-tail.ts';

/** Only this much of a line is parsed; the rest is a statement. */
export const HEAD_BYTES = 4096;

const SEVERITIES = ['log', 'warning', 'error', 'fatal', 'panic'] as const;
type Severity = (typeof SEVERITIES)[number];

/** Inside a JSON string every quote is escaped, so these patterns match only keys. */
const SEVERITY = /"error_severity":"([A-Z0-9]+)"/;
const STATE = /"state_code":"([0-9A-Z]{5})"/;
const TIME = /^\{"timestamp":"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([^"]*)"/;
const DURATION =
  /"message":"duration: (\d+(?:\.\d+)?) ms {2}(?:statement|execute|parse|bind|fastpath)\b/;
const TEMP_FILE = /"message":"temporary file: path (?:[^"\\]|\\.)*, size (\d+)"/;

const DEADLOCK = '40P01';
/** invalid_password, invalid_authorization_specification. */
const REFUSED = ['28P01', '28000'];

/** Counters since creation. */
export class LogCounts {
  readonly #slowQueryMs: number;
  readonly #lines = new Map<Severity, number>();
  #slow = 0;
  #deadlocks = 0;
  #tempBytes = 0;
  #refused = 0;
  /** 0 if none is known. */
  #lastFatal = 0;

  constructor(slowQueryMs: number) {
    this.#slowQueryMs = slowQueryMs;
  }

  /**
   * @param head the beginning of a line, as Latin-1
   * @param readAt time of the read, in seconds since 1970
   */
  count(head: string, readAt: number): void {
    const severity = severityOf(head);
    if (severity === undefined) return;
    this.#lines.set(severity, (this.#lines.get(severity) ?? 0) + 1);
    const state = STATE.exec(head)?.[1] ?? '';
    if (state === DEADLOCK && severity === 'error') this.#deadlocks += 1;
    if (REFUSED.includes(state)) this.#refused += 1;
    if (severity === 'log') {
      const duration = DURATION.exec(head)?.[1];
      if (duration !== undefined && Number(duration) >= this.#slowQueryMs) this.#slow += 1;
      this.#tempBytes += Number(TEMP_FILE.exec(head)?.[1] ?? 0);
    }
    this.remember(head, readAt);
  }

  /**
   * Records only the time of the last FATAL or PANIC message.
   *
   * @param readAt undefined for a line that was written before this program started
   */
  remember(head: string, readAt?: number): void {
    const severity = severityOf(head);
    if (severity !== 'fatal' && severity !== 'panic') return;
    this.#lastFatal = Math.max(this.#lastFatal, timeOf(head) ?? readAt ?? 0);
  }

  samples(): ExporterSample[] {
    const part = 'postgres';
    return [
      ...SEVERITIES.map((severity): ExporterSample => {
        const value = this.#lines.get(severity) ?? 0;
        return { name: 'plinth_log_lines_total', value, labels: { part, severity } };
      }),
      { name: 'plinth_log_slow_queries_total', value: this.#slow },
      { name: 'plinth_log_deadlocks_total', value: this.#deadlocks },
      { name: 'plinth_log_temp_file_bytes_total', value: this.#tempBytes },
      { name: 'plinth_log_authentication_failures_total', value: this.#refused },
      { name: 'plinth_log_last_fatal_timestamp_seconds', value: this.#lastFatal },
    ];
  }
}

/** Undefined for text that is not a log line. */
function severityOf(head: string): Severity | undefined {
  const word = SEVERITY.exec(head)?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  // DEBUG1 to DEBUG5, INFO and NOTICE are messages for clients; they count as LOG.
  return SEVERITIES.find((severity) => severity === word) ?? 'log';
}

/** Seconds since 1970; undefined for an unknown time zone name. */
function timeOf(head: string): number | undefined {
  const [, day, time, zone] = TIME.exec(head) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const suffix =
    zone === 'UTC' || zone === 'GMT' ? 'Z' : (/^[+-]\d\d$/.exec(zone ?? '')?.[0] ?? '');
  if (suffix === '') return undefined;
  const at = Date.parse(`${day}T${time}${suffix === 'Z' ? 'Z' : `${suffix}:00`}`);
  return Number.isNaN(at) ? undefined : at / 1000;
}

/** Counts the log lines of a folder from now on. */
export function logCollector(folder: string, slowQueryMs: number): Collector {
  const counts = new LogCounts(slowQueryMs);
  const tail = new LogTail(folder, HEAD_BYTES, {
    onLine: (head) => counts.count(head, Date.now() / 1000),
    onEarlier: (head) => counts.remember(head),
  });
  return {
    name: 'logs',
    // A short interval, so that lines are read before a file is rotated or truncated.
    everySec: 1,
    collect: async () => {
      await tail.read();
      return counts.samples();
    },
  };
}
