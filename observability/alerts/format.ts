/** Formats numbers and durations for PromQL and for texts. Pure. */
import type { Thresholds } from './thresholds.ts';

const UNITS = [
  { seconds: 86_400, letter: 'd', name: 'd' },
  { seconds: 3600, letter: 'h', name: 'h' },
  { seconds: 60, letter: 'm', name: 'min' },
] as const;

/** A number without binary rounding errors: 1 - 0.999 is 0.001. */
export function number(value: number): string {
  return String(Number(value.toPrecision(12)));
}

/** A percentage as a ratio. */
export function share(percent: number): string {
  return number(percent / 100);
}

/** A duration in PromQL. */
export function span(seconds: number): string {
  const whole = Math.ceil(seconds);
  const unit = UNITS.find((one) => whole % one.seconds === 0 && whole > 0);
  return unit === undefined ? `${String(whole)}s` : `${String(whole / unit.seconds)}${unit.letter}`;
}

/** A duration for texts: `5 min`, `90 s`, `25 h`, `7 d 1 h`. */
export function time(seconds: number): string {
  const [day, hour] = [86_400, 3600];
  if (seconds > 2 * day && seconds % hour === 0 && seconds % day !== 0) {
    return `${number(Math.floor(seconds / day))} d ${number((seconds % day) / hour)} h`;
  }
  const unit = UNITS.find((one) => seconds % one.seconds === 0 && seconds > 0);
  return unit === undefined
    ? `${number(seconds)} s`
    : `${number(seconds / unit.seconds)} ${unit.name}`;
}

/** Bytes for texts, for numbers that are a multiple of a unit. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, value)) / 10));
  return `${number(value / 1024 ** power)} ${String(units[power])}`;
}

/** The range of a rate: at least four scrape intervals. */
export function range({ scrapeIntervalSec }: Thresholds, seconds: number): string {
  return span(Math.max(seconds, 4 * scrapeIntervalSec));
}

/** The same range, for texts. */
export function rangeInWords({ scrapeIntervalSec }: Thresholds, seconds: number): string {
  return time(Math.max(seconds, 4 * scrapeIntervalSec));
}

/** A regular expression that matches exactly these label values. */
export function oneOf(values: readonly string[]): string {
  return values.map((value) => value.replace(/[.+*?^$()[\]{}|\\]/g, '\\\\$&')).join('|');
}
