/** Alertmanager configuration: which receiver gets which alerts. Pure. */
import { stringify } from 'yaml';
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Receiver, SecretUrl, Severity } from '../../config/monitoring/config.ts';
import type { InhibitRule } from '../alerts/inhibit.ts';

export interface Routing {
  /** alertmanager.yml; contains no secrets. */
  readonly text: string;
  /** Name under /run/secrets → path on the machine that runs Pulumi. */
  readonly secretFiles: Readonly<Record<string, string>>;
}

/** Always fires: its notifications prove that alerting works end to end. */
export const WATCHDOG = 'Watchdog';
/** The alert that `plinth alerts test` sends. */
export const TEST_ALERT = 'PlinthTest';

const NOBODY = 'plinth/nobody';
const HEARTBEAT = 'plinth/heartbeat';
const TEST = 'test/';

/**
 * A copy of a receiver that gets only test alerts, so that its counters count only tests. Names in an environment cannot
 * contain a slash.
 */
export function testReceiver(name: string): string {
  return `${TEST}${name}`;
}

/** The receiver that the test receiver with this name is a copy of; undefined for other names. */
export function testedReceiver(name: string): string | undefined {
  return name.startsWith(TEST) ? name.slice(TEST.length) : undefined;
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];
const REPEAT: Readonly<Record<Severity, string>> = { critical: '1h', warning: '4h', info: '24h' };

/** Severities that a receiver gets notifications for, the most severe first. */
export function toldOf(least: Severity): readonly Severity[] {
  return SEVERITIES.slice(0, SEVERITIES.indexOf(least) + 1);
}

