/** The settings of monitoring as people write them under `plinth:monitoring`. */
import {
  cpus,
  duration,
  flag,
  group,
  named,
  number,
  oneOf,
  port,
  size,
  text,
  whole,
} from '../fields.ts';
import { fileProblem, plainProblem } from '../backup/problems.ts';
import { addressProblem, urlProblem } from './problems.ts';

const memory = (fallback: string) =>
  size('32MiB', '64GiB', `Memory of the container. Default: ${fallback} by preset.`);
const percent = (what: string, fallback: number) =>
  number(1, 100, `${what}, in percent. Default ${fallback}.`);
const url = (what: string) => text(urlProblem, `${what}: http://… or https://….`);
const urlFile = () => text(fileProblem, 'A file with the URL, where it is a secret.');

const receiver = {
  kind: oneOf(['webhook', 'slack', 'pagerduty', 'email'], 'How it is told. Default webhook.'),
  severity: oneOf(['critical', 'warning', 'info'], 'The least that is told here. Default warning.'),
  url: url('Where it goes'),
  urlFile: urlFile(),
  channel: text(plainChannel, 'The Slack channel, #…'),
  routingKeyFile: text(fileProblem, 'A file with the routing key of PagerDuty.'),
  to: text(addressProblem, 'The address that is written to.'),
  from: text(addressProblem, 'The address that writes.'),
  smarthost: text(plainProblem, 'The mail server, host:port.'),
  user: text(plainProblem, 'Who logs in to the mail server.'),
  passwordFile: text(fileProblem, 'A file with the password of that user.'),
  requireTls: flag('Whether the mail server must speak TLS. Default true.'),
};

export const monitoring = group(
  {
    enabled: flag('Whether anybody watches. Default true.'),
    scrapeInterval: duration(
      '5s',
      '1min',
      'How often targets are scraped and rules evaluated. Default: 30s, 15s, 15s by preset.',
    ),
    probeInterval: duration(
      '1s',
      '30s',
      'How often a query is sent through the pooler, for the error budgets. Default: 5s, 1s, 1s by preset.',
    ),
    retention: duration('1d', '3650d', 'How long measurements are kept. Default 15d.'),
    retentionSize: size(
      '64MiB',
      '16GiB',
      'What they may take on disk. Default: 512MiB, 2GiB, 8GiB by preset.',
    ),
    prometheus: group(
      { port: port(9090, 'Its page'), memory: memory('256MiB, 512MiB, 1GiB'), cpus: cpus() },
      'Measures, keeps and looks at the rules.',
    ),
    alertmanager: group(
      { port: port(9093, 'Its page'), memory: memory('64MiB, 64MiB, 128MiB'), cpus: cpus() },
      'Groups alerts, and tells.',
    ),
    nodeExporter: group({ port: port(9100, 'Its page') }, "The host's own figures."),
    grafana: group(
      {
        enabled: flag('Whether it is there, where its image can be had. Default true.'),
        port: port(3001, 'Its page'),
        memory: memory('256MiB, 256MiB, 512MiB'),
        cpus: cpus(),
        rotation: whole(1, 1_000_000, 'Raise it by one to get a new password. Default 1.'),
      },
      'Shows dashboards.',
    ),
    pgwatch: group(
      {
        enabled: flag('Whether it is there, where its image can be had. Default false.'),
        port: port(8081, 'Its page'),
        memory: memory('128MiB, 256MiB, 512MiB'),
        cpus: cpus(),
      },
      'A second view of the server, by pgwatch.',
    ),
    watch: group(
      { memory: memory('96MiB, 128MiB, 256MiB'), cpus: cpus() },
      'Watches what no exporter measures.',
    ),
    applications: named(
      {
        url: url('Where its metrics are, as seen from a container'),
        keyFile: text(fileProblem, 'A file with the key that is sent as a bearer token.'),
      },
      'Programs with metrics of their own; the name is the job.',
    ),
    probes: named({ url: url('What must answer') }, 'Pages that must answer.'),
    receivers: named(receiver, 'Who is told.'),
    acceptNoReceiver: flag(
      'Acknowledges, in the preset large, that nobody is told of an alert. Default false.',
    ),
    heartbeat: group(
      { url: url('What is called'), urlFile: urlFile() },
      "Called once a minute while all is running: a dead man's switch.",
    ),
    thresholds: group(
      {
        connections: percent('Of the connections the server takes', 80),
        cacheHit: percent('Reads that memory answers, at least', 70),
        memory: percent("Of a container's memory", 90),
        redisMemory: percent('Of what Redis may hold', 80),
        redisLatency: duration(
          '1ms',
          '1min',
          '95 of 100 commands of Redis are done in. Default 2s.',
        ),
        queueBacklog: whole(1, 100_000_000, 'Jobs that wait in one queue. Default 1000.'),
        errors: percent('Requests that an application answers with 5xx', 5),
        disk: percent('Of a file system', 85),
        idleInTransaction: duration(
          '1s',
          '1d',
          'A transaction left idle; the server ends it after 60s. Default 30s.',
        ),
        transaction: duration('1s', '7d', 'The longest transaction. Default 30min.'),
        lockWait: duration('1s', '1d', 'The longest wait for a lock. Default 30s.'),
        certificate: duration('1d', '365d', 'A certificate that ends sooner. Default 14d.'),
        availability: number(
          50,
          99.999,
          'Calls through the pooler that must succeed, in percent. Default 99.9.',
        ),
        latency: duration(
          '1ms',
          '1min',
          '99 of 100 calls through the pooler are answered in. Default 100ms.',
        ),
      },
      'Where alerts begin.',
    ),
  },
  'Who watches, and who is told.',
);

function plainChannel(channel: string): string | undefined {
  return /^[#@]?[\w.-]+$/.test(channel)
    ? undefined
    : 'but must be the name of a channel: write for example "#alerts"';
}
