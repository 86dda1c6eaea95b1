// What Docker says about a stack's containers, as plain data.

import { run } from '../toolchain/run.ts';
import { Problem } from '../toolchain/problem.ts';

export type Health = 'healthy' | 'starting' | 'unhealthy' | 'unchecked' | 'stopped';

export interface ServiceStatus {
  readonly part: string;
  readonly container: string;
  readonly health: Health;
  readonly image: string;
  /** When the container started; undefined when it does not run. */
  readonly startedAt?: string;
  /** As Docker prints it: `34.2MiB / 512MiB`. */
  readonly memory?: string;
}

/** How long a check may take before it has not passed. */
const ASK_MS = 10_000;

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly Config: {
    readonly Image: string;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Healthcheck?: { readonly Test?: readonly string[] };
  };
  readonly State: {
    readonly Running: boolean;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
}

/** What a container's state means. */
export function healthOf(state: Inspected['State']): Health {
  if (!state.Running) return 'stopped';
  const said = state.Health?.Status;
  return said === 'healthy' || said === 'starting' || said === 'unhealthy' ? said : 'unchecked';
}

/** What Docker runs in a container to know how it is; undefined where it asks nothing. */
export function questionOf(test: readonly string[] = []): readonly string[] | undefined {
  const [kind, ...words] = test;
  if (kind === 'CMD') return words;
  return kind === 'CMD-SHELL' ? ['sh', '-c', ...words] : undefined;
}

/** Services out of `docker inspect`, in the order of their parts' names. */
export function servicesFrom(
  inspected: readonly Inspected[],
  memory: Readonly<Record<string, string>> = {},
  imageNames: Readonly<Record<string, string>> = {},
): ServiceStatus[] {
  return inspected
    .map((container): ServiceStatus => {
      const used = memory[container.Id];
      return {
        part: container.Config.Labels['plinth.part'] ?? '',
        container: container.Name.replace(/^\//, ''),
        health: healthOf(container.State),
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
 * @throws {Problem} when it fails
 */
export async function docker(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run('docker', args, input === undefined ? {} : { input });
  if (code === 0) return stdout;
  throw new Problem(`docker ${args[0] ?? ''} failed (${stderr.trim()})`, "run 'npm run doctor'");
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

/** The services of a stack. */
export async function services(stack: string): Promise<ServiceStatus[]> {
  const ids = await containerIds(`plinth.stack=${stack}`, 'plinth.kind=service');
  if (ids.length === 0) return [];
  const [inspected, stats] = await Promise.all([
    docker(['inspect', ...ids]).then((json) =>
      Promise.all((JSON.parse(json) as Inspected[]).map(askedNow)),
    ),
    docker(['stats', '--no-stream', '--no-trunc', '--format', '{{.ID}}\t{{.MemUsage}}', ...ids]),
  ]);
  const images = [...new Set(inspected.map((container) => container.Image))];
  const names = await docker([
    'image',
    'inspect',
    '--format',
    '{{.Id}}\t{{range .RepoTags}}{{.}} {{end}}',
    ...images,
  ]);
  return servicesFrom(inspected, pairs(stats), pairs(names));
}

/** Docker asks for the first time after a whole interval, which is a minute for what only watches: until then, it is asked here. */
async function askedNow(container: Inspected): Promise<Inspected> {
  const { Id, Config, State } = container;
  const question = questionOf(Config.Healthcheck?.Test);
  if (healthOf(State) !== 'starting' || question === undefined) return container;
  const { code } = await run('docker', ['exec', Id, ...question], { timeoutMs: ASK_MS });
  return code === 0
    ? { ...container, State: { ...State, Health: { Status: 'healthy' } } }
    : container;
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
