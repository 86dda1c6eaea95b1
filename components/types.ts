import type * as pulumi from '@pulumi/pulumi';
import type { LogsConfig } from '../config/environment.ts';

/** Where something listens. `host`/`port` as seen from the network the reader is in. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A login. The password is secret; the user name is not, and is known at preview. */
export interface Credential {
  readonly user: string;
  readonly password: pulumi.Output<string>;
}

/** Something Prometheus can scrape, inside the stack's network. */
export interface MetricsTarget extends Endpoint {
  /** What is measured: `postgres`, `pgbouncer`, `redis-cache`, … */
  readonly job: string;
  readonly path: string;
}

/** What every component needs to know about the environment it is part of. */
export interface EnvironmentContext {
  /** The stack's name: dev, staging, prod. */
  readonly stack: string;
  /** Physical name of the stack's private network. */
  readonly network: pulumi.Input<string>;
  /** The image that all others stand on. */
  readonly baseImage: string;
  /** Where the output of containers goes besides files of the machine. @default - nowhere */
  readonly shipLogsTo?: LogsConfig['shipTo'];
  /** Docker endpoint as in DOCKER_HOST. @default - the docker client's own */
  readonly dockerHost?: string | undefined;
}