/** Alertmanager's configuration file, and the secret files that it refers to. */
export function alertmanagerYml(
  { monitoring }: EnvironmentConfig,
  inhibitRules: readonly InhibitRule[],
): Routing {
  const { receivers, heartbeat } = monitoring;
  const text = stringify(
    {
      route: {
        receiver: NOBODY,
        group_by: ['alertname', 'subject'],
        // Alerts with the same cause arrive within one scrape interval, but a critical notification must not wait that long.
        group_wait: '5s',
        group_interval: '30s',
        repeat_interval: REPEAT.warning,
        routes: [watchdog(heartbeat), test(receivers), ...bySeverity(receivers)],
      },
      inhibit_rules: inhibitRules,
      receivers: [
        { name: NOBODY },
        ...(heartbeat === undefined ? [] : [beat(heartbeat)]),
        ...receivers.flatMap((one) => [
          rendered(one.name, one),
          rendered(testReceiver(one.name), one),
        ]),
      ],
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  return { text, secretFiles: { ...secretsOf(receivers), ...heartbeatSecret(heartbeat) } };
}

/** Sent every minute: the repeat interval is 50 s, and Alertmanager checks every 30 s. */
function watchdog(heartbeat: SecretUrl | undefined) {
  return {
    matchers: [`alertname="${WATCHDOG}"`],
    receiver: heartbeat === undefined ? NOBODY : HEARTBEAT,
    group_wait: '0s',
    group_interval: '30s',
    repeat_interval: '50s',
  };
}

/** Each test alert is its own group and is sent at once; a test for a single receiver has the receiver's name as a label. */
function test(receivers: readonly Receiver[]) {
  return {
    matchers: [`alertname="${TEST_ALERT}"`],
    receiver: NOBODY,
    group_by: ['...'],
    group_wait: '0s',
    group_interval: '1s',
    routes: receivers.map(({ name, severity }) => ({
      matchers: [`receiver=~"${name}|"`, `severity=~"${toldOf(severity).join('|')}"`],
      receiver: testReceiver(name),
      continue: true,
    })),
  };
}

function bySeverity(receivers: readonly Receiver[]) {
  return SEVERITIES.map((severity) => ({
    // An alert without a known severity is treated as critical.
    matchers: [severity === 'critical' ? 'severity!~"warning|info"' : `severity="${severity}"`],
    receiver: NOBODY,
    repeat_interval: REPEAT[severity],
    routes: receivers
      .filter((one) => toldOf(one.severity).includes(severity))
      .map(({ name }) => ({ receiver: name, continue: true })),
  }));
}

const SECRETS = '/run/secrets';
const HEARTBEAT_SECRET = 'heartbeat.url';
/** Shorter than the shortest group interval, so that a hanging receiver is retried within it. */
const WEBHOOK_TIMEOUT = '8s';

const TITLE = [
  '{{ if eq .Status "firing" }}{{ .CommonLabels.severity | toUpper }}{{ else }}RESOLVED{{ end }}',
  ' {{ .CommonLabels.stack }}: {{ .CommonLabels.alertname }}',
  '{{ if gt (len .Alerts) 1 }} ({{ len .Alerts }}){{ end }}',
].join('');

const BODY = [
  '{{ range .Alerts }}{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ .Annotations.summary }}',
  '{{ .Annotations.description }}',
  'Stack {{ .Labels.stack }}, since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05" }} UTC',
  '{{ with .Annotations.runbook }}Runbook: {{ . }}{{ end }}',
  '',
  '{{ end }}',
].join('\n');

function beat(heartbeat: SecretUrl) {
  return {
    name: HEARTBEAT,
    webhook_configs: [
      {
        ...urlOf('url', HEARTBEAT_SECRET, heartbeat),
        send_resolved: false,
        timeout: WEBHOOK_TIMEOUT,
      },
    ],
  };
}

function rendered(name: string, one: Receiver) {
  const common = { send_resolved: true };
  const secret = secretName(one);
  switch (one.kind) {
    case 'webhook':
      return {
        name,
        webhook_configs: [{ ...urlOf('url', secret, one), ...common, timeout: WEBHOOK_TIMEOUT }],
      };
    case 'slack':
      return {
        name,
        slack_configs: [
          {
            ...urlOf('api_url', secret, one),
            ...common,
            channel: one.channel,
            title: TITLE,
            // The Alertmanager page is on 127.0.0.1, so a link in Slack is useless.
            title_link: '',
            fallback: TITLE,
            text: BODY,
          },
        ],
      };
    case 'pagerduty':
      return {
        name,
        pagerduty_configs: [
          {
            url: one.url,
            routing_key_file: `${SECRETS}/${secret}`,
            ...common,
            description: TITLE,
            severity: '{{ with .CommonLabels.severity }}{{ . }}{{ else }}critical{{ end }}',
            source: '{{ .CommonLabels.stack }}',
            component: '{{ .CommonLabels.subject }}',
            details: {
              description: '{{ .CommonAnnotations.description }}',
              runbook: '{{ .CommonAnnotations.runbook }}',
            },
          },
        ],
      };
    case 'email':
      return { name, email_configs: [{ ...mail(one, secret), ...common }] };
  }
}

function mail(one: Extract<Receiver, { kind: 'email' }>, secret: string) {
  return {
    to: one.to,
    from: one.from,
    smarthost: one.smarthost,
    require_tls: one.requireTls,
    ...(one.user === undefined ? {} : { auth_username: one.user }),
    ...(one.passwordFile === undefined ? {} : { auth_password_file: `${SECRETS}/${secret}` }),
    headers: { Subject: TITLE },
    // Otherwise Alertmanager adds its default HTML part, and mail clients show that one.
    html: '',
    text: BODY,
  };
}

/** Name of the secret file of a receiver. */
function secretName({ name, kind }: Receiver): string {
  const suffix = { webhook: 'url', slack: 'url', pagerduty: 'key', email: 'password' } as const;
  return `receiver-${name}.${suffix[kind]}`;
}

function urlOf(key: string, secret: string, target: SecretUrl) {
  return 'url' in target ? { [key]: target.url } : { [`${key}_file`]: `${SECRETS}/${secret}` };
}

function secretsOf(receivers: readonly Receiver[]): Record<string, string> {
  return Object.fromEntries(
    receivers.flatMap((one) => {
      const file = secretFileOf(one);
      return file === undefined ? [] : [[secretName(one), file]];
    }),
  );
}

function secretFileOf(one: Receiver): string | undefined {
  if (one.kind === 'pagerduty') return one.routingKeyFile;
  if (one.kind === 'email') return one.passwordFile;
  return 'urlFile' in one ? one.urlFile : undefined;
}

function heartbeatSecret(target: SecretUrl | undefined): Record<string, string> {
  return target !== undefined && 'urlFile' in target ? { [HEARTBEAT_SECRET]: target.urlFile } : {};
}
