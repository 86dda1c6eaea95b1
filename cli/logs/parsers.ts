// One parser for each form in which a part of the stack writes. Pure.

import { severityOf, type LogSeverity, type Parsed, type Parser } from './entry.ts';

type Fields = Readonly<Record<string, unknown>>;

/** When it was said is told by Docker, of all parts alike. */
const TIMES = ['time', 'ts', 'timestamp'];

function without(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function object(line: string): Fields | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** Objects of our own programs and of Go's: `{"level":"info","msg":"…"}`. */
export const json: Parser = (line) => {
  const fields = object(line);
  if (fields === undefined) return undefined;
  const text = fields['msg'] ?? fields['message'];
  const level = fields['level'] ?? fields['severity'] ?? fields['lvl'];
  if (typeof text !== 'string') return { severity: severityOf(level), text: line, fields: {} };
  const names = ['msg', 'message', 'level', 'severity', 'lvl', 'part', ...TIMES];
  return { severity: severityOf(level), text, fields: without(fields, ...names) };
};

/** Postgres's own objects: log_destination = jsonlog. */
export const postgresJson: Parser = (line) => {
  const fields = object(line);
  if (fields === undefined || typeof fields['error_severity'] !== 'string') return undefined;
  const { error_severity: severity, message } = fields;
  return {
    severity: severityOf(severity),
    text: typeof message === 'string' ? message : '',
    fields: without(fields, 'error_severity', 'message', ...TIMES),
  };
};

const DAY_AND_TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+`;
const POSTGRES = new RegExp(
  String.raw`^${DAY_AND_TIME} \[(\d+)\] (?:([^@\s]*)@([^/\s]*)/(.*?) )?` +
    '(DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION|BACKTRACE): {1,2}(.*)$',
);
const BELONGING = ['DETAIL', 'HINT', 'CONTEXT', 'STATEMENT', 'QUERY', 'LOCATION', 'BACKTRACE'];

/** Postgres's lines, by the log_line_prefix of components/postgres/settings.ts. */
export const postgresLine: Parser = (line) => {
  const found = POSTGRES.exec(line);
  if (found === null) return undefined;
  const [, pid = '', user, dbname, application, word = '', text = ''] = found;
  const common = {
    pid: Number(pid),
    ...(user === undefined ? {} : { user, dbname, application_name: application }),
  };
  if (BELONGING.includes(word)) {
    const belongsTo = { pid: Number(pid), field: word.toLowerCase() };
    return { severity: 'info', text, fields: common, belongsTo };
  }
  return { severity: severityOf(word), text, fields: common };
};

const PGBOUNCER = new RegExp(
  String.raw`^${DAY_AND_TIME} \[(\d+)\] (NOISE|DEBUG|LOG|WARNING|ERROR|FATAL) (.*)$`,
);

export const pgbouncer: Parser = (line) => {
  const found = PGBOUNCER.exec(line);
  if (found === null) return undefined;
  const [, pid, word, text = ''] = found;
  return { severity: severityOf(word), text, fields: { pid: Number(pid) } };
};

const REDIS = /^(\d+):([XCSM]) \d\d? \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} ([.\-*#]) (.*)$/;
const REDIS_SIGNAL = /^(\d+):signal-handler \(\d+\) (.*)$/;
const REDIS_SIGNS: Readonly<Record<string, LogSeverity>> = {
  '.': 'debug',
  '-': 'debug',
  '*': 'info',
  '#': 'warning',
};

export const redis: Parser = (line) => {
  const [, signalled, received = ''] = REDIS_SIGNAL.exec(line) ?? [];
  if (signalled !== undefined) {
    return { severity: 'info', text: received, fields: { pid: Number(signalled) } };
  }
  const found = REDIS.exec(line);
  if (found === null) return undefined;
  const [, pid, role, sign = '', text = ''] = found;
  return { severity: REDIS_SIGNS[sign] ?? 'info', text, fields: { pid: Number(pid), role } };
};

const PAIR = /([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)/y;

/** What exporters, Prometheus and Alertmanager write: `time=… level=info msg="…"`. */
export const logfmt: Parser = (line) => {
  if (!/^(?:time|ts|level)=/.test(line)) return undefined;
  const fields: Record<string, string> = {};
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < line.length) {
    const [, name, value] = PAIR.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields[name] = value.startsWith('"') ? unquoted(value) : value;
  }
  const { msg, level } = fields;
  const rest = without(fields, 'msg', 'level', ...TIMES);
  return msg === undefined
    ? {
        severity: severityOf(level),
        text: line.replace(/^(?:(?:time|ts)=\S+ |level=\S+ )+/, ''),
        fields: rest,
      }
    : { severity: severityOf(level), text: msg, fields: rest };
};

function unquoted(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    // Go knows escapes that JSON does not.
    return quoted.slice(1, -1);
  }
}

/** The forms a part may write in, the likeliest first. */
export function parsersOf(part: string): readonly Parser[] {
  if (part === 'postgres') return [postgresJson, postgresLine, json];
  if (part === 'pgbouncer') return [pgbouncer];
  if (part.startsWith('redis') && !part.endsWith('exporter')) return [redis];
  // Those that restore run a server of their own.
  return [postgresJson, json, logfmt, postgresLine];
}

/** A line of a part; undefined when no parser knows it. */
export function parsed(part: string, line: string): Parsed | undefined {
  for (const parser of parsersOf(part)) {
    const found = parser(line);
    if (found !== undefined) return found;
  }
  return undefined;
}
