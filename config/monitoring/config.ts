/** The resolved monitoring configuration of an environment: plain readonly data, with every default applied. */
import type { ContainerLimits } from '../container-limits.ts';

export interface MonitoringConfig {
  /** Whether Prometheus, Alertmanager, the node and blackbox exporters and the watcher are deployed. @default true */
  readonly enabled: boolean;
  /** Interval between two scrapes of a target and two evaluations of a rule. @default preset */
  readonly scrapeIntervalSec: number;
  /** Interval between two queries that the watcher sends through PgBouncer. @default preset */
  readonly probeIntervalSec: number;
  /** Retention time of the metrics. @default 15 */
  readonly retentionDays: number;
  /** Maximum size of the metrics. If they exceed it, the oldest are deleted earlier. @default preset */
  readonly retentionSizeBytes: number;
  readonly prometheus: PublishedContainer;
  readonly alertmanager: PublishedContainer;
  /** Metrics of the host. It has the memory limit of the exporters. */
  readonly nodeExporter: { readonly port: number };
  /** Deployed if its image is available. */
  readonly grafana: PublishedContainer & {
    readonly enabled: boolean;
    /** Increase by one to generate a new password for `admin`. @default 1 */
    readonly rotation: number;
  };
  /** Deployed if its image is available. */
  readonly pgwatch: PublishedContainer & { readonly enabled: boolean };
  /** Measures what no exporter measures: access, migrations, containers, logs, queries through PgBouncer. */
  readonly watch: ContainerLimits;
  /** Applications that Prometheus scrapes, sorted by name. @default none */
  readonly applications: readonly ApplicationTarget[];
  /** URLs that must respond, sorted by name. For `https://…`, the expiry of the certificate is checked as well. @default none */
  readonly probes: readonly ProbeTarget[];
  /** Receivers of notifications, sorted by name. At least one in the preset large. @default none */
  readonly receivers: readonly Receiver[];
  /** Whether a large environment accepts that no notifications are sent. @default false */
  readonly acceptNoReceiver: boolean;
  /** Dead man's switch: called once a minute while monitoring works. The called service alerts if the calls stop. @default none */
  readonly heartbeat?: SecretUrl;
  readonly thresholds: ThresholdsConfig;
}

/** A container with a web UI on 127.0.0.1. */
export interface PublishedContainer extends ContainerLimits {
  readonly port: number;
}

export interface ApplicationTarget {
  /** The Prometheus job. */
  readonly name: string;
  /** Reachable from a container. The machine itself is host.docker.internal. */
  readonly url: string;
  /** File on the machine that runs Pulumi. It contains the key that is sent as a bearer token. @default none */
  readonly keyFile?: string;
}

export interface ProbeTarget {
  readonly name: string;
  readonly url: string;
}

/** A URL. If it is a secret, a file on the machine that runs Pulumi contains it. */
export type SecretUrl = { readonly url: string } | { readonly urlFile: string };

export type Severity = 'critical' | 'warning' | 'info';

interface ReceiverCommon {
  readonly name: string;
  /** Lowest severity that is sent to this receiver. @default warning */
  readonly severity: Severity;
}
export type Receiver = ReceiverCommon &
  (
    | ({ readonly kind: 'webhook' } & SecretUrl)
    | ({ readonly kind: 'slack'; readonly channel: string } & SecretUrl)
    | { readonly kind: 'pagerduty'; readonly url: string; readonly routingKeyFile: string }
    | {
        readonly kind: 'email';
        readonly to: string;
        readonly from: string;
        /** host:port */
        readonly smarthost: string;
        readonly user?: string;
        readonly passwordFile?: string;
        /** @default true */
        readonly requireTls: boolean;
      }
  );

/** Thresholds of the alerts. Values that can be derived from other settings are not included. */
export interface ThresholdsConfig {
  /** Used connections, of max_connections. @default 80 */
  readonly connectionsPercent: number;
  /** Lowest cache hit ratio. @default 70 */
  readonly cacheHitPercent: number;
  /** Used memory, of the memory limit of a container. @default 90 */
  readonly memoryPercent: number;
  /** Used memory of Redis, of maxmemory. @default 80 */
  readonly redisMemoryPercent: number;
  /** 95th percentile of the duration of Redis commands. @default 2 */
  readonly redisLatencySec: number;
  /** Number of jobs that wait in one queue. @default 1000 */
  readonly queueBacklog: number;
  /** Requests to an application that return a 5xx status. @default 5 */
  readonly errorPercent: number;
  /** Used space of a file system. @default 85 */
  readonly diskPercent: number;
  /** Duration of an idle transaction. Postgres terminates it after 60 s. @default 30 */
  readonly idleInTransactionSec: number;
  /** @default 1800 */
  readonly transactionSec: number;
  /** @default 30 */
  readonly lockWaitSec: number;
  /** Remaining validity of a certificate. @default 14 */
  readonly certificateDays: number;
  /** Queries through PgBouncer that must succeed, for the error budget. @default 99.9 */
  readonly availabilityPercent: number;
  /** 99th percentile of the duration of queries through PgBouncer, for the error budget. @default 100 */
  readonly latencyMs: number;
}
