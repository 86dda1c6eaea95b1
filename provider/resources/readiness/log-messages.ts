/** Log lines as a person reads them. Pure. */

const TEXT = ['message', 'msg'];
const SEVERITY = ['error_severity', 'level', 'severity'];
const MORE = ['error', 'err', 'reason', 'detail', 'hint'];

/** A line; where it is a JSON object, its severity and message, and what else says why. */
export function plainLine(line: string): string {
  const fields = objectIn(line);
  if (fields === undefined) return line;
  const first = (names: readonly string[]) =>
    names.map((name) => fields[name]).find((value) => typeof value === 'string');
  const text = first(TEXT);
  if (text === undefined) return line;
  const severity = first(SEVERITY);
  const more = MORE.flatMap((name) => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? [`${name}: ${value}`] : [];
  });
  const start = severity === undefined ? '' : `${severity.toUpperCase()}: `;
  return `${start}${[text, ...more].join('; ')}`;
}

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
