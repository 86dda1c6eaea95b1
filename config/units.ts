/**
 * Parsers for sizes and durations.
 *
 * A unit is required. "512" could mean bytes or megabytes, and Postgres, Redis and Docker each interpret it
 * differently. Only unambiguous units are accepted: KiB is always 1024 bytes, but "1GB" is 1000³ bytes in some
 * programs and 1024³ bytes in others.
 */

/** A size with its unit, for example `"512MiB"`. */
export type Size = `${number}${SizeUnit}`;
/** A duration with its unit, for example `"1500ms"` or `"5min"`. */
export type Duration = `${number}${DurationUnit}`;

export type SizeUnit = 'B' | 'KiB' | 'MiB' | 'GiB';
export type DurationUnit = 'ms' | 's' | 'min' | 'h' | 'd';

/** The result of a parser: the value, or the rest of the error sentence "<path> is <got> …". */
export type Parsed = { readonly value: number } | { readonly problem: string };

const sizeUnits: Record<SizeUnit, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const durationUnits: Record<DurationUnit, number> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The probable unit, by the first letter of the unit in the input. */
const meantSize: Record<string, SizeUnit> = { b: 'B', k: 'KiB', m: 'MiB', g: 'GiB' };
const meantDuration: Record<string, DurationUnit> = { s: 's', m: 'min', h: 'h', d: 'd' };

/** Parses a size into bytes. For anything but `<whole number><B|KiB|MiB|GiB>`, the problem contains a correction. */
export function parseSize(text: unknown): Parsed {
  return parse(text, sizeUnits, ['B', 'KiB', 'MiB', 'GiB'], '512MiB', (number, unit) => {
    const first = unit.slice(0, 1).toLowerCase();
    if (unit === '') return `${number}MiB`;
    if (first === 't') return `${Number(number) * 1024}GiB`;
    const meant = meantSize[first];
    return meant === undefined ? undefined : `${number}${meant}`;
  });
}

/** Parses a duration into milliseconds. For anything but `<whole number><ms|s|min|h|d>`, the problem contains a correction. */
export function parseDuration(text: unknown): Parsed {
  return parse(text, durationUnits, ['ms', 's', 'min', 'h', 'd'], '30s', (number, unit) => {
    if (unit === '') return `${number}ms`;
    if (/^(ms|milli)/i.test(unit)) return `${number}ms`;
    const meant = meantDuration[unit.slice(0, 1).toLowerCase()];
    return meant === undefined ? undefined : `${number}${meant}`;
  });
}

/** Formats bytes with the largest unit that divides them. `parseSize` returns the same number. */
export function formatSize(bytes: number): Size {
  return format(bytes, sizeUnits, 'B');
}

/** Formats milliseconds with the largest unit that divides them. `parseDuration` returns the same number. */
export function formatDuration(milliseconds: number): Duration {
  return format(milliseconds, durationUnits, 'ms');
}

function parse(
  text: unknown,
  units: Readonly<Record<string, number>>,
  names: readonly string[],
  example: string,
  meant: (number: string, unit: string) => string | undefined,
): Parsed {
  const loose = /^\s*([+-]?)(\d{1,16}(?:\.\d{1,9})?)\s*([a-zA-Z]*)\s*$/.exec(
    typeof text === 'number' && Number.isFinite(text)
      ? String(text)
      : typeof text === 'string'
        ? text
        : '',
  );
  if (loose === null)
    return { problem: `but must be a number with a unit: write for example "${example}"` };
  const [, sign = '', number = '', unit = ''] = loose;
  if (sign === '-')
    return { problem: `but must be more than zero: write for example "${example}"` };
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  const exact = factor !== undefined && typeof text === 'string' && text === `${number}${unit}`;
  if (exact && !number.includes('.')) {
    const value = Number(number) * factor;
    return Number.isSafeInteger(value) ? { value } : { problem: 'but is too large: lower it' };
  }
  if (number.includes('.')) {
    return { problem: 'but must be a whole number with a unit: use a smaller unit' };
  }
  const remedy = `write "${meant(number, unit) ?? example}"`;
  return unit === ''
    ? { problem: `but has no unit (${names.join(', ')}): ${remedy}` }
    : {
        problem: `but the units are ${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}: ${remedy}`,
      };
}

function format<U extends string>(
  value: number,
  units: Record<U, number>,
  smallest: U,
): `${number}${U}` {
  let best: U = smallest;
  for (const unit of Object.keys(units) as U[]) {
    if (value !== 0 && value % units[unit] === 0) best = unit;
  }
  return `${value / units[best]}${best}`;
}
