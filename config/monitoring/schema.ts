/** Schema of the settings under `plinth:monitoring`. */
import {
  cpus,
  duration,
  bool,
  group,
  recordOf,
  number,
  oneOf,
  port,
  size,
  text,
  int,
} from '../zod-types.ts';
import { fileProblem, plainProblem } from '../backup/errors.ts';
import { addressProblem, urlProblem } from './errors.ts';

const memory = (fallback: string) =>
  size('32MiB', '64GiB', `Memory limit of the container. Default: ${fallback} by preset.`);
const percent = (what: string, fallback: number) =>
  number(1, 100, `${what}, in percent. Default ${fallback}.`);
const url = (what: string) => text(urlProblem, `${what}: http://… or https://….`);
const urlFile = () =>
  text(fileProblem, 'File that contains the URL. Use it if the URL is a secret.');

const receiver = {
  kind: oneOf(['webhook', 'slack', 'pagerduty', 'email'], 'Type of the receiver. Default webhook.'),
  severity: oneOf(
    ['critical', 'warning', 'info'],
    'Lowest severity that is sent to this receiver. Default warning.',
  ),
  url: url('URL that notifications are sent to'),
  urlFile: urlFile(),
  channel: text(plainChannel, 'Slack channel, for example #alerts.'),
  routingKeyFile: text(fileProblem, 'File with the PagerDuty routing key.'),
  to: text(addressProblem, 'Email address of the recipient.'),
  from: text(addressProblem, 'Email address of the sender.'),
  smarthost: text(plainProblem, 'SMTP server as host:port.'),
  user: text(plainProblem, 'User name on the SMTP server.'),
  passwordFile: text(fileProblem, 'File with the password of that user.'),
  requireTls: bool('Whether TLS is required for the connection to the SMTP server. Default true.'),
};

export const monitoring = group(
  {
    enabled: bool('Whether Prometheus, Alertmanager and the exporters are deployed. Default true.'),
    scrapeInterval: duration(
      '5s',
      '1min',
      'Interval at which targets are scraped and rules are evaluated. Default: 30s, 15s, 15s by preset.',
    ),
    probeInterval: duration(
      '1s',
      '30s',
      'Interval at which a query is sent through PgBouncer, to measure the error budgets. Default: 5s, 1s, 1s by preset.',
    ),
    retention: duration('1d', '3650d', 'Retention time of the metrics in Prometheus. Default 15d.'),
    retentionSize: size(
      '64MiB',
      '16GiB',
      'Maximum size of the metrics on disk. Default: 512MiB, 2GiB, 8GiB by preset.',
    ),
    prometheus: group(
      {
        port: port(9090, 'Port of the Prometheus web UI'),
        memory: memory('256MiB, 512MiB, 1GiB'),
        cpus: cpus(),
      },
      'Prometheus: scrapes and stores metrics and evaluates the alerting rules.',
    ),
    alertmanager: group(
      {
        port: port(9093, 'Port of the Alertmanager web UI'),
        memory: memory('64MiB, 64MiB, 128MiB'),
        cpus: cpus(),
      },
      'Alertmanager: groups alerts and sends notifications.',
    ),
    nodeExporter: group(
      { port: port(9100, 'Port of the node exporter') },
      'The node exporter: metrics of the host.',
    ),
    grafana: group(
      {
        enabled: bool('Whether Grafana is deployed, if its image is available. Default true.'),
        port: port(3001, 'Port of the Grafana web UI'),
        memory: memory('256MiB, 256MiB, 512MiB'),
        cpus: cpus(),
        rotation: int(1, 1_000_000, 'Increase by one to generate a new password. Default 1.'),
      },
      'Grafana: dashboards.',
    ),
    pgwatch: group(
      {
        enabled: bool('Whether pgwatch is deployed, if its image is available. Default false.'),
        port: port(8081, 'Port of the pgwatch web UI'),
        memory: memory('128MiB, 256MiB, 512MiB'),
        cpus: cpus(),
      },
      'pgwatch: additional metrics of the Postgres server.',
    ),
    watch: group(
      { memory: memory('96MiB, 128MiB, 256MiB'), cpus: cpus() },
      'The watcher: measures what no exporter measures.',
    ),
    applications: recordOf(
      {
        url: url('URL of the metrics, reachable from a container'),
        keyFile: text(fileProblem, 'File with the key that is sent as a bearer token.'),
      },
      'Applications that Prometheus scrapes. The name becomes the Prometheus job.',
    ),
    probes: recordOf({ url: url('URL to probe') }, 'URLs that must respond.'),
    receivers: recordOf(receiver, 'Receivers of notifications.'),
    acceptNoReceiver: bool(
      'Accepts, in the preset large, that alerts are not sent to any receiver. Default false.',
    ),
    heartbeat: group(
      { url: url('URL to call'), urlFile: urlFile() },
      "Dead man's switch: the URL is called once a minute while monitoring works.",
    ),
    thresholds: group(
      {
        connections: percent('Used connections, of max_connections', 80),
        cacheHit: percent('Lowest cache hit ratio', 70),
        memory: percent('Used memory, of the memory limit of a container', 90),
        redisMemory: percent('Used memory of Redis, of maxmemory', 80),
        redisLatency: duration(
          '1ms',
          '1min',
          '95th percentile of the duration of Redis commands. Default 2s.',
        ),
        queueBacklog: int(1, 100_000_000, 'Number of jobs that wait in one queue. Default 1000.'),
        errors: percent('Requests to an application that return a 5xx status', 5),
        disk: percent('Used space of a file system', 85),
        idleInTransaction: duration(
          '1s',
          '1d',
          'Duration of an idle transaction. Postgres terminates it after 60s. Default 30s.',
        ),
        transaction: duration('1s', '7d', 'Duration of the longest transaction. Default 30min.'),
        lockWait: duration('1s', '1d', 'Duration of the longest wait for a lock. Default 30s.'),
        certificate: duration('1d', '365d', 'Remaining validity of a certificate. Default 14d.'),
        availability: number(
          50,
          99.999,
          'Queries through PgBouncer that must succeed, in percent. Default 99.9.',
        ),
        latency: duration(
          '1ms',
          '1min',
          '99th percentile of the duration of queries through PgBouncer. Default 100ms.',
        ),
      },
      'Thresholds of the alerts.',
    ),
  },
  'Monitoring: Prometheus, Alertmanager, exporters, dashboards and receivers.',
);

function plainChannel(channel: string): string | undefined {
  return /^[#@]?[\w.-]+$/.test(channel)
    ? undefined
    : 'but must be the name of a channel: write for example "#alerts"';
}
