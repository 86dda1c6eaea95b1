/** What an alert and a recorded figure are: typed data, rendered to the files that Prometheus reads. Pure. */
import { stringify } from 'yaml';
import type { Severity } from '../../config/monitoring/config.ts';

/** What an alert is about; dashboards and `plinth logs` know parts by the same names. */
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
  /** In CamelCase; its runbook is `docs/runbooks/<name>.md`. */
  readonly name: string;
  readonly subject: Subject;
  readonly severity: Severity;
  /** PromQL. What it gives is told as `{{ $value }}`. */
  readonly expr: string;
  /** How long it must hold, in seconds. */
  readonly forSec: number;
  /** How long it goes on after it no longer holds, in seconds. @default 0 */
  readonly keepFiringForSec?: number;
  /** Why it begins there and not elsewhere, and where the number is from. */
  readonly why: string;
  /** One line, for the subject of a message. May use `{{ $labels.… }}`. */
  readonly summary: string;
  /** What is so, with the value and the threshold. */
  readonly description: string;
  /** Alerts that follow from this one, and are not told while it fires. @default none */
  readonly explains?: readonly string[];
}

/** A figure that is worked out once, for panels and alerts that would each do it again. */
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

/** Where runbooks are read. */
export const RUNBOOKS = 'docs/runbooks';

/** A file of rules, as Prometheus reads it. */
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

/** All alerts of some groups. */
export function alertsOf(groups: readonly RuleGroup[]): Alert[] {
  return groups.flatMap(({ alerts = [] }) => alerts);
}
