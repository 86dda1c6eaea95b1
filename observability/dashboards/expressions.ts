/** Questions that more than one board asks. Pure. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import { share as percent } from '../alerts/format.ts';
import type { Thresholds } from '../alerts/thresholds.ts';

/** Jobs of the Redis servers that there are. */
export function redisServers({ redis, exporters }: EnvironmentConfig): readonly string[] {
  if (!exporters.enabled) return [];
  return (['cache', 'queue'] as const)
    .filter((server) => redis[server].enabled)
    .map((server) => `redis-${server}`);
}

/** Alerts that fire, without the one that always does, to show that alerts arrive. */
export const FIRING = 'ALERTS{alertstate="firing",alertname!="Watchdog"}';

/** Calls of the probe, by what came of them. */
export const callsPerSecond =
  'sum by (result) (rate(plinth_probe_requests_total[$__rate_interval]))';

/** Failed calls a second; told by what did not succeed, so that a missing series is no success. */
export const callsFailed =
  '(sum(rate(plinth_probe_requests_total[$__rate_interval])) - ' +
  '(sum(rate(plinth_probe_requests_total{result="ok"}[$__rate_interval])) or vector(0)))';

/** In seconds. */
export const latency99 =
  'histogram_quantile(0.99, sum by (le) (rate(plinth_probe_duration_seconds_bucket[$__rate_interval])))';

/** An error budget is for so many days. */
export const BUDGET_DAYS = 30;

/** Of them, those that measurements are kept for. */
export const budgetDays = ({ monitoring }: EnvironmentConfig): number =>
  Math.min(BUDGET_DAYS, monitoring.retentionDays);

/** Failed calls as a part of all in `window`. */
export const failedShare = (window: string): string =>
  `(1 - (sum(increase(plinth_probe_requests_total{result="ok"}[${window}])) or vector(0))` +
  ` / sum(increase(plinth_probe_requests_total[${window}])))`;

/** How many times as fast as it lasts the budget went in `window`; 1 is just as fast. */
export const budgetSpent = (t: Thresholds, window: string): string =>
  `${failedShare(window)} / ${budget(t)}`;

/** Calls that may fail, as a part of all. */
const budget = (t: Thresholds): string => percent(100 - t.availabilityPercent);

/** 1 when the newest logical backup is too old, or there is none. */
export const backupTooOld = (t: Thresholds): string =>
  `time() - (max(plinth_backup_last_success_timestamp_seconds) or vector(0)) > bool ${String(t.backupAgeSec)}`;

/** What a panel says instead of -1. */
export const NEVER = 'Never yet';

/** Seconds since `metric`; -1 where it never was. */
export const since = (metric: string): string =>
  // Some of them say 0 for never, others are not there at all.
  `(time() - (max(${metric}) > 0)) or vector(-1)`;

/** The used part of the fullest volume. */
export const fullestVolume = 'max(1 - plinth_volume_available_bytes / plinth_volume_size_bytes)';

/** `a / b`, and `otherwise` while nothing is counted in b. */
export const share = (a: string, b: string, otherwise: number): string =>
  `${a} / (${b} > 0) or vector(${String(otherwise)})`;
