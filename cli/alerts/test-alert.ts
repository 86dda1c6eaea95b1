// One alert that means nothing, sent through everything that a real one goes through behind Prometheus.

import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { TEST_ALERT, testedReceiver } from '../../observability/alertmanager/routing.ts';
import type { Severity } from '../../config/monitoring/config.ts';
import { UserError } from '../../lib/errors.ts';
import type { Endpoint } from '../connections.ts';
import { deliveriesFrom, type Deliveries } from './delivery-metrics.ts';
import { ask, receiverNames, routedAlerts } from './prometheus-client.ts';

export interface TestOptions {
  readonly stack: string;
  readonly severity: Severity;
  /** The one receiver that is to hear of it. @default all */
  readonly receiver?: string;
  /** @default 30_000 */
  readonly timeoutMs?: number;
  /** Why a delivery failed, in Alertmanager's own words; undefined when it has said nothing of it. */
  readonly reasonOf: (receiver: string, since: Date) => Promise<string | undefined>;
}

export type Outcome =
  | { readonly result: 'delivered'; readonly seconds: number; readonly resolved: boolean }
  | { readonly result: 'failed'; readonly reason: string }
  /** Its severity is above that of the test. */
  | { readonly result: 'not asked' };

export interface ReceiverOutcome {
  readonly receiver: string;
  readonly integration: string;
  readonly outcome: Outcome;
}

const LOOK_MS = 250;
const TIMEOUT_MS = 30_000;
/** It is told within a second that a test is over; a moment more for the receiver. */
const RESOLVED_MS = 6000;
/** Ends by itself where this program is killed. */
const LIFETIME_MS = 120_000;

type Counters = ReadonlyMap<string, Deliveries>;

/** Sends a test, waits until each receiver has it or cannot have it, and takes it back. */
export async function sendTest(
  alertmanager: Endpoint,
  options: TestOptions,
): Promise<ReceiverOutcome[]> {
  const all = (await receiverNames(alertmanager)).filter(
    (name) => testedReceiver(name) !== undefined,
  );
  const before = await counters(alertmanager, all);
  const begun = new Date();
  const alert = testAlert(options, begun);
  await ask('Alertmanager', alertmanager, '/api/v2/alerts', { method: 'POST', body: [alert] });
  try {
    const asked = await routedTo(alertmanager, alert.labels.test);
    const deadline = begun.getTime() + (options.timeoutMs ?? TIMEOUT_MS);
    const { done, last } = await untilDone(alertmanager, asked, before, begun, deadline);
    const outcomes = await Promise.all(
      all.map(async (name): Promise<ReceiverOutcome> => {
        const seconds = done.get(name);
        const common = {
          receiver: testedReceiver(name) ?? name,
          integration: before.get(name)?.integration ?? '',
        };
        if (!asked.includes(name)) return { ...common, outcome: { result: 'not asked' } };
        if (seconds !== undefined)
          return { ...common, outcome: { result: 'delivered', seconds, resolved: false } };
        const reason =
          (await options.reasonOf(name, begun)) ??
          `no answer within ${String(Math.round((deadline - begun.getTime()) / 1000))} s`;
        return { ...common, outcome: { result: 'failed', reason } };
      }),
    );
    await resolve(alertmanager, alert);
    const heard = await untilDone(
      alertmanager,
      [...done.keys()],
      last,
      new Date(),
      Date.now() + RESOLVED_MS,
    );
    return outcomes.map((one) =>
      one.outcome.result === 'delivered' && heard.done.has(nameOf(all, one.receiver))
        ? { ...one, outcome: { ...one.outcome, resolved: true } }
        : one,
    );
  } catch (error) {
    await resolve(alertmanager, alert);
    throw error;
  }
}

function nameOf(all: readonly string[], receiver: string): string {
  return all.find((name) => testedReceiver(name) === receiver) ?? '';
}

