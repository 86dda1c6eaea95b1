/**
 * Two service level objectives for queries through PgBouncer, with multi-window burn-rate alerts. The different windows detect
 * both a total outage within minutes and a slow loss of budget. Each long window is combined with a short one, so that the alert
 * resolves soon after the fault ends.
 */
import type { Thresholds } from './thresholds.ts';
import type { Alert, Recording, RuleGroup } from './rule.ts';
import { number } from './format.ts';

interface BurnWindow {
  /** Suffix of the alert name. */
  readonly name: string;
  readonly long: string;
  readonly short: string;
  /** Burn rate, relative to the error budget of 30 days. */
  readonly factor: number;
  readonly severity: Alert['severity'];
  readonly forSec: number;
  /** Consumed part of the 30-day error budget, for the summary. */
  readonly spent: string;
}

/** Burn rates of the two critical windows. */
export const HOUR_BURN = 14.4;
export const SIX_HOURS_BURN = 6;

const WINDOWS: readonly BurnWindow[] = [
  {
    ...{ name: 'Hour', long: '1h', short: '5m', factor: HOUR_BURN },
    ...{ severity: 'critical', forSec: 60, spent: '2 % in an hour, 100 % in two days' },
  },
  {
    ...{ name: 'SixHours', long: '6h', short: '30m', factor: SIX_HOURS_BURN },
    ...{ severity: 'critical', forSec: 300, spent: '5 % in six hours, 100 % in five days' },
  },
  {
    ...{ name: 'Day', long: '1d', short: '2h', factor: 3 },
    ...{ severity: 'warning', forSec: 900, spent: '10 % in a day, 100 % in ten days' },
  },
  {
    ...{ name: 'ThreeDays', long: '3d', short: '6h', factor: 1 },
    ...{ severity: 'warning', forSec: 1800, spent: '10 % in three days, 100 % in thirty days' },
  },
];

/** A service level objective and how it is measured. */
interface Objective {
  /** Prefix of the alert names. */
  readonly name: string;
  /** Middle part of the recording rule names: `slo:<metric>:ratio_rate1h`. */
  readonly metric: string;
  /** Ratio of the queries that may fail. */
  readonly budget: number;
  /** PromQL: bad queries per second. */
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
      bads: 'of the queries through PgBouncer failed',
      now: 'Queries through PgBouncer fail',
      promise: `${number(t.availabilityPercent)} % succeed (monitoring.thresholds.availability)`,
    },
    {
      name: 'LatencyBudget',
      metric: 'latency_errors',
      // 99 % of the queries must finish in time: a fixed part of the objective, not a setting.
      budget: 0.01,
      bad: (window) =>
        `${timed(window)} - sum(rate(plinth_probe_duration_seconds_bucket{le="${limit}"}[${window}]))`,
      all: timed,
      bads: 'of the queries through PgBouncer were slow',
      now: 'Queries through PgBouncer are slow',
      promise: `99 % finish within ${number(t.latencyMs)} ms (monitoring.thresholds.latency)`,
    },
  ];
}

/** Names of the burn-rate alerts, for the alerts that inhibit them. */
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
      // Skip windows whose burn rate even a total outage cannot reach.
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
    // At one query per second, the last line requires that half of that part of the budget is really consumed. Without it, a
    // one-minute-old environment that failed for a second would be judged as if the window were full.
    expr:
      `slo:${metric}:ratio_rate${long} > ${limit}\n` +
      `and slo:${metric}:ratio_rate${short} > ${limit}\n` +
      `and slo:${metric}:rate${long} > ${number((factor * budget) / 2)}`,
    forSec,
    why: `Objective: ${promise}. A burn rate of ${number(factor)} spends the 30-day error budget: ${spent}.`,
    summary: `${now}: the error budget burns, ${spent}`,
    description:
      `{{ $value | humanizePercentage }} ${bads} within ${long}; the alert fires above ` +
      `${number(factor * budget * 100)} %. Objective: ${promise}.`,
    ...(later.length === 0 ? {} : { explains: later }),
  };
}
