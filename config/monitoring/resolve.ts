/** Adds the defaults of monitoring. Pure. Checks nothing. */
import type { Preset } from '../presets.ts';
import type { EnvironmentInput } from '../schema.ts';
import type { MonitoringConfig, Receiver, SecretUrl, ThresholdsConfig } from './config.ts';

type Input = NonNullable<EnvironmentInput['monitoring']>;

/** The PagerDuty Events API. */
const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';

export function resolveMonitoring(input: Input, preset: Preset): MonitoringConfig {
  const { prometheus = {}, alertmanager = {}, grafana = {}, pgwatch = {}, watch = {} } = input;
  const sizes = preset.monitoring;
  const days = 86_400_000;
  return {
    enabled: input.enabled ?? true,
    scrapeIntervalSec: inSeconds(input.scrapeInterval) ?? sizes.scrapeIntervalSec,
    probeIntervalSec: inSeconds(input.probeInterval) ?? sizes.probeIntervalSec,
    retentionDays: Math.max(1, Math.round((input.retention ?? 15 * days) / days)),
    retentionSizeBytes: input.retentionSize ?? sizes.retentionSizeBytes,
    prometheus: {
      port: prometheus.port ?? 9090,
      memoryBytes: prometheus.memory ?? sizes.prometheusMemoryBytes,
      cpus: prometheus.cpus ?? sizes.cpus,
    },
    alertmanager: {
      port: alertmanager.port ?? 9093,
      memoryBytes: alertmanager.memory ?? sizes.alertmanagerMemoryBytes,
      cpus: alertmanager.cpus ?? sizes.cpus,
    },
    nodeExporter: { port: input.nodeExporter?.port ?? 9100 },
    grafana: {
      enabled: grafana.enabled ?? true,
      port: grafana.port ?? 3001,
      rotation: grafana.rotation ?? 1,
      memoryBytes: grafana.memory ?? sizes.grafanaMemoryBytes,
      cpus: grafana.cpus ?? sizes.cpus,
    },
    pgwatch: {
      enabled: pgwatch.enabled ?? false,
      port: pgwatch.port ?? 8081,
      memoryBytes: pgwatch.memory ?? sizes.pgwatchMemoryBytes,
      cpus: pgwatch.cpus ?? sizes.cpus,
    },
    watch: {
      memoryBytes: watch.memory ?? sizes.watchMemoryBytes,
      cpus: watch.cpus ?? sizes.cpus,
    },
    applications: byName(input.applications).map(([name, { url, keyFile }]) => ({
      name,
      url: url ?? '',
      ...(keyFile === undefined ? {} : { keyFile }),
    })),
    probes: byName(input.probes).map(([name, { url }]) => ({ name, url: url ?? '' })),
    receivers: byName(input.receivers).map(([name, settings]) => receiver(name, settings)),
    acceptNoReceiver: input.acceptNoReceiver ?? false,
    ...(input.heartbeat === undefined ? {} : { heartbeat: secretUrl(input.heartbeat) }),
    thresholds: thresholds(input.thresholds ?? {}),
  };
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms / 1000);
}

function thresholds(input: NonNullable<Input['thresholds']>): ThresholdsConfig {
  const seconds = (ms: number | undefined, fallback: number) =>
    ms === undefined ? fallback : ms / 1000;
  return {
    connectionsPercent: input.connections ?? 80,
    cacheHitPercent: input.cacheHit ?? 70,
    memoryPercent: input.memory ?? 90,
    redisMemoryPercent: input.redisMemory ?? 80,
    redisLatencySec: seconds(input.redisLatency, 2),
    queueBacklog: input.queueBacklog ?? 1000,
    errorPercent: input.errors ?? 5,
    diskPercent: input.disk ?? 85,
    idleInTransactionSec: seconds(input.idleInTransaction, 30),
    transactionSec: seconds(input.transaction, 1800),
    lockWaitSec: seconds(input.lockWait, 30),
    certificateDays: seconds(input.certificate, 14 * 86_400) / 86_400,
    availabilityPercent: input.availability ?? 99.9,
    latencyMs: input.latency ?? 100,
  };
}

/** A missing value is an empty string here. `checks.ts` reports it. */
function receiver(name: string, input: NonNullable<Input['receivers']>[string]): Receiver {
  const common = { name, severity: input.severity ?? 'warning' };
  switch (input.kind) {
    case 'slack':
      return { ...common, kind: 'slack', channel: input.channel ?? '', ...secretUrl(input) };
    case 'pagerduty':
      return {
        ...common,
        kind: 'pagerduty',
        url: input.url ?? PAGERDUTY,
        routingKeyFile: input.routingKeyFile ?? '',
      };
    case 'email':
      return {
        ...common,
        kind: 'email',
        to: input.to ?? '',
        from: input.from ?? '',
        smarthost: input.smarthost ?? '',
        ...(input.user === undefined ? {} : { user: input.user }),
        ...(input.passwordFile === undefined ? {} : { passwordFile: input.passwordFile }),
        requireTls: input.requireTls ?? true,
      };
    case 'webhook':
    case undefined:
      return { ...common, kind: 'webhook', ...secretUrl(input) };
  }
}

function secretUrl(input: {
  readonly url?: string | undefined;
  readonly urlFile?: string | undefined;
}): SecretUrl {
  return input.urlFile === undefined ? { url: input.url ?? '' } : { urlFile: input.urlFile };
}

/** Sorts by code points, so that the order is the same on every machine. */
function byName<T>(
  group: Readonly<Record<string, T | undefined>> | undefined,
): (readonly [string, T])[] {
  return Object.entries(group ?? {})
    .flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
