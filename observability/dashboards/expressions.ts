/** Queries that more than one board uses. Pure. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import { share as percent } from '../alerts/format.ts';
import type { Thresholds } from '../alerts/thresholds.ts';

/** Jobs of the enabled Redis servers. */
export function redisServers({ redis, exporters }: EnvironmentConfig): readonly string[] {
  if (!exporters.enabled) return [];
  return (['cache', 'queue'] as const)
    .filter((server) => redis[server].enabled)
    .map((server) => `redis-${server}`);
}

/** Firing alerts, without the Watchdog, which always fires. */
export const FIRING = 'ALERTS{alertstate="firing",alertname!="Watchdog"}';

/** Probe queries per second, by result. */
export const callsPerSecond =
  'sum by (result) (rate(plinth_probe_requests_total[$__rate_interval]))';

/** Failed probe queries per second, computed as all minus successful, so that a missing series does not count as success. */
export const callsFailed =
  '(sum(rate(plinth_probe_requests_total[$__rate_interval])) - ' +
  '(sum(rate(plinth_probe_requests_total{result="ok"}[$__rate_interval])) or vector(0)))';

/** In seconds. */
export const latency99 =
  'histogram_quantile(0.99, sum by (le) (rate(plinth_probe_duration_seconds_bucket[$__rate_interval])))';

/** Period of the error budget, in days. */
export const BUDGET_DAYS = 30;

/** The part of that period that Prometheus retains, in days. */
export const budgetDays = ({ monitoring }: EnvironmentConfig): number =>
  Math.min(BUDGET_DAYS, monitoring.retentionDays);

/** Ratio of failed probe queries in `window`. */
export const failedShare = (window: string): string =>
  `(1 - (sum(increase(plinth_probe_requests_total{result="ok"}[${window}])) or vector(0))` +
  ` / sum(increase(plinth_probe_requests_total[${window}])))`;

/** Burn rate of the error budget in `window`; 1 consumes it exactly within its period. */
export const budgetSpent = (t: Thresholds, window: string): string =>
  `${failedShare(window)} / ${budget(t)}`;

/** Ratio of queries that may fail. */
const budget = (t: Thresholds): string => percent(100 - t.availabilityPercent);

/** 1 if the newest logical backup is too old, or if there is none. */
export const backupTooOld = (t: Thresholds): string =>
  `time() - (max(plinth_backup_last_success_timestamp_seconds) or vector(0)) > bool ${String(t.backupAgeSec)}`;

/** Text that a panel shows instead of -1. */
export const NEVER = 'Never yet';

/** Seconds since the timestamp `metric`; -1 for never. */
export const since = (metric: string): string =>
  // Some of these metrics are 0 for never, others are absent.
  `(time() - (max(${metric}) > 0)) or vector(-1)`;

/** Used ratio of the fullest volume. */
export const fullestVolume = 'max(1 - plinth_volume_available_bytes / plinth_volume_size_bytes)';

/** `a / b`, or `otherwise` while b is 0. */
export const share = (a: string, b: string, otherwise: number): string =>
  `${a} / (${b} > 0) or vector(${String(otherwise)})`;
