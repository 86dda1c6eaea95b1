/** Routing for tests: environments with receivers, and Alertmanager's way through its routes, written anew. */
import { parse } from 'yaml';
import { parseEnvironment } from '../../config/parse.ts';
import { rawFrom } from '../unit/config/raw.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';

/** A receiver of each kind, each with its secret in a file, and one of each severity. */
export const EVERY_KIND = {
  hook: { kind: 'webhook', urlFile: 'secrets/hook', severity: 'info' },
  open: { kind: 'webhook', url: 'http://host.docker.internal:5000/alerts' },
  oncall: { kind: 'pagerduty', routingKeyFile: 'secrets/oncall', severity: 'critical' },
  team: { kind: 'slack', urlFile: 'secrets/team', channel: '#alerts', severity: 'warning' },
  post: {
    kind: 'email',
    to: 'oncall@example.org',
    from: 'plinth@example.org',
    smarthost: 'mail.example.org:587',
    user: 'plinth',
    passwordFile: 'secrets/post',
  },
} as const;

export function environmentWith(monitoring: Readonly<Record<string, unknown>>): EnvironmentConfig {
  return parseEnvironment(rawFrom({ monitoring }), { stack: 'dev' });
}

interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly continue?: boolean;
  readonly routes?: readonly Route[];
  readonly repeat_interval?: string;
  readonly group_wait?: string;
}

type Labels = Readonly<Record<string, string>>;

/** The routes that an alert takes: its own children first, and the parent where no child takes it. */
export function routesFor(text: string, labels: Labels): Route[] {
  const { route } = parse(text) as { readonly route: Route };
  return matching(route, labels);
}

function matching(route: Route, labels: Labels): Route[] {
  if (!(route.matchers ?? []).every((matcher) => holds(matcher, labels))) return [];
  const found: Route[] = [];
  for (const child of route.routes ?? []) {
    const taken = matching(child, labels);
    found.push(...taken);
    if (taken.length > 0 && child.continue !== true) break;
  }
  return found.length > 0 ? found : [route];
}

function holds(matcher: string, labels: Labels): boolean {
  const [, name = '', operator, value = ''] = /^(\w+)(=~|!~|!=|=)"(.*)"$/.exec(matcher) ?? [];
  const actual = labels[name] ?? '';
  const whole = new RegExp(`^(?:${value})$`);
  switch (operator) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return whole.test(actual);
    case '!~':
      return !whole.test(actual);
    default:
      throw new Error(`${matcher} is no matcher`);
  }
}
