/** What has to be measured for an alert to fire, for how long, and what it then says. */

/** How often rules are looked at, and everything is measured, in these cases. */
export const STEP_SEC = 15;

export interface AlertCase {
  readonly alert: string;
  /** What else has to be said about the case, where an alert has several. */
  readonly when?: string;
  /** What is measured, in promtool's notation: `gauge` and `counter` write it. */
  readonly series: Readonly<Record<string, string>>;
  /** When its condition first holds. It fires after its `for`, and not a step earlier. */
  readonly holdsSec: number;
  /** When it does not fire any more. */
  readonly goneSec: number | 'never';
  /** Besides severity and subject. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

/** A value for so many seconds, then the next; null is a series that is not there. */
export function gauge(...parts: readonly (readonly [value: number | null, seconds: number])[]) {
  return parts
    .map(([value, seconds]) => {
      const steps = Math.round(seconds / STEP_SEC);
      // promtool writes the value once and repeats it so many times.
      return value === null ? `_x${String(steps)}` : `${String(value)}+0x${String(steps - 1)}`;
    })
    .join(' ');
}

/** A counter that goes up by so much a second for so many seconds, from 0. */
export function counter(...parts: readonly (readonly [perSec: number, seconds: number])[]) {
  let value = 0;
  return parts
    .map(([perSec, seconds]) => {
      const steps = Math.round(seconds / STEP_SEC);
      const from = value;
      value += perSec * STEP_SEC * steps;
      return `${String(from)}+${String(perSec * STEP_SEC)}x${String(steps - 1)}`;
    })
    .join(' ');
}

/** Zero, and after so many seconds so many more. */
export function jump(afterSec: number, by: number, seconds: number) {
  return gauge([0, afterSec], [by, seconds]);
}
