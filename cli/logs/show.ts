// One entry as a person or a program reads it. Pure.

import type { Entry } from './entry.ts';

/** Of no use to a person; programs get them. */
const HIDDEN = new Set([
  'pid',
  'role',
  'source',
  'caller',
  'session_id',
  'line_num',
  'session_start',
  'vxid',
  'txid',
  'query_id',
  'ps',
  'backend_type',
  'remote_port',
  'cursor_position',
  'dbname',
  'application_name',
  'file_name',
  'file_line_num',
  'func_name',
]);
const BELOW = [
  'detail',
  'hint',
  'context',
  'statement',
  'query',
  'internal_query',
  'backtrace',
  'stack',
];
const SEVERITY_WIDTH = 7;

/** For a person: a line, and what belongs to it indented below. */
export function shown({ time, part, severity, text, fields }: Entry, partWidth: number): string {
  const beside = Object.entries(fields)
    .filter(([name]) => !HIDDEN.has(name) && !BELOW.includes(name))
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const below = BELOW.flatMap((name) => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? [`${name}: ${value}`] : [];
  });
  const first = [
    `${time.slice(0, 23)}Z`,
    part.padEnd(partWidth),
    severity.padEnd(SEVERITY_WIDTH),
    text,
    ...beside,
  ].join(' ');
  return [first, ...below]
    .map((block) => harmless(block).replaceAll('\n', '\n    '))
    .join('\n    ');
}

/** For a program: one object a line. */
export function asJson({ time, part, severity, text, fields }: Entry): string {
  return JSON.stringify({ time, part, severity, text, ...without(fields) });
}

/** A field never takes the place of what every entry has. */
function without(fields: Entry['fields']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) =>
      ['time', 'part', 'severity', 'text'].includes(name) ? [`${name}_`, value] : [name, value],
    ),
  );
}

/** What somebody else wrote may hold commands for the terminal: control characters but tab and newline. */
export function harmless(text: string): string {
  return text.replace(
    /(?![\t\n])\p{Cc}/gu,
    (found) => `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
