/** Time zone names of the tz database. */
import { nearest } from '../lib/suggest.ts';

/** The problem with the name of a time zone, as the rest of a sentence. Undefined if the name is valid. */
export function timezoneProblem(name: string): string | undefined {
  // Offsets such as +02:00 have no daylight saving time, and Postgres inverts their sign (POSIX).
  if (/^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$/.test(name) && isKnown(name)) return undefined;
  const meant =
    name.length > 64
      ? undefined
      : nearest(name, ['Etc/UTC', ...Intl.supportedValuesOf('timeZone')]);
  return `but must be a time zone such as Europe/Berlin: ${meant === undefined ? 'write Etc/UTC when in doubt' : `write ${meant}`}`;
}

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
