// What Alertmanager counts of its deliveries, by receiver. Pure.

/** Of one receiver, since Alertmanager started. */
export interface Deliveries {
  readonly integration: string;
  /** Requests that the receiver's server accepted. */
  readonly acknowledged: number;
  /** Rounds of attempts that were given up. */
  readonly givenUp: number;
}

const REQUESTS = 'alertmanager_notification_requests_total';
const REFUSED = 'alertmanager_notification_requests_failed_total';
const GIVEN_UP = 'alertmanager_notifications_failed_total';

/**
 * Out of its metrics. Empty where receivers are not told apart, which takes `--enable-feature=receiver-name-in-metrics`.
 *
 * `alertmanager_notifications_total` is of no use here: it counts what was begun.
 */
export function deliveriesFrom(metrics: string): ReadonlyMap<string, Deliveries> {
  const all = new Map<string, Deliveries>();
  for (const line of metrics.split('\n')) {
    const [, name = '', labels = '', value = ''] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (name !== REQUESTS && name !== REFUSED && name !== GIVEN_UP) continue;
    const receiver = labelOf(labels, 'receiver_name');
    if (receiver === undefined) continue;
    const before = all.get(receiver) ?? { integration: '', acknowledged: 0, givenUp: 0 };
    const count = Number(value);
    all.set(receiver, {
      integration: labelOf(labels, 'integration') ?? '',
      acknowledged:
        before.acknowledged + (name === REQUESTS ? count : name === REFUSED ? -count : 0),
      givenUp: before.givenUp + (name === GIVEN_UP ? count : 0),
    });
  }
  return all;
}

function labelOf(labels: string, name: string): string | undefined {
  return new RegExp(`(?:^|,)${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(labels)?.[1];
}
