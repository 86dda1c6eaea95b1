/** Inhibition rules: which alerts send no notification while an alert for the root cause fires. Pure. */
import type { Alert } from './rule.ts';

/** An inhibition rule in Alertmanager's format. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

/**
 * Labels that source and target must share: an alert about the queue must not inhibit an alert about the cache. A target
 * without the label is about something else and is not inhibited.
 */
const SAME: Readonly<Record<string, readonly string[]>> = {
  RedisDown: ['job'],
  ApplicationDown: ['job'],
  ContainerOomKilled: ['part'],
  DiskFullSoon: ['volume'],
};

/** Additional target matchers, by source and target, where an alert inhibits another one only for one container. */
const ONLY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  PostgresDown: { ContainerRestarting: 'part="postgres"' },
  PoolerDown: { ContainerRestarting: 'part="pgbouncer"' },
};

/** The inhibition rules, in the order of the alerts; alerts that the environment does not have are omitted. */
export function inhibitions(alerts: readonly Alert[]): InhibitRule[] {
  const known = new Set(alerts.map(({ name }) => name));
  return alerts.flatMap(({ name, explains = [] }) => {
    const targets = explains.filter((target) => known.has(target));
    const only = ONLY[name] ?? {};
    const rule = (names: readonly string[], ...more: readonly string[]): InhibitRule => ({
      source_matchers: [`alertname="${name}"`],
      target_matchers: [`alertname=~"${names.join('|')}"`, ...more],
      equal: ['stack', ...(SAME[name] ?? [])],
    });
    const plain = targets.filter((target) => only[target] === undefined);
    return [
      ...(plain.length === 0 ? [] : [rule(plain)]),
      ...targets.flatMap((target) => {
        const matcher = only[target];
        return matcher === undefined ? [] : [rule([target], matcher)];
      }),
    ];
  });
}

/** Source alerts named in the tables above; a test checks that they exist. */
export const NAMED_SOURCES: readonly string[] = [...Object.keys(SAME), ...Object.keys(ONLY)];
