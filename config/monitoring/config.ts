/** What an environment says about who watches it: plain readonly data, every value resolved. */
import type { ContainerLimits } from '../environment.ts';

export interface MonitoringConfig {
  /** Prometheus, Alertmanager, the host's and the probes' exporters, and the watcher. @default true */
  readonly enabled: boolean;
  /** Between two scrapes of a target, and two evaluations of a rule. @default preset */
  readonly scrapeIntervalSec: number;
  /** Between two queries that the watcher sends through the pooler. @default preset */
  readonly probeIntervalSec: number;
  /** How long measurements are kept. @default 15 */
  readonly retentionDays: number;
  /** Oldest measurements go earlier than that when they take more. @default preset */
  readonly retentionSizeBytes: number;
  readonly prometheus: PublishedContainer;
  readonly alertmanager: PublishedContainer;
  /** The host's own figures. Its memory is that of the exporters. */
  readonly nodeExporter: { readonly port: number };
  /** Shown where its image can be had. */
  readonly grafana: PublishedContainer & {
    readonly enabled: boolean;
    /** Raise it by one to give `admin` a new password. @default 1 */
    readonly rotation: number;
  };
  /** Shown where its image can be had. */
  readonly pgwatch: PublishedContainer & { readonly enabled: boolean };
  /** What no exporter measures: access, migrations, containers, logs, the way through the pooler. */
  readonly watch: ContainerLimits;
  /** Programs that show metrics of their own, sorted by name. @default none */
  readonly applications: readonly ApplicationTarget[];
  /** Pages that must answer, `https://…` also with a certificate that lasts, sorted by name. @default none */
  readonly probes: readonly ProbeTarget[];
  /** Who is told, sorted by name. At least one in the preset large. @default none */
  readonly receivers: readonly Receiver[];
  /** Whether a large environment has said that nobody is told. @default false */
  readonly acceptNoReceiver: boolean;
  /** Told once a minute that all is running: who hears nothing raises the alarm. @default none */
  readonly heartbeat?: SecretUrl;
  readonly thresholds: ThresholdsConfig;
}

/** A container with a page on 127.0.0.1. */
export interface PublishedContainer extends ContainerLimits {
  readonly port: number;
}

export interface ApplicationTarget {
  /** Prometheus's job. */
  readonly name: string;
  /** As seen from a container; the machine itself is host.docker.internal. */
  readonly url: string;
  /** File on the machine that runs Pulumi, with the key that is sent as a bearer token. @default none */
  readonly keyFile?: string;
}

export interface ProbeTarget {
  readonly name: string;
  readonly url: string;
}

/** A URL, or where it is a secret the file on the machine that runs Pulumi that holds it. */
export type SecretUrl = { readonly url: string } | { readonly urlFile: string };

export type Severity = 'critical' | 'warning' | 'info';

interface ReceiverCommon {
  readonly name: string;
  /** The least that is told here. @default warning */
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

/** Where an alert begins. What can be derived from the rest of the environment is not here. */
export interface ThresholdsConfig {
  /** Of all connections the server takes. @default 80 */
  readonly connectionsPercent: number;
  /** Reads that memory answers, at least. @default 70 */
  readonly cacheHitPercent: number;
  /** Of a container's memory. @default 90 */
  readonly memoryPercent: number;
  /** Of Redis's maxmemory. @default 80 */
  readonly redisMemoryPercent: number;
  /** 95 of a hundred commands are done in that. @default 2 */
  readonly redisLatencySec: number;
  /** Jobs that wait in one queue. @default 1000 */
  readonly queueBacklog: number;
  /** Requests an application answers with a 5xx. @default 5 */
  readonly errorPercent: number;
  /** Of a volume's file system. @default 85 */
  readonly diskPercent: number;
  /** The server ends such a transaction after 60. @default 30 */
  readonly idleInTransactionSec: number;
  /** @default 1800 */
  readonly transactionSec: number;
  /** @default 30 */
  readonly lockWaitSec: number;
  /** A certificate that ends sooner. @default 14 */
  readonly certificateDays: number;
  /** Of all calls of the database through the pooler, for the error budget. @default 99.9 */
  readonly availabilityPercent: number;
  /** The time in which 99 of a hundred calls through the pooler are answered, for the error budget. @default 100 */
  readonly latencyMs: number;
}
