/**
 * Two promises about calls through the pooler, and how fast their error budgets are spent. Several windows of time, so that a
 * total failure is told within minutes and a slow leak at all, and each with a short one beside it, so that it ends when the
 * fault does.
 */
import type { Thresholds } from './thresholds.ts';
import type { Alert, Recording, RuleGroup } from './rule.ts';
import { number } from './format.ts';

interface BurnWindow {
  /** End of the alert's name. */
  readonly name: string;
  readonly long: string;
  readonly short: string;
  /** How many times faster than the budget of thirty days allows. */
  readonly factor: number;
  readonly severity: Alert['severity'];
  readonly forSec: number;
  /** How much of the budget of thirty days is gone then. */
  readonly spent: string;
}

/** Of the two windows that page somebody. */
export const HOUR_BURN = 14.4;
export const SIX_HOURS_BURN = 6;

const WINDOWS: readonly BurnWindow[] = [
  {
    ...{ name: 'Hour', long: '1h', short: '5m', factor: HOUR_BURN },
    ...{ severity: 'critical', forSec: 60, spent: '2 % in an hour, all in two days' },
  },
  {
    ...{ name: 'SixHours', long: '6h', short: '30m', factor: SIX_HOURS_BURN },
    ...{ severity: 'critical', forSec: 300, spent: '5 % in six hours, all in five days' },
  },
  {
    ...{ name: 'Day', long: '1d', short: '2h', factor: 3 },
    ...{ severity: 'warning', forSec: 900, spent: '10 % in a day, all in ten days' },
  },
  {
    ...{ name: 'ThreeDays', long: '3d', short: '6h', factor: 1 },
    ...{ severity: 'warning', forSec: 1800, spent: '10 % in three days, all in thirty' },
  },
];

/** How a promise is measured. */
interface Objective {
  /** Beginning of the alerts' names. */
  readonly name: string;
  /** Middle of the recorded figures' names: `slo:<metric>:ratio_rate1h`. */
  readonly metric: string;
  /** Calls in a hundred that may fail. */
  readonly budget: number;
  /** PromQL: how many calls a second were bad. */
  readonly bad: (window: string) => string;
  readonly all: (window: string) => string;
  readonly bads: string;
  readonly now: string;
  readonly promise: string;
}

function objectives(t: Thresholds): readonly Objective[] {
  const all = (window: string) => `sum(rate(plinth_probe_requests_total[${window}]))`;
  const timed = (window: string) => `sum(rate(plinth_probe_duration_seconds_count[${window}]))`;
  const limit = number(t.latencyMs / 1000);
  return [
    {
      name: 'AvailabilityBudget',
      metric: 'availability_errors',
      budget: (100 - t.availabilityPercent) / 100,
      bad: (window) => `sum(rate(plinth_probe_requests_total{result="failed"}[${window}]))`,
      all,
      bads: 'of the calls through the pooler failed',
      now: 'Calls through the pooler fail',
      promise: `${number(t.availabilityPercent)} % succeed (monitoring.thresholds.availability)`,
    },
    {
      name: 'LatencyBudget',
      metric: 'latency_errors',
      // Of a hundred calls, 99 are answered in time: part of the promise, not a setting.
      budget: 0.01,
      bad: (window) =>
        `${timed(window)} - sum(rate(plinth_probe_duration_seconds_bucket{le="${limit}"}[${window}]))`,
      all: timed,
      bads: 'of the calls through the pooler were slow',
      now: 'Calls through the pooler are slow',
      promise: `99 % are answered within ${number(t.latencyMs)} ms (monitoring.thresholds.latency)`,
    },
  ];
}

/** Names of the alerts, for those that explain them. */
export const AVAILABILITY_BURNS = burnNames('AvailabilityBudget');
export const LATENCY_BURNS = burnNames('LatencyBudget');

function burnNames(objective: string): readonly string[] {
  return WINDOWS.map(({ name }) => `${objective}Burn${name}`);
}

export function sloRules(t: Thresholds): RuleGroup {
  const all = objectives(t);
  return {
    name: 'slo',
    recordings: all.flatMap((objective) => recordings(objective)),
    alerts: all.flatMap((objective) =>
      // A budget so large that not even a total failure spends it that fast has no such alert.
      WINDOWS.filter(({ factor }) => factor * objective.budget < 1).map((window) =>
        alert(objective, window),
      ),
    ),
  };
}

function recordings({ metric, bad, all }: Objective): Recording[] {
  const windows = [...new Set(WINDOWS.flatMap(({ long, short }) => [short, long]))];
  return [
    ...windows.map((window) => ({
      record: `slo:${metric}:ratio_rate${window}`,
      expr: `(${bad(window)}) / ${all(window)}`,
    })),
    ...WINDOWS.map(({ long }) => ({ record: `slo:${metric}:rate${long}`, expr: bad(long) })),
  ];
}

function alert(
  { name, metric, budget, bads, now, promise }: Objective,
  { name: window, long, short, factor, severity, forSec, spent }: BurnWindow,
): Alert {
  const limit = number(factor * budget);
  const later = WINDOWS.filter((one) => one.factor < factor).map((one) => `${name}Burn${one.name}`);
  return {
    name: `${name}Burn${window}`,
    subject: 'slo',
    severity,
    // With one call a second, the last line asks that half of that share of the budget is really gone. Without it, an
    // environment a minute old that failed for a second would be judged as if the window were full.
    expr:
      `slo:${metric}:ratio_rate${long} > ${limit}\n` +
      `and slo:${metric}:ratio_rate${short} > ${limit}\n` +
      `and slo:${metric}:rate${long} > ${number((factor * budget) / 2)}`,
    forSec,
    why: `${promise}; ${number(factor)} times as fast as the budget of thirty days allows loses ${spent}.`,
    summary: `${now}: the error budget loses ${spent}`,
    description:
      `{{ $value | humanizePercentage }} ${bads} within ${long}; the alert begins at ` +
      `${number(factor * budget * 100)} %. Promised is that ${promise}.`,
    ...(later.length === 0 ? {} : { explains: later }),
  };
}
