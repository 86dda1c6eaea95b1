// A rehearsal: faults are made, and it is looked at whether each is told of, how soon, and whether the alert ends with it.

import { setTimeout as wait } from 'node:timers/promises';
import { alertNames, prometheusAlerts, routedAlerts, type Monitors } from './monitors.ts';
import type { Fault } from './faults.ts';
import type { Stage } from './stage.ts';

export interface Rehearsed {
  readonly alert: string;
  readonly what: string;
  /** From the fault to the alert that Alertmanager has and hides from nobody; undefined when it never came. */
  readonly toldSec: number | undefined;
  /** From the end of the fault to the end of the alert; undefined when it went on. */
  readonly resolvedSec: number | undefined;
  /** What could not be done, in words. */
  readonly problem?: string;
}

export interface Patience {
  /** How long an alert may take to come, in seconds. @default 600 */
  readonly toldSec: number;
  /** How long it may take to end. @default 1200 */
  readonly resolvedSec: number;
}

const LOOK_MS = 1000;

/** Makes one wave of faults, waits for their alerts, takes the faults back and waits again. Always takes back what it made. */
export async function rehearse(
  wave: readonly Fault[],
  stage: Stage,
  monitors: Monitors,
  patience: Patience,
  say: (line: string) => void,
): Promise<Rehearsed[]> {
  const known = await alertNames(monitors.prometheus);
  const begun = new Map<Fault, number>();
  const problems = new Map<Fault, string>();
  let told = new Map<string, number>();
  let resolved = new Map<string, number>();
  let ended = 0;
  try {
    for (const fault of wave) {
      say(`${fault.alert}: ${fault.what}`);
      if (!known.includes(fault.alert)) problems.set(fault, 'there is no such alert');
      begun.set(fault, Date.now());
      await fault.begin(stage).catch((error: unknown) => problems.set(fault, words(error)));
    }
    const wanted = wave.filter((fault) => !problems.has(fault)).map(({ alert }) => alert);
    told = await until(
      wanted,
      patience.toldSec,
      async () => toldNow(monitors),
      (alert, sec) => say(`${alert}: told ${sec.toFixed(0)} s after the last fault was made`),
    );
  } finally {
    for (const fault of begun.keys()) {
      await fault
        .end(stage)
        .catch((error: unknown) => problems.set(fault, `not taken back: ${words(error)}`));
    }
    ended = Date.now();
    resolved = await until([...told.keys()], patience.resolvedSec, async () => {
      const firing = await firingNow(monitors);
      return new Set([...told.keys()].filter((alert) => !firing.has(alert)));
    });
  }
  return wave.map((fault) => {
    const at = told.get(fault.alert);
    const over = resolved.get(fault.alert);
    const problem = problems.get(fault);
    return {
      alert: fault.alert,
      what: fault.what,
      toldSec: at === undefined ? undefined : (at - (begun.get(fault) ?? at)) / 1000,
      resolvedSec: over === undefined ? undefined : (over - ended) / 1000,
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

/** When each of some names was first seen; ends when all were, or time is up. */
async function until(
  names: readonly string[],
  seconds: number,
  look: () => Promise<ReadonlySet<string>>,
  seen: (name: string, sec: number) => void = () => undefined,
): Promise<Map<string, number>> {
  const begun = Date.now();
  const at = new Map<string, number>();
  while (at.size < names.length && Date.now() - begun < seconds * 1000) {
    // What watches may be what is broken just now.
    const there = await look().catch(() => new Set<string>());
    for (const name of names) {
      if (!there.has(name) || at.has(name)) continue;
      at.set(name, Date.now());
      seen(name, (Date.now() - begun) / 1000);
    }
    await wait(LOOK_MS);
  }
  return at;
}

/** Alerts that Alertmanager has, and tells. */
async function toldNow({ alertmanager }: Monitors): Promise<ReadonlySet<string>> {
  const alerts = await routedAlerts(alertmanager);
  return new Set(
    alerts
      .filter(({ status }) => status.state === 'active')
      .map(({ labels }) => labels['alertname'] ?? ''),
  );
}

async function firingNow({ prometheus }: Monitors): Promise<ReadonlySet<string>> {
  const alerts = await prometheusAlerts(prometheus);
  return new Set(
    alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['alertname'] ?? ''),
  );
}

/** Whether every fault was told of, and every alert ended with it. */
export function allTold(done: readonly Rehearsed[]): boolean {
  return done.every(
    ({ toldSec, resolvedSec, problem }) =>
      toldSec !== undefined && resolvedSec !== undefined && problem === undefined,
  );
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
