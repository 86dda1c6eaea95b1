// Silences, one at most for each alert.

import type { Endpoint } from '../connections.ts';
import { ask } from './prometheus-client.ts';

interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export interface Silence {
  readonly id: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
  readonly matchers: readonly Matcher[];
  readonly endsAt: string;
  readonly comment: string;
  readonly createdBy: string;
}

/** Silences that hold or will, of exactly one alert by its name. */
export async function silencesOf(alertmanager: Endpoint, alert: string): Promise<Silence[]> {
  const all = JSON.parse(await ask('Alertmanager', alertmanager, '/api/v2/silences')) as Silence[];
  return all.filter(
    ({ status, matchers }) =>
      status.state !== 'expired' &&
      matchers.length === 1 &&
      matchers.every(
        ({ name, value, isRegex, isEqual }) =>
          name === 'alertname' && value === alert && !isRegex && isEqual,
      ),
  );
}

export interface SilenceRequest {
  readonly alert: string;
  readonly forMs: number;
  readonly reason: string;
  readonly by: string;
}

/** Silences an alert; one that is silenced already gets the new end and reason. */
export async function silence(
  alertmanager: Endpoint,
  { alert, forMs, reason, by }: SilenceRequest,
  now = new Date(),
): Promise<Date> {
  const [before] = await silencesOf(alertmanager, alert);
  const endsAt = new Date(now.getTime() + forMs);
  await ask('Alertmanager', alertmanager, '/api/v2/silences', {
    method: 'POST',
    body: {
      ...(before === undefined ? {} : { id: before.id }),
      matchers: [{ name: 'alertname', value: alert, isRegex: false, isEqual: true }],
      startsAt: now.toISOString(),
      endsAt: endsAt.toISOString(),
      createdBy: by,
      comment: reason,
    },
  });
  return endsAt;
}

/** Ends all silences of an alert; how many there were. */
export async function unsilence(alertmanager: Endpoint, alert: string): Promise<number> {
  const all = await silencesOf(alertmanager, alert);
  for (const { id } of all) {
    await ask('Alertmanager', alertmanager, `/api/v2/silence/${encodeURIComponent(id)}`, {
      method: 'DELETE',
    });
  }
  return all.length;
}
