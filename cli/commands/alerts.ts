import { userInfo } from 'node:os';
import { testedReceiver, TEST_ALERT } from '../../observability/alertmanager/routing.ts';
import type { Severity } from '../../config/monitoring/config.ts';
import { UserError } from '../../lib/errors.ts';
import { alarming, listing, listLines } from '../alerts/list.ts';
import {
  alertNames,
  monitorsOf,
  prometheusAlerts,
  receiverNames,
  routedAlerts,
  Unanswered,
  type Monitors,
} from '../alerts/prometheus-client.ts';
import { reasonOf } from '../alerts/delivery-errors.ts';
import { silence, unsilence } from '../alerts/silence.ts';
import { outcomeRow, sendTest } from '../alerts/test-alert.ts';
import {
  jsonOption,
  onlyTakes,
  stackOf,
  stackOption,
  text,
  UsageError,
  type Command,
  type Values,
} from '../command.ts';
import { table } from '../table.ts';
import { parseTimeSpan } from '../time-options.ts';

/** What each subcommand takes beside `--stack`. */
const TAKES: Readonly<
  Record<string, { readonly options: readonly string[]; readonly alert: boolean }>
> = {
  list: { options: ['json'], alert: false },
  test: { options: ['receiver', 'severity', 'json'], alert: false },
  silence: { options: ['for', 'reason'], alert: true },
  unsilence: { options: [], alert: true },
};

export type AlertsRequest =
  | { readonly name: 'list' }
  | { readonly name: 'test'; readonly severity: Severity; readonly receiver: string | undefined }
  | {
      readonly name: 'silence';
      readonly alert: string;
      readonly forMs: number;
      readonly reason: string;
    }
  | { readonly name: 'unsilence'; readonly alert: string };

/**
 * What was typed.
 *
 * @throws UsageError with what is allowed
 */
export function alertsRequestOf(
  values: Values,
  [name = 'list', alert, ...more]: readonly string[],
): AlertsRequest {
  const takes = Object.hasOwn(TAKES, name) ? TAKES[name] : undefined;
  if (takes === undefined) {
    throw new UsageError(
      `plinth alerts has no ${JSON.stringify(name)}: it has ${Object.keys(TAKES).join(', ')}`,
    );
  }
  onlyTakes(`alerts ${name}`, values, takes.options);
  if (more.length > 0 || (alert !== undefined && !takes.alert)) {
    throw new UsageError(`plinth alerts ${name} takes ${takes.alert ? 'one alert' : 'no alert'}`);
  }
  if (name === 'test') {
    return { name, severity: severityOf(values), receiver: text(values, 'receiver') };
  }
  if (name !== 'silence' && name !== 'unsilence') return { name: 'list' };
  if (alert === undefined) {
    throw new UsageError(`plinth alerts ${name}: say which alert: see 'plinth alerts list'`);
  }
  return name === 'unsilence' ? { name, alert } : { name, alert, ...silenceOf(values) };
}

function severityOf(values: Values): Severity {
  const typed = text(values, 'severity') ?? 'critical';
  if (typed === 'critical' || typed === 'warning' || typed === 'info') return typed;
  throw new UsageError(
    `--severity is ${JSON.stringify(typed)}, but must be critical, warning or info`,
  );
}

function silenceOf(values: Values): { readonly forMs: number; readonly reason: string } {
  const [span, reason] = [text(values, 'for'), text(values, 'reason')?.trim()];
  if (span === undefined || reason === undefined || reason === '') {
    throw new UsageError(
      'plinth alerts silence: say for how long and why: --for 2h --reason "moving the disks"',
    );
  }
  return { forMs: parseTimeSpan('for', span), reason };
}

async function list({ prometheus, alertmanager }: Monitors, json: boolean): Promise<number> {
  const [alerts, routed] = await Promise.all([
    prometheusAlerts(prometheus),
    routedAlerts(alertmanager).catch((error: unknown) => {
      if (error instanceof Unanswered) return error;
      throw error;
    }),
  ]);
  const silent = routed instanceof Unanswered ? routed : undefined;
  const all = listing(alerts, routed instanceof Unanswered ? undefined : routed);
  if (json) console.log(JSON.stringify({ ...all, telling: silent === undefined }, null, 2));
  else console.log(listLines(all, Date.now()).join('\n'));
  if (silent !== undefined) console.error(`no notification is sent: ${silent.message}`);
  return alarming(all) || silent !== undefined ? 1 : 0;
}

