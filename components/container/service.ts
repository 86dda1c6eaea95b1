import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { PidsLimit, Readiness } from '../../provider/resources.ts';
import type { EnvironmentContext } from '../types.ts';
import { ConfigVolume } from './config-volume.ts';
import {
  hardening,
  HEALTH_TEST,
  HEALTHCHECK,
  logging,
  UNCHECKED,
  LOW_PRIORITY_CPU_SHARES,
  REPLACE_ON_CHANGES,
  type Limits,
} from './hardening.ts';
import { labels, physicalName } from './names.ts';

type Files = Readonly<Record<string, pulumi.Input<string>>>;

export interface ServiceContainerArgs extends Omit<EnvironmentContext, 'network'> {
  /** Physical name of the stack's private network; undefined for a container that talks to nobody. */
  readonly network: pulumi.Input<string> | undefined;
  /** Short name of the part: container `plinth-<stack>-<part>`, network alias `<part>`. */
  readonly part: string;
  readonly image: pulumi.Input<string>;
  /** Numeric user of the image, owner of its files. */
  readonly uid: number;
  readonly limits: Limits;
  /** Arguments of the image's entry point. @default - the image's own */
  readonly command?: readonly string[];
  /** Settings by name. Never a secret: anyone who may inspect the container reads them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files at /etc/plinth, readable by all. */
  readonly publicFiles?: Files;
  /** Files at /run/secrets, readable by `uid` only. */
  readonly secretFiles?: Files;
  readonly volumes?: readonly Mount[];
  /** Folders of the machine that can be read, by where they are seen. Never one that holds secrets. @default - none */
  readonly hostFolders?: Readonly<Record<string, string>>;
  /** Whether it only watches others: then Docker does not check it, it gives way to them, and no update waits for it. @default false */
  readonly lowPriority?: boolean;
  /** Whether Docker checks it now and then: needed where Prometheus does not read it. @default - unless it only watches */
  readonly dockerHealthcheck?: boolean;
  /** A program in the container that says whether it is well, and its arguments. @default - the image's plinth-health */
  readonly healthTest?: readonly string[];
  /** Whether the machine itself can be reached, as host.docker.internal. @default false */
  readonly hostGateway?: boolean;
  /** Ports published on 127.0.0.1. @default - none */
  readonly ports?: readonly { readonly internal: number; readonly external: number }[];
  /**
   * Whether an update waits until it is ready. `false` for what nothing else needs: an update must get through when it is the
   * remedy. @default true
   */
  readonly awaitReady?: boolean;
}

export interface Mount {
  readonly volume: pulumi.Input<string>;
  readonly path: string;
  /** @default false */
  readonly readOnly?: boolean;
}

/**
 * One service of a stack: hardened, limited, health-checked, its files beside it. The only place
 * where a running container is declared.
 */
export class ServiceContainer extends pulumi.ComponentResource {
  /** Name on the stack's network and of the container. */
  readonly containerName: string;

  constructor(
    name: string,
    args: ServiceContainerArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:container:Service', name, {}, opts);
    this.containerName = physicalName(args.stack, args.part);
    const roots = fileRoots(name, args, this);
    const { lowPriority = false, healthTest = HEALTH_TEST } = args;
    const { awaitReady = !lowPriority, dockerHealthcheck = !lowPriority } = args;

    const container = new docker.Container(
      name,
      {
        ...hardening(args.limits),
        ...logging(args.shipLogsTo, this.containerName),
        name: this.containerName,
        hostname: args.part,
        image: args.image,
        user: String(args.uid),
        envs: Object.entries({ ...args.env, ...(lowPriority ? goThreads(args.limits) : {}) }).map(
          ([key, value]) => `${key}=${value}`,
        ),
        ...(lowPriority ? { cpuShares: LOW_PRIORITY_CPU_SHARES } : {}),
        healthcheck: dockerHealthcheck
          ? { ...HEALTHCHECK, tests: ['CMD', ...healthTest] }
          : UNCHECKED,
        labels: [
          ...labels(args.stack, args.part, {
            'plinth.kind': 'service',
            'plinth.health': JSON.stringify(healthTest),
          }),
          ...roots.map(({ path, hash }) => ({ label: `plinth.files${path}`, value: hash })),
        ],
        ...(args.network === undefined
          ? { networkMode: 'none' }
          : { networksAdvanced: [{ name: args.network, aliases: [args.part] }] }),
        ports: (args.ports ?? []).map((port) => ({ ...port, ip: '127.0.0.1', protocol: 'tcp' })),
        volumes: [
          ...[...roots.map(readOnlyMount), ...(args.volumes ?? [])].map(toVolume),
          ...Object.entries(args.hostFolders ?? {}).map(toBind),
        ],
        ...(args.hostGateway === true
          ? { hosts: [{ host: 'host.docker.internal', ip: 'host-gateway' }] }
          : {}),
        // Readiness waits, with more patience than Docker's check has.
        wait: false,
        waitTimeout: 0,
        ...(args.command === undefined ? {} : { command: [...args.command] }),
      },
      {
        parent: this,
        dependsOn: roots,
        replaceOnChanges: REPLACE_ON_CHANGES,
        // Name and port can be had once only.
        deleteBeforeReplace: true,
      },
    );

    new PidsLimit(
      `${name}-pids`,
      { container: container.id, limit: args.limits.pids, dockerHost: args.dockerHost },
      { parent: this, deletedWith: container },
    );
    if (awaitReady) {
      new Readiness(
        `${name}-ready`,
        {
          container: container.id,
          service: this.containerName,
          test: healthTest,
          dockerHost: args.dockerHost,
        },
        { parent: this, deletedWith: container },
      );
    }
    this.registerOutputs();
  }
}

/**
 * Exporters, Prometheus and Alertmanager are Go programs. Go starts a thread for each processor of the machine, whatever the
 * container's limit is: idle threads wake each other, and under load the limit stops all of them at once.
 */
function goThreads({ cpus }: Limits): Readonly<Record<string, string>> {
  return { GOMAXPROCS: String(Math.max(1, Math.ceil(cpus))) };
}

function fileRoots(
  name: string,
  args: ServiceContainerArgs,
  parent: pulumi.Resource,
): ConfigVolume[] {
  const wanted = [
    ['public', args.publicFiles],
    ['secret', args.secretFiles],
  ] as const;
  return wanted.flatMap(([root, files]) =>
    files === undefined
      ? []
      : [new ConfigVolume(`${name}-${root}`, { ...args, root, files }, { parent })],
  );
}

function readOnlyMount({ volume, path }: ConfigVolume): Mount {
  return { volume, path, readOnly: true };
}

function toVolume({ volume, path, readOnly = false }: Mount) {
  return { volumeName: volume, containerPath: path, readOnly };
}

function toBind([containerPath, hostPath]: readonly [string, string]) {
  return { hostPath, containerPath, readOnly: true };
}
