// What Docker says about a stack's containers, as plain data, and how their services are.

import { run } from '../lib/process.ts';
import { UserError } from '../lib/errors.ts';
import { askAll, type HealthAnswer, type Health } from './health.ts';

export interface ServiceStatus {
  readonly part: string;
  readonly container: string;
  readonly health: Health;
  /** What its health check said, where it is not healthy. */
  readonly words?: string;
  readonly image: string;
  /** When the container started; undefined when it does not run. */
  readonly startedAt?: string;
  /** As Docker prints it: `34.2MiB / 512MiB`. */
  readonly memory?: string;
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly Config: {
    readonly Image: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Healthcheck?: { readonly Test?: readonly string[] };
  };
  readonly State: { readonly Running: boolean; readonly StartedAt: string };
}

/**
 * Services out of `docker inspect`, in the order of their parts' names.
 *
 * @param asked how each service is, by its container's id
 */
export function servicesFrom(
  inspected: readonly Inspected[],
  asked: Readonly<Record<string, HealthAnswer>>,
  memory: Readonly<Record<string, string>> = {},
  imageNames: Readonly<Record<string, string>> = {},
): ServiceStatus[] {
  return inspected
    .map((container): ServiceStatus => {
      const used = memory[container.Id];
      const { health, words } = asked[container.Id] ?? { health: 'stopped' };
      return {
        part: container.Config.Labels['plinth.part'] ?? '',
        container: container.Name.replace(/^\//, ''),
        health,
        ...(words === undefined || words === '' ? {} : { words }),
        image: imageNames[container.Image] ?? container.Config.Image,
        ...(container.State.Running ? { startedAt: container.State.StartedAt } : {}),
        ...(used === undefined ? {} : { memory: used }),
      };
    })
    .sort((a, b) => (a.part < b.part ? -1 : 1));
}

/**
 * What Docker says.
 *
 * @param input for its standard input
 * @throws {UserError} when it fails
 */
export async function docker(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run('docker', args, input === undefined ? {} : { input });
  if (code === 0) return stdout;
  throw new UserError(
    `docker ${args[0] ?? ''} failed (${stderr.trim()})`,
    "run 'npx plinth doctor'",
  );
}

function words(output: string): string[] {
  return output.split('\n').filter((line) => line !== '');
}

/** Lines of a word, a tab and what it stands for. */
function pairs(output: string): Record<string, string> {
  return Object.fromEntries(
    words(output).flatMap((line) => {
      const [key, value] = line.split('\t');
      return key === undefined || value === undefined || value === '' ? [] : [[key, value.trim()]];
    }),
  );
}

/** What Docker says of each container of a stack by its name: `running`, `exited`, … */
export async function containerStates(stack: string): Promise<Readonly<Record<string, string>>> {
  const filter = `label=plinth.stack=${stack}`;
  return pairs(
    await docker(['ps', '--all', '--filter', filter, '--format', '{{.Names}}\t{{.State}}']),
  );
}

/** Ids of containers with all of the given labels, running or not. */
export async function containerIds(...labels: string[]): Promise<string[]> {
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  return words(await docker(['ps', '--all', '--quiet', '--no-trunc', ...filters]));
}

/** The services of a stack, each asked how it is. */
export async function services(stack: string): Promise<ServiceStatus[]> {
  const ids = await serviceIds(stack);
  if (ids.length === 0) return [];
  const [inspected, stats] = await Promise.all([
    docker(['inspect', ...ids]).then((json) => JSON.parse(json) as Inspected[]),
    docker(['stats', '--no-stream', '--no-trunc', '--format', '{{.ID}}\t{{.MemUsage}}', ...ids]),
  ]);
  const images = [...new Set(inspected.map((container) => container.Image))];
  const [asked, names] = await Promise.all([
    askAll(
      inspected.map(({ Id, Config, State }) => ({
        id: Id,
        label: Config.Labels['plinth.health'],
        dockerTest: Config.Healthcheck?.Test,
        startedAt: State.Running ? State.StartedAt : undefined,
      })),
    ),
    docker([
      'image',
      'inspect',
      '--format',
      '{{.Id}}\t{{range .RepoTags}}{{.}} {{end}}',
      ...images,
    ]),
  ]);
  return servicesFrom(inspected, asked, pairs(stats), pairs(names));
}

/** The parts of a stack that have a service, running or not. */
export async function partsOf(stack: string): Promise<string[]> {
  const ids = await serviceIds(stack);
  if (ids.length === 0) return [];
  const parts = await docker([
    'inspect',
    '--format',
    '{{index .Config.Labels "plinth.part"}}',
    ...ids,
  ]);
  return words(parts).sort();
}

function serviceIds(stack: string): Promise<string[]> {
  return containerIds(`plinth.stack=${stack}`, 'plinth.kind=service');
}

/** The one running service of a part; undefined when there is none. */
export async function runningContainer(stack: string, part: string): Promise<string | undefined> {
  const all = await containerIds(
    `plinth.stack=${stack}`,
    `plinth.part=${part}`,
    'plinth.kind=service',
  );
  if (all.length === 0) return undefined;
  const inspected = JSON.parse(await docker(['inspect', ...all])) as Inspected[];
  return inspected.find((container) => container.State.Running)?.Id;
}
