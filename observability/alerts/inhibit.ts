/** One fault, one message: which alerts are not told while another one fires that explains them. Pure. */
import type { Alert } from './rule.ts';

/** As Alertmanager reads it. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

/**
 * An alert about one of several things explains others only about the same one: a queue that is down says nothing about the cache. A
 * target without the label is about something else, and is told.
 */
const SAME: Readonly<Record<string, readonly string[]>> = {
  RedisDown: ['job'],
  ApplicationDown: ['job'],
  ContainerOomKilled: ['part'],
  DiskFullSoon: ['volume'],
};

/** Where an alert about one thing explains another only about a certain one: its matchers, by source and target. */
const ONLY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  PostgresDown: { ContainerRestarting: 'part="postgres"' },
  PoolerDown: { ContainerRestarting: 'part="pgbouncer"' },
};

/** For Alertmanager, in the order of the alerts; what the environment does not have is left out. */
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

/** Names that the tables above are about, for the test that they exist. */
export const NAMED_SOURCES: readonly string[] = [...Object.keys(SAME), ...Object.keys(ONLY)];