function testAlert({ stack, severity, receiver }: TestOptions, now: Date) {
  return {
    labels: {
      alertname: TEST_ALERT,
      severity,
      subject: 'monitoring',
      stack,
      // A group of its own: an earlier test cannot have been told instead.
      test: randomUUID(),
      ...(receiver === undefined ? {} : { receiver }),
    },
    annotations: {
      summary: `a test of who is told of alerts of ${stack}: nothing is wrong`,
      description: `Sent by 'plinth alerts test' as ${severity}, and taken back as soon as it is heard.`,
    },
    startsAt: now.toISOString(),
    endsAt: new Date(now.getTime() + LIFETIME_MS).toISOString(),
  };
}

async function resolve(alertmanager: Endpoint, alert: ReturnType<typeof testAlert>): Promise<void> {
  const body = [{ ...alert, endsAt: new Date().toISOString() }];
  await ask('Alertmanager', alertmanager, '/api/v2/alerts', { method: 'POST', body });
}

async function counters(alertmanager: Endpoint, names: readonly string[]): Promise<Counters> {
  const all = deliveriesFrom(await ask('Alertmanager', alertmanager, '/metrics'));
  if (names.every((name) => all.has(name))) return all;
  throw new UserError(
    'Alertmanager does not count deliveries by receiver, so nothing could be said of any',
    "run 'npx plinth up', which starts it with receiver-name-in-metrics",
  );
}

/** Who is told, as Alertmanager says itself. */
async function routedTo(alertmanager: Endpoint, test: string): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const [alert] = await routedAlerts(alertmanager, `test="${test}"`);
    if (alert?.status.state === 'suppressed') {
      throw new UserError(
        'the test is silenced or inhibited, so nobody is told of it',
        `see 'npx plinth alerts list', and 'npx plinth alerts unsilence ${TEST_ALERT}'`,
      );
    }
    if (alert !== undefined) return alert.receivers.map(({ name }) => name);
    if (tries === 20) {
      throw new UserError(
        'Alertmanager took the test and does not have it',
        "see 'npx plinth logs'",
      );
    }
    await wait(LOOK_MS);
  }
}

/**
 * Looks until each has acknowledged or was given up.
 *
 * @returns seconds by receiver that has acknowledged, and the last counters
 */
async function untilDone(
  alertmanager: Endpoint,
  names: readonly string[],
  before: Counters,
  begun: Date,
  deadline: number,
): Promise<{ readonly done: ReadonlyMap<string, number>; readonly last: Counters }> {
  const done = new Map<string, number>();
  const seen = new Map<string, number>();
  for (;;) {
    const now = await counters(alertmanager, names);
    const elapsed = (Date.now() - begun.getTime()) / 1000;
    for (const name of names) {
      // A request is counted a moment before its failure is, so only what holds twice is believed.
      if (gained(name, before, now, 'acknowledged') <= 0) seen.delete(name);
      else if (!seen.has(name)) seen.set(name, elapsed);
      else done.set(name, seen.get(name) ?? elapsed);
    }
    const open = names.filter(
      (name) => !done.has(name) && (seen.has(name) || gained(name, before, now, 'givenUp') === 0),
    );
    if (open.length === 0 || Date.now() > deadline) return { done, last: now };
    await wait(LOOK_MS);
  }
}

function gained(
  name: string,
  before: Counters,
  now: Counters,
  what: 'acknowledged' | 'givenUp',
): number {
  return (now.get(name)?.[what] ?? 0) - (before.get(name)?.[what] ?? 0);
}

/** What a person reads of it. */
export function outcomeRow({ receiver, integration, outcome }: ReceiverOutcome): string[] {
  switch (outcome.result) {
    case 'delivered':
      return [
        receiver,
        integration,
        `acknowledged after ${outcome.seconds.toFixed(1)} s; ${outcome.resolved ? 'told that it is over' : 'NOT told that it is over'}`,
      ];
    case 'failed':
      return [receiver, integration, `NOT delivered: ${outcome.reason}`];
    case 'not asked':
      return [receiver, integration, 'not told of this severity'];
  }
}
