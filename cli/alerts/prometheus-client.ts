// Prometheus and Alertmanager of a stack, as the commands about alerts ask them.

import { endpointsFrom, type Endpoint } from '../connections.ts';
import { outputs } from '../pulumi.ts';
import { UserError } from '../../lib/errors.ts';

const ANSWER_MS = 5000;

export interface Monitors {
  readonly prometheus: Endpoint;
  readonly alertmanager: Endpoint;
}

/** Where a stack's monitors listen. */
export async function monitorsOf(stack: string): Promise<Monitors> {
  const { prometheus, alertmanager } = endpointsFrom(await outputs(stack));
  if (prometheus === undefined || alertmanager === undefined) {
    throw new UserError(
      `nobody watches ${stack}`,
      `see that monitoring.enabled is not false, and run 'npx plinth up --stack ${stack}'`,
    );
  }
  return { prometheus, alertmanager };
}

/** One of the two could not be asked. */
export class Unanswered extends UserError {
  constructor(who: string, { host, port }: Endpoint, why: string) {
    super(
      `${who} at ${host}:${String(port)} does not answer (${why})`,
      "see 'npx plinth status' and 'npx plinth logs'",
    );
  }
}

interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
}

/** What one of them says to a request. */
export async function ask(
  who: 'Prometheus' | 'Alertmanager',
  endpoint: Endpoint,
  path: string,
  { method = 'GET', body }: Request = {},
): Promise<string> {
  const url = `http://${endpoint.host}:${String(endpoint.port)}${path}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    text = await response.text();
  } catch (error) {
    throw new Unanswered(who, endpoint, reason(error));
  }
  if (response.ok) return text;
  throw new Unanswered(who, endpoint, `${String(response.status)} ${text.trim().slice(0, 200)}`);
}

/** What fetch itself says is `fetch failed`; the cause says why. */
function reason(error: unknown): string {
  const { name, message, cause, errors } = error as Partial<AggregateError>;
  if (name === 'TimeoutError') return `not within ${String(ANSWER_MS / 1000)} s`;
  if (cause !== undefined) return reason(cause);
  // One for each address that was tried.
  if (errors !== undefined) return errors.map(reason).join(', ');
  return message ?? String(error);
}

export type Labels = Readonly<Record<string, string>>;

/** An alert as Prometheus has it. */
export interface PrometheusAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
  readonly value: string;
}

export async function prometheusAlerts(endpoint: Endpoint): Promise<PrometheusAlert[]> {
  const { data } = JSON.parse(await ask('Prometheus', endpoint, '/api/v1/alerts')) as {
    readonly data: { readonly alerts: PrometheusAlert[] };
  };
  return data.alerts;
}

/** Names of all alerts that Prometheus knows, firing or not. */
export async function alertNames(endpoint: Endpoint): Promise<string[]> {
  const { data } = JSON.parse(await ask('Prometheus', endpoint, '/api/v1/rules?type=alert')) as {
    readonly data: { readonly groups: readonly { readonly rules: readonly { name: string }[] }[] };
  };
  const names = data.groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  return [...new Set(names)].sort();
}

/** An alert as Alertmanager has it, with what is done about it. */
export interface RoutedAlert {
  readonly labels: Labels;
  readonly status: {
    readonly state: 'unprocessed' | 'active' | 'suppressed';
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
  };
  readonly receivers: readonly { readonly name: string }[];
}

/** @param filter a matcher, for example `test="1"` */
export async function routedAlerts(endpoint: Endpoint, filter?: string): Promise<RoutedAlert[]> {
  const query = filter === undefined ? '' : `?filter=${encodeURIComponent(filter)}`;
  return JSON.parse(await ask('Alertmanager', endpoint, `/api/v2/alerts${query}`)) as RoutedAlert[];
}

/** Names of Alertmanager's receivers. */
export async function receiverNames(endpoint: Endpoint): Promise<string[]> {
  const all = JSON.parse(await ask('Alertmanager', endpoint, '/api/v2/receivers')) as {
    readonly name: string;
  }[];
  return all.map(({ name }) => name);
}
