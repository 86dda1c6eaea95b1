import type * as pulumi from '@pulumi/pulumi';
import type { ContainerLimits } from '../../config/container-limits.ts';
import type { Endpoint, MetricsTarget, EnvironmentContext } from '../types.ts';
import { ServiceContainer } from './service.ts';

export interface ExporterArgs extends EnvironmentContext {
  readonly image: pulumi.Input<string>;
  readonly limits: ContainerLimits;
}

/** What one exporter is, on top of what all of them share. */
export interface ExporterSpec {
  /** What is measured; the container is called `<job>-exporter`. */
  readonly job: string;
  readonly command: readonly string[];
  /** @default - none */
  readonly env?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly publicFiles?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly secretFiles?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly port: number;
  /** Port on 127.0.0.1. @default - not published */
  readonly publishedPort?: number;
  /** Whether the machine itself can be reached, as host.docker.internal. @default false */
  readonly hostGateway?: boolean;
}

const UID = 10004;

/** A container of the exporters' image. Healthy means: it reaches what it measures. */
export function exporterContainer(
  args: ExporterArgs,
  spec: ExporterSpec,
  parent: pulumi.Resource,
): MetricsTarget {
  const { job, port, publishedPort, ...own } = spec;
  const part = `${job}-exporter`;
  new ServiceContainer(
    part,
    {
      ...args,
      ...own,
      part,
      uid: UID,
      lowPriority: true,
      ports: publishedPort === undefined ? [] : [{ internal: port, external: publishedPort }],
      limits: { ...args.limits, pids: 64, graceSec: 10 },
    },
    { parent },
  );
  return { job, host: part, port, path: '/metrics' };
}

/** Arguments of every exporter of the Prometheus project: it speaks when something is wrong, in JSON. */
export const EXPORTER_LOG_FLAGS = ['--log.level=warn', '--log.format=json'];

/** `host:port` */
export function address({ host, port }: Endpoint): string {
  return `${host}:${String(port)}`;
}
