/** Alerting and recording rules as typed data, rendered to Prometheus rule files. Pure. */
import { stringify } from 'yaml';
import type { Severity } from '../../config/monitoring/config.ts';

/** The subject of an alert; dashboards and `plinth logs` use the same names. */
export type Subject =
  | 'postgres'
  | 'pgbouncer'
  | 'redis'
  | 'backup'
  | 'access'
  | 'application'
  | 'host'
  | 'monitoring'
  | 'slo';

export interface Alert {
  /** In CamelCase; the runbook is `docs/runbooks/<name>.md`. */
  readonly name: string;
  readonly subject: Subject;
  readonly severity: Severity;
  /** PromQL. Its result is available as `{{ $value }}`. */
  readonly expr: string;
  /** How long the expression must be true before the alert fires, in seconds. */
  readonly forSec: number;
  /** How long the alert keeps firing after the expression is no longer true, in seconds. @default 0 */
  readonly keepFiringForSec?: number;
  /** The reason for the threshold and the duration, and the setting they come from. */
  readonly why: string;
  /** One line, for the subject of a notification. May use `{{ $labels.… }}`. */
  readonly summary: string;
  /** The current state, with the value and the threshold. */
  readonly description: string;
  /** Alerts that follow from this one and are inhibited while it fires. @default none */
  readonly explains?: readonly string[];
}

/** A recording rule: computed once, used by several panels and alerts. */
export interface Recording {
  /** `level:metric:operation` */
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly recordings?: readonly Recording[];
  readonly alerts?: readonly Alert[];
}

/** Folder of the runbooks. */
export const RUNBOOKS = 'docs/runbooks';

/** A Prometheus rule file. */
export function renderRules(groups: readonly RuleGroup[]): string {
  return stringify(
    {
      groups: groups.map(({ name, recordings = [], alerts = [] }) => ({
        name,
        rules: [...recordings, ...alerts.map(rendered)],
      })),
    },
    { lineWidth: 0 },
  );
}

function rendered(alert: Alert) {
  const { name, subject, severity, expr, forSec, keepFiringForSec = 0 } = alert;
  return {
    alert: name,
    expr,
    for: `${String(forSec)}s`,
    ...(keepFiringForSec === 0 ? {} : { keep_firing_for: `${String(keepFiringForSec)}s` }),
    labels: { severity, subject },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      why: alert.why,
      runbook: `${RUNBOOKS}/${name}.md`,
    },
  };
}

/** All alerts of the groups. */
export function alertsOf(groups: readonly RuleGroup[]): Alert[] {
  return groups.flatMap(({ alerts = [] }) => alerts);
}
