import type * as pulumi from '@pulumi/pulumi';
import type { ContainerLimits } from '../../config/environment.ts';
import type { Endpoint, MetricsTarget, Surroundings } from '../handles.ts';
import { ServiceContainer } from './service.ts';

export interface ExporterArgs extends Surroundings {
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
  const part = `${spec.job}-exporter`;
  new ServiceContainer(
    part,
    {
      ...args,
      part,
      uid: UID,
      command: spec.command,
      ...given('env', spec.env),
      ...given('publicFiles', spec.publicFiles),
      ...given('secretFiles', spec.secretFiles),
      onlyWatches: true,
      hostGateway: spec.hostGateway ?? false,
      ports:
        spec.publishedPort === undefined
          ? []
          : [{ internal: spec.port, external: spec.publishedPort }],
      limits: { ...args.limits, pids: 64, graceSec: 10 },
    },
    { parent },
  );
  return { job: spec.job, host: part, port: spec.port, path: '/metrics' };
}

function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}

/** Arguments of every exporter of the Prometheus project: it speaks when something is wrong, in JSON. */
export const QUIET = ['--log.level=warn', '--log.format=json'];

/** `host:port` */
export function address({ host, port }: Endpoint): string {
  return `${host}:${String(port)}`;
}
