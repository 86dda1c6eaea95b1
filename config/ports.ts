/** Checks whether the machine can run the environment: the ports and the memory. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { promisify } from 'node:util';
import { wantedPorts } from './checks.ts';
import type { EnvironmentConfig } from './environment.ts';
import { ConfigError, formatPath } from './errors.ts';

/** A running container, from `docker ps`. */
export interface RunningContainer {
  readonly stack: string;
  readonly name: string;
  readonly ports: readonly number[];
}

/** Properties of the machine. Tests replace it. */
export interface Machine {
  /** Why no program can listen on 127.0.0.1:port (`EADDRINUSE`). Undefined if the port is free. */
  portProblem(port: number): Promise<string | undefined>;
  containers(): Promise<readonly RunningContainer[]>;
  readonly memoryBytes: number;
}

/**
 * Rejects an environment that this machine cannot run: a port is in use, or the memory is not sufficient. A remote
 * Docker engine and a preview-only stack are not checked.
 *
 * @param preview whether this is a preview. A small machine may preview a large environment.
 * @throws {ConfigError} with all problems
 */
export async function checkMachine(
  config: EnvironmentConfig,
  preview: boolean,
  machine: Machine = thisMachine,
): Promise<void> {
  const { host, previewOnly } = config.docker;
  if (previewOnly || (host !== undefined && !host.startsWith('unix://'))) return;
  const problems = await portProblems(config, machine);
  const memory = preview ? undefined : memoryProblem(config, machine.memoryBytes);
  if (memory !== undefined) problems.push(memory);
  if (problems.length > 0) throw new ConfigError(`Pulumi.${config.stack}.yaml`, problems);
}

/** One sentence for each port that another program or another stack uses. */
export async function portProblems(config: EnvironmentConfig, machine: Machine): Promise<string[]> {
  const reasons = await Promise.all(
    wantedPorts(config).map(({ port }) => machine.portProblem(port)),
  );
  if (reasons.every((reason) => reason === undefined)) return [];
  const containers = await machine.containers();
  return wantedPorts(config).flatMap(({ path, port }, index) => {
    const reason = reasons[index];
    const holders = containers.filter(({ ports }) => ports.includes(port));
    if (reason === undefined || holders.some(({ stack }) => stack === config.stack)) return [];
    const [holder] = holders;
    const taken =
      reason !== 'EADDRINUSE'
        ? `is not available (${reason})`
        : holder === undefined
          ? `is used by another program (ss -ltnp 'sport = :${port}' shows it)`
          : `is used by the container ${holder.name}`;
    return [
      `${formatPath(path)} is ${port} but 127.0.0.1:${port} ${taken}: free it, or set plinth:${formatPath(path)} to another`,
    ];
  });
}

/** Memory limits of all containers of an environment together. */
export function totalMemoryBytes({
  postgres,
  pgbouncer,
  redis,
  exporters,
  backup,
  monitoring,
}: EnvironmentConfig): number {
  const profiles = [redis.cache, redis.queue].filter(({ enabled }) => enabled);
  const services = [postgres, pgbouncer, ...profiles];
  const measured = exporters.enabled ? services.length * exporters.memoryBytes : 0;
  const saved = [backup, backup.drill, backup.pointInTime].filter(
    ({ enabled }) => backup.enabled && enabled,
  );
  return [...services, ...saved, ...watching(monitoring, exporters)].reduce(
    (total, { memoryBytes }) => total + memoryBytes,
    measured,
  );
}

/** The containers of monitoring. Grafana and pgwatch count even if their images are not available. */
function watching(
  { enabled, prometheus, alertmanager, watch, grafana, pgwatch }: EnvironmentConfig['monitoring'],
  ofExporters: EnvironmentConfig['exporters'],
): { readonly memoryBytes: number }[] {
  if (!enabled) return [];
  return [
    prometheus,
    alertmanager,
    watch,
    // The node exporter and the blackbox exporter.
    ofExporters,
    ofExporters,
    ...[grafana, pgwatch].filter((page) => page.enabled),
  ];
}

/** The memory limits of the containers exceed the memory of the machine. */
export function memoryProblem(config: EnvironmentConfig, machineBytes: number): string | undefined {
  const asked = totalMemoryBytes(config);
  if (asked <= machineBytes) return undefined;
  const gibibytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  return `preset is "${config.preset}" and all containers together need ${gibibytes(asked)} but this machine has ${gibibytes(machineBytes)}: choose a smaller preset or lower postgres.memory`;
}

/** Parses one line of `docker ps`: stack, name and ports, separated by tabs. Ports look like `127.0.0.1:6432->6432/tcp`. */
export function readContainer(line: string): RunningContainer {
  const [stack = '', name = '', published = ''] = line.split('\t');
  const ports = [...published.matchAll(/:(\d+)(?:-(\d+))?->/g)].flatMap(
    ([, from = '', to = from]) =>
      Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index),
  );
  return { stack, name, ports: [...new Set(ports)] };
}

/** The current machine. */
export const thisMachine: Machine = {
  memoryBytes: totalmem(),

  portProblem(port) {
    return new Promise((done) => {
      const server = createServer();
      server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
        server.close(() => done(undefined)),
      );
    });
  },

  async containers() {
    const format = '{{.Label "plinth.stack"}}\t{{.Names}}\t{{.Ports}}';
    try {
      const { stdout } = await promisify(execFile)('docker', ['ps', '--format', format], {
        timeout: 10_000,
      });
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map(readContainer);
    } catch {
      // Without a Docker engine there are no containers: another program uses the port.
      return [];
    }
  },
};
