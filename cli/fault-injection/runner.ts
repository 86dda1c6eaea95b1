// A rehearsal: faults are made, and it is looked at whether each is told of, how soon, and whether the alert ends with it.

import { setTimeout as wait } from 'node:timers/promises';
import {
  alertNames,
  prometheusAlerts,
  routedAlerts,
  type Monitors,
} from '../alerts/prometheus-client.ts';
import type { Fault } from './faults.ts';
import type { FaultTarget } from './target.ts';

export interface FaultResult {
  readonly alert: string;
  readonly what: string;
  /** From the fault to the alert that Alertmanager has and hides from nobody; undefined when it never came. */
  readonly toldSec: number | undefined;
  /** From the end of the fault to the end of the alert; undefined when it went on. */
  readonly resolvedSec: number | undefined;
  /** What could not be done, in words. */
  readonly problem?: string;
}

export interface Timeouts {
  /** How long an alert may take to come, in seconds. */
  readonly toldSec: number;
  /** How long it may take to end, in seconds. */
  readonly resolvedSec: number;
  /**
   * Alerts that somebody has heard of, where the receiver itself can be asked.
   *
   * @default - those that Alertmanager tells, and has had for as long as it collects a first message
   */
  readonly heard?: () => Promise<ReadonlySet<string>>;
}

const LOOK_MS = 1000;

/**
 * Makes faults, one wave after the other: waits for the alerts of a wave, takes its faults back, and goes on while the alerts end. Always takes
 * back what it made.
 */
export async function runFaults(
  waves: readonly (readonly Fault[])[],
  stage: FaultTarget,
  monitors: Monitors,
  patience: Timeouts,
  say: (line: string) => void,
): Promise<FaultResult[]> {
  const known = await alertNames(monitors.prometheus);
  const done: Promise<FaultResult[]>[] = [];
  for (const wave of waves) {
    const heard = patience.heard ?? toldFor(monitors);
    const made = await makeWave(wave, { stage, heard, known, say }, patience.toldSec);
    done.push(ended(made, monitors, patience.resolvedSec, say));
  }
  return (await Promise.all(done)).flat();
}

interface Made {
  readonly wave: readonly Fault[];
  /** When each was begun; absent for one that was not. */
  readonly begun: ReadonlyMap<Fault, number>;
  /** When each alert was told of, by its name. */
  readonly told: ReadonlyMap<string, number>;
  readonly problems: ReadonlyMap<Fault, string>;
  /** When all had been taken back. */
  readonly endedAt: number;
}

interface Around {
  readonly stage: FaultTarget;
  /** Alerts that somebody has heard of. */
  readonly heard: () => Promise<ReadonlySet<string>>;
  /** Alerts that Prometheus knows. */
  readonly known: readonly string[];
  readonly say: (line: string) => void;
}

async function makeWave(
  wave: readonly Fault[],
  { stage, heard, known, say }: Around,
  seconds: number,
): Promise<Made> {
  const begun = new Map<Fault, number>();
  const problems = new Map<Fault, string>();
  let told: Map<string, number>;
  try {
    for (const fault of wave) {
      say(`${fault.alert}: ${fault.what}`);
      if (!known.includes(fault.alert)) {
        problems.set(fault, 'there is no such alert');
        continue;
      }
      begun.set(fault, Date.now());
      await fault.begin(stage).catch((error: unknown) => problems.set(fault, words(error)));
    }
    const wanted = wave.filter((fault) => !problems.has(fault)).map(({ alert }) => alert);
    told = await until(wanted, seconds, heard, (alert) => say(`${alert}: told`));
  } finally {
    for (const fault of begun.keys()) {
      await fault
        .end(stage)
        .catch((error: unknown) => problems.set(fault, `not taken back: ${words(error)}`));
    }
  }
  return { wave, begun, told, problems, endedAt: Date.now() };
}

/** Waits until the alerts of a wave have ended. */
async function ended(
  { wave, begun, told, problems, endedAt }: Made,
  monitors: Monitors,
  seconds: number,
  say: (line: string) => void,
): Promise<FaultResult[]> {
  const names = [...told.keys()];
  const over = await until(
    names,
    seconds,
    async () => {
      const firing = await firingNow(monitors);
      return new Set(names.filter((alert) => !firing.has(alert)));
    },
    (alert) => say(`${alert}: ended`),
  );
  return wave.map((fault) => {
    const { alert, what } = fault;
    const toldAt = told.get(alert);
    const overAt = over.get(alert);
    const problem = problems.get(fault);
    return {
      alert,
      what,
      toldSec: toldAt === undefined ? undefined : (toldAt - (begun.get(fault) ?? toldAt)) / 1000,
      resolvedSec: overAt === undefined ? undefined : (overAt - endedAt) / 1000,
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

/** When each of some names was first seen; ends when all were, or time is up. */
async function until(
  names: readonly string[],
  seconds: number,
  look: () => Promise<ReadonlySet<string>>,
  seen: (name: string) => void,
): Promise<Map<string, number>> {
  const begun = Date.now();
  const at = new Map<string, number>();
  while (at.size < names.length && Date.now() - begun < seconds * 1000) {
    // What watches may be what is broken just now.
    const there = await look().catch(() => new Set<string>());
    for (const name of names) {
      if (!there.has(name) || at.has(name)) continue;
      at.set(name, Date.now());
      seen(name);
    }
    await wait(LOOK_MS);
  }
  return at;
}

/** An alert that ends before its first message is sent is never told: Alertmanager collects for five seconds. */
const COLLECTED_MS = 7000;

/** Alerts that Alertmanager has had for so long that it has told of them. */
function toldFor(monitors: Monitors): () => Promise<ReadonlySet<string>> {
  const since = new Map<string, number>();
  return async () => {
    const now = await toldNow(monitors);
    for (const name of since.keys()) if (!now.has(name)) since.delete(name);
    for (const name of now) if (!since.has(name)) since.set(name, Date.now());
    const old = [...since].filter(([, at]) => Date.now() - at >= COLLECTED_MS);
    return new Set(old.map(([name]) => name));
  };
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
export function allNotified(done: readonly FaultResult[]): boolean {
  return done.every(
    ({ toldSec, resolvedSec, problem }) =>
      toldSec !== undefined && resolvedSec !== undefined && problem === undefined,
  );
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
