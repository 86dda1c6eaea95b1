/**
 * Quotes a value for postgresql.conf. Line breaks cannot be written there, so they are refused
 * rather than turned into a second setting.
 */
export function confValue(value: string | number | boolean): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x1f]/.test(value)) {
    throw new Error(`a setting is ${JSON.stringify(value)}: control characters are not allowed`);
  }
  return `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
}