async function test(
  stack: string,
  { alertmanager }: Monitors,
  { severity, receiver }: Extract<AlertsRequest, { name: 'test' }>,
  json: boolean,
): Promise<number> {
  const known = (await receiverNames(alertmanager)).flatMap((name) => testedReceiver(name) ?? []);
  if (known.length === 0) {
    throw new UserError(
      `no receiver gets alerts of ${stack}`,
      'write a receiver under monitoring.receivers',
    );
  }
  if (receiver !== undefined && !known.includes(receiver)) {
    throw new UsageError(`--receiver: there is no ${receiver}; there is ${known.join(', ')}`);
  }
  console.error(`sending a test of severity ${severity}…`);
  const all = await sendTest(alertmanager, {
    stack,
    severity,
    ...(receiver === undefined ? {} : { receiver }),
    reasonOf: (name, since) => reasonOf(stack, name, since),
  });
  const outcomes = all.filter((one) => receiver === undefined || one.receiver === receiver);
  if (json) console.log(JSON.stringify({ stack, severity, receivers: outcomes }, null, 2));
  else console.log(table([['RECEIVER', 'BY', 'RESULT'], ...outcomes.map(outcomeRow)]));
  const delivered = outcomes.filter(({ outcome }) => outcome.result === 'delivered');
  const failed = outcomes.some(({ outcome }) => outcome.result === 'failed');
  if (!failed && delivered.length === 0) console.error(`no receiver gets severity ${severity}`);
  return failed || delivered.length === 0 ? 1 : 0;
}

async function silenceOne(
  { prometheus, alertmanager }: Monitors,
  asked: Extract<AlertsRequest, { name: 'silence' }>,
): Promise<number> {
  const known = [...(await alertNames(prometheus)), TEST_ALERT];
  if (!known.includes(asked.alert)) {
    throw new UsageError(
      `there is no alert ${JSON.stringify(asked.alert)}; there is ${known.join(', ')}`,
    );
  }
  const endsAt = await silence(alertmanager, { ...asked, by: userInfo().username });
  console.log(`${asked.alert} is silenced until ${endsAt.toISOString()}`);
  return 0;
}

async function unsilenceOne({ alertmanager }: Monitors, alert: string): Promise<number> {
  const count = await unsilence(alertmanager, alert);
  if (count > 0) console.log(`${alert} sends notifications again`);
  else console.error(`${alert} was not silenced`);
  return count > 0 ? 0 : 1;
}

export const command: Command = {
  summary: 'list alerts; test receivers; silence an alert',
  details: [
    '  list        (default) firing and pending alerts. Exit code 1: a critical alert fires that is not',
    '              silenced, or monitoring is down',
    '  test        sends an alert that means nothing, as critical or as --severity says, and waits until the server of each',
    '              receiver has accepted it; then takes it back. Exit code 1: one did not, and why',
    '  silence     send no notifications of an alert for a time',
    '  unsilence   ends that',
    '',
    'A test goes the way of a real alert from Alertmanager on, with the same settings and secrets. That the server accepted it',
    'is what can be known here: whether somebody looks at it is for you to see.',
  ].join('\n'),
  options: {
    stack: stackOption,
    receiver: { type: 'string', value: '<name>', help: 'test: only this one' },
    severity: { type: 'string', value: '<severity>', help: 'test: critical, warning or info' },
    for: { type: 'string', value: '<span>', help: 'silence: how long, as 30m, 2h or 7d' },
    reason: { type: 'string', value: '<text>', help: 'silence: the reason, shown with it' },
    json: jsonOption,
  },
  positionals: '[list | test | silence <alert> | unsilence <alert>]',
  run: async (values, positionals) => {
    const asked = alertsRequestOf(values, positionals);
    const stack = stackOf(values);
    const monitors = await monitorsOf(stack);
    const json = values['json'] === true;
    switch (asked.name) {
      case 'list':
        return list(monitors, json);
      case 'test':
        return test(stack, monitors, asked, json);
      case 'silence':
        return silenceOne(monitors, asked);
      case 'unsilence':
        return unsilenceOne(monitors, asked.alert);
    }
  },
};
