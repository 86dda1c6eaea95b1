// Times and spans of time as people type them. Pure.

import { UsageError } from './command.ts';

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * `90s`, `10m`, `2h`, `7d` as milliseconds.
 *
 * @throws UsageError with what is allowed
 */
export function parseTimeSpan(option: string, typed: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})(s|m|min|h|d)$/.exec(typed) ?? [];
  const span = Number(count) * (UNITS[unit] ?? 0);
  if (span > 0) return span;
  throw new UsageError(
    `--${option} is ${JSON.stringify(typed)}, but must be a whole number with s, m, h or d: write for example 10m`,
  );
}

/**
 * A moment: that long ago, or as it is written, in UTC where no zone is.
 *
 * @throws UsageError with what is allowed
 */
export function parseTimestamp(option: string, typed: string, now: Date): Date {
  if (/^\d+[a-z]+$/.test(typed)) return new Date(now.getTime() - parseTimeSpan(option, typed));
  const iso =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(
      typed,
    );
  if (iso !== null) {
    const [, day = '', time = '00:00', zone = 'Z'] = iso;
    const moment = new Date(`${day}T${time}${zone}`);
    if (!Number.isNaN(moment.getTime())) return moment;
  }
  throw new UsageError(
    `--${option} is ${JSON.stringify(typed)}, but must be how long ago or when: write for example 10m or 2026-01-31T12:00`,
  );
}
