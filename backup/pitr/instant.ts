// Times in microseconds since 1970, the precision of Postgres commit times. A Date has only milliseconds.

const SHAPE =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)$/;
/** A valid date and time without a time zone. */
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?)?$/;

/**
 * Parses `2026-11-21T15:30:00.123456+01:00`, also in the format of Postgres.
 *
 * @throws if the time is invalid or has no time zone, because a wrong zone would restore other data
 */
export function parseInstant(text: string): number {
  const trimmed = text.trim();
  const [, day, minute, second = '00', fraction = '', zone] = SHAPE.exec(trimmed) ?? [];
  const at =
    day === undefined ? NaN : Date.parse(`${day}T${String(minute)}:${second}${offset(zone ?? '')}`);
  if (Number.isNaN(at) || !isCalendarDay(String(day))) {
    const remedy = WITHOUT_ZONE.test(trimmed)
      ? 'add the time zone, such as 2026-11-21T15:30:00+01:00 or …Z'
      : 'write it like 2026-11-21T15:30:00+01:00';
    throw new Error(
      `the time is ${JSON.stringify(text)} but must be a time with a time zone: ${remedy}`,
    );
  }
  return at * 1000 + Number(fraction.padEnd(6, '0'));
}

/** `2026-11-21T14:30:00.123456Z` */
export function formatInstant(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  const fraction = String(micros - second * 1_000_000).padStart(6, '0');
  return `${new Date(second * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

function offset(zone: string): string {
  if (zone === 'Z' || zone === 'UTC') return 'Z';
  return zone.length === 3 ? `${zone}:00` : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
}

function isCalendarDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
