/** Configuration files of Prometheus and the blackbox exporter. Pure. */
import { stringify } from 'yaml';
import type { MonitoringConfig } from '../../config/monitoring/config.ts';
import type { Endpoint, MetricsTarget } from '../../components/types.ts';

export interface ScrapeArgs {
  readonly stack: string;
  readonly config: MonitoringConfig;
  /** Targets of the environment's own containers. */
  readonly targets: readonly MetricsTarget[];
  /** Endpoints for TCP probes, by name. */
  readonly connections: Readonly<Record<string, Endpoint>>;
}

/** Metrics of the Go runtime and client library, which are not used. */
const OF_THE_RUNTIME = 'go_.*|promhttp_.*|process_(network|virtual|open|max|start).*|.*_build_info';
/** The metrics of Prometheus itself that rules and panels use. */
const OF_PROMETHEUS =
  'prometheus_(config|notifications|rule)_.*|prometheus_tsdb_(head_series|storage_blocks_bytes|wal_storage_size_bytes|retention_limit_bytes)|process_(resident|cpu)_.*';
/** The scrape of an application with more samples fails, so that it cannot fill the disk. */
const SAMPLE_LIMIT = 20_000;
const BLACKBOX = 'blackbox-exporter:9115';

/** prometheus.yml */
export function prometheusYml({ stack, config, targets, connections }: ScrapeArgs): string {
  const interval = `${String(config.scrapeIntervalSec)}s`;
  return stringify({
    global: {
      scrape_interval: interval,
      scrape_timeout: `${String(Math.min(10, config.scrapeIntervalSec))}s`,
      evaluation_interval: interval,
      external_labels: { stack },
    },
    rule_files: ['/etc/plinth/rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] },
    scrape_configs: [
      {
        ...own('prometheus', 'localhost:9090', '/metrics'),
        metric_relabel_configs: [only(OF_PROMETHEUS)],
      },
      own('alertmanager', 'alertmanager:9093', '/metrics'),
      ...targets.map(({ job, host, port, path }) => own(job, `${host}:${String(port)}`, path)),
      ...config.applications.map(application),
      ...probes(config, connections),
    ],
  });
}

function own(job: string, target: string, path: string) {
  return {
    job_name: job,
    metrics_path: path,
    static_configs: [{ targets: [target], labels: { instance: target.replace(/:\d+$/, '') } }],
    metric_relabel_configs: [
      { source_labels: ['__name__'], regex: OF_THE_RUNTIME, action: 'drop' },
    ],
  };
}

function only(names: string) {
  return { source_labels: ['__name__'], regex: names, action: 'keep' };
}

function application({ name, url, keyFile }: MonitoringConfig['applications'][number]) {
  const { protocol, host, pathname, search } = new URL(url);
  return {
    job_name: name,
    scheme: protocol.replace(':', ''),
    metrics_path: pathname,
    ...(search === '' ? {} : { params: query(search) }),
    sample_limit: SAMPLE_LIMIT,
    static_configs: [{ targets: [host], labels: { subject: 'application' } }],
    ...(keyFile === undefined
      ? {}
      : { authorization: { type: 'Bearer', credentials_file: `/run/secrets/${keyName(name)}` } }),
  };
}

/** Secret file with the key of an application. */
export function keyName(application: string): string {
  return `${application}.key`;
}

function query(search: string): Record<string, string[]> {
  const params = new URLSearchParams(search);
  return Object.fromEntries([...new Set(params.keys())].map((key) => [key, params.getAll(key)]));
}

/** One scrape job of the blackbox exporter per probe. */
function probes(config: MonitoringConfig, connections: ScrapeArgs['connections']) {
  const asked = [
    ...Object.entries(connections).map(([name, { host, port }]) => ({
      name,
      target: `${host}:${String(port)}`,
      module: 'tcp',
    })),
    ...config.probes.map(({ name, url }) => ({ name, target: url, module: 'http_2xx' })),
  ];
  return asked.map(({ name, target, module }) => ({
    job_name: `probe-${name}`,
    metrics_path: '/probe',
    params: { module: [module], target: [target] },
    static_configs: [
      { targets: [BLACKBOX], labels: { job: 'blackbox', instance: target, probe: name } },
    ],
  }));
}

/** blackbox.yml */
export function blackboxYml(): string {
  return stringify({
    modules: {
      http_2xx: {
        prober: 'http',
        timeout: '5s',
        http: { preferred_ip_protocol: 'ip4', follow_redirects: true },
      },
      tcp: { prober: 'tcp', timeout: '5s', tcp: { preferred_ip_protocol: 'ip4' } },
    },
  });
}
