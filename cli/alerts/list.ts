// What fires now, and what is done about it. Pure.

import { TEST_ALERT, WATCHDOG } from '../../observability/alertmanager/routing.ts';
import { duration } from '../../lib/progress.ts';
import { table } from '../table.ts';
import type { Labels, PrometheusAlert, RoutedAlert } from './prometheus-client.ts';

export interface ListedAlert {
  readonly name: string;
  readonly severity: string;
  readonly state: 'pending' | 'firing';
  /** Told to those who are to hear of it, or why not; undefined while nothing is told of it. */
  readonly told: 'told' | 'silenced' | 'inhibited' | 'not told' | undefined;
  readonly since: string;
  readonly value: number;
  readonly summary: string;
  readonly description: string;
  readonly runbook: string;
  readonly labels: Labels;
}

export interface Listing {
  readonly alerts: readonly ListedAlert[];
  /** Whether the alert that always fires does. */
  readonly watched: boolean;
  readonly tests: readonly RoutedAlert[];
}

const RANK = ['critical', 'warning', 'info'];

/**
 * @param routed undefined where Alertmanager does not answer
 */
export function listing(
  alerts: readonly PrometheusAlert[],
  routed: readonly RoutedAlert[] | undefined,
): Listing {
  return {
    alerts: alerts
      .filter(({ labels }) => labels['alertname'] !== WATCHDOG)
      .map((alert) => listed(alert, routed))
      .sort((a, b) => order(a) - order(b) || compare(a.since, b.since) || compare(a.name, b.name)),
    watched: alerts.some(
      ({ labels, state }) => labels['alertname'] === WATCHDOG && state === 'firing',
    ),
    tests: (routed ?? []).filter(({ labels }) => labels['alertname'] === TEST_ALERT),
  };
}

function listed(alert: PrometheusAlert, routed: readonly RoutedAlert[] | undefined): ListedAlert {
  const { labels, annotations, state, activeAt, value } = alert;
  return {
    name: labels['alertname'] ?? '',
    severity: labels['severity'] ?? '',
    state,
    told: state === 'pending' ? undefined : toldOf(alert, routed),
    since: activeAt,
    value: Number(value),
    summary: annotations['summary'] ?? '',
    description: annotations['description'] ?? '',
    runbook: annotations['runbook'] ?? '',
    labels,
  };
}

/** Alertmanager's has the labels of Prometheus's, and the external ones beside them. */
function toldOf({ labels }: PrometheusAlert, routed: readonly RoutedAlert[] | undefined) {
  const found = routed?.find((one) =>
    Object.entries(labels).every(([name, value]) => one.labels[name] === value),
  );
  if (found === undefined) return 'not told' as const;
  if (found.status.silencedBy.length > 0) return 'silenced' as const;
  return found.status.inhibitedBy.length > 0 ? ('inhibited' as const) : ('told' as const);
}

function order({ state, severity }: ListedAlert): number {
  const rank = RANK.indexOf(severity);
  return (state === 'firing' ? 0 : RANK.length + 1) + (rank === -1 ? RANK.length : rank);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a program that watches should stop: something critical fires and nobody has silenced it, or nobody watches. */
export function alarming({ alerts, watched }: Listing): boolean {
  return (
    !watched ||
    alerts.some(
      ({ severity, state, told }) =>
        severity === 'critical' && state === 'firing' && told !== 'silenced',
    )
  );
}

/** The list a person reads. */
export function listLines({ alerts, watched, tests }: Listing, nowMs: number): string[] {
  const rows = alerts.map((one) => [
    one.told === undefined || one.told === 'told' ? one.state : `${one.state}, ${one.told}`,
    one.severity,
    one.name,
    duration(nowMs - Date.parse(one.since)),
    formatNumber(one.value),
    one.summary,
    one.runbook,
  ]);
  const heads = ['STATE', 'SEVERITY', 'ALERT', 'FOR', 'VALUE', 'WHAT', 'RUNBOOK'];
  return [
    ...(alerts.length === 0 ? ['nothing fires'] : [table([heads, ...rows])]),
    ...(tests.length === 0 ? [] : [`${String(tests.length)} test is under way`]),
    ...(watched
      ? []
      : [
          `${WATCHDOG} does not fire, which it always should: rules are not looked at, so nothing here says that all is well`,
        ]),
  ];
}

/** A value with three digits that matter. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
