/**
 * Builds a piece of the program under Pulumi's mocks and tells what it asked the engine for: not what
 * the mocks were given, but the requests as they went over the wire, with secret marks and options.
 */
import * as pulumi from '@pulumi/pulumi';
import { createHash } from 'node:crypto';

/** What stands in `inputs` where the engine was told that a value is secret. */
export interface Secret {
  readonly $secret: unknown;
}

/** One resource as it was registered. Resources are written `type name`, short types for providers'. */
export interface Registration {
  /** `docker:Container postgres`, `plinth:postgres:Server postgres`. */
  readonly key: string;
  readonly type: string;
  readonly name: string;
  /** Properties as sent; a secret is `{ $secret: value }`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: RecordedOptions;
}

export interface RecordedOptions {
  /** Key of the parent; undefined at the top. */
  readonly parent: string | undefined;
  /** Name of the explicit provider resource; undefined for the package's default provider. */
  readonly provider: string | undefined;
  /** Keys of all that must be there before: by `dependsOn` and by the inputs' outputs. Sorted. */
  readonly after: readonly string[];
  /** Keys of the resources whose outputs an input was made of, by property. */
  readonly madeOf: Readonly<Record<string, readonly string[]>>;
  /** Its own or, as the engine does it, the nearest parent's. */
  readonly deletedWith: string | undefined;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly protect: boolean;
  /** Id under which it is there already and is taken over. */
  readonly importId: string | undefined;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  /** Keys under which an older state may have it; the engine works out those of its children. */
  readonly aliases: readonly string[];
}

export interface Recording<T> {
  readonly built: T;
  /** All resources, sorted by key. */
  readonly resources: readonly Registration[];
}

export interface RecordOptions {
  /** @default dev */
  readonly stack?: string;
  /** A preview does not know what providers answer. @default false */
  readonly preview?: boolean;
}

/** A random password as the mocks hand it out: 32 letters and digits, told apart by name and generation. */
export function canary(name: string, generation = 1): string {
  return `Canary${digest(name, generation).toString('hex').slice(0, 26)}`;
}

/** The salt beside that password, in base64. */
export function salt(name: string, generation = 1): string {
  return randomBytes(name, generation, 16);
}

/** Up to 32 bytes, in base64. */
function randomBytes(name: string, generation: number, length: number): string {
  return digest(`${name}-salt`, generation).subarray(0, length).toString('base64');
}

function digest(name: string, generation: number): Buffer {
  return createHash('sha256').update(`${name} ${generation}`).digest();
}

/**
 * Runs `build` under mocks and waits until everything it declared has been registered.
 *
 * @throws what `build` throws, and what a registration fails with
 */
export async function record<T>(
  build: () => T,
  { stack = 'dev', preview = false }: RecordOptions = {},
): Promise<Recording<T>> {
  await pulumi.runtime.setMocks(
    { newResource: (args) => answer(args, preview), call: () => ({}) },
    'plinth',
    stack,
    preview,
  );
  const requests = listen();
  const built = await withoutStacks(async () => {
    const piece = build();
    await pulumi.runtime.disconnect();
    return piece;
  });
  const keys = new Map(requests.map(({ urn, request }) => [urn, keyOf(request)]));
  const resources = inherit(requests.map(({ request }) => registration(request, keys))).sort(byKey);
  const twice = resources.find(({ key }, index) => key === resources[index + 1]?.key);
  if (twice !== undefined) throw new Error(`${twice.key} is registered twice`);
  return { built, resources };
}

/**
 * The SDK takes a stack trace for each output, and Jest maps each trace back to TypeScript: three
 * quarters of the time. What is thrown meanwhile says what is wrong, not where.
 */
async function withoutStacks<T>(work: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What an output turns out to be, and whether it is secret. */
export async function settled<T>(
  output: pulumi.Output<T>,
): Promise<{ value: T; isSecret: boolean }> {
  const internals = output as unknown as { promise(): Promise<T>; isSecret: Promise<boolean> };
  return { value: await internals.promise(), isSecret: await internals.isSecret };
}

/** The registrations under each parent: keys by the parent's key, all sorted. */
export function tree(resources: readonly Registration[]): Record<string, string[]> {
  const children: Record<string, string[]> = {};
  for (const { key, options } of resources) (children[options.parent ?? ''] ??= []).push(key);
  return children;
}

/**
 * Keys of all that is there before `key` is begun: what it waits for, what its parents wait for (a
 * component is registered only then, and its children after it), and what those wait for in turn.
 */
export function before(resources: readonly Registration[], key: string): string[] {
  const seen = new Set<string>();
  const visit = (current: string): void => {
    const { parent, after } = find(resources, current).options;
    for (const next of [...after, ...(parent === undefined ? [] : [parent])]) {
      if (!seen.has(next)) visit((seen.add(next), next));
    }
  };
  visit(key);
  return [...seen].sort();
}

/** The one registration with this key. */
export function find(resources: readonly Registration[], key: string): Registration {
  const found = resources.find((resource) => resource.key === key);
  if (found === undefined) throw new Error(`no ${key} among ${resources.length} resources`);
  return found;
}

/** `value` without secret marks, at any depth. */
export function clear(value: unknown): unknown {
  if (isSecret(value)) return clear(value.$secret);
  if (Array.isArray(value)) return value.map(clear);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clear(item)]));
}

/** `value` with a hole in place of each secret: what may be read by anyone. */
export function visible(value: unknown): unknown {
  if (isSecret(value)) return '[secret]';
  if (Array.isArray(value)) return value.map(visible);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visible(item)]));
}

/** Whether a secret mark is on `value` or anywhere in it. */
export function hasSecret(value: unknown): boolean {
  return JSON.stringify(visible(value)) !== JSON.stringify(clear(value));
}

/** Keys of what differs between two recordings, options included; resources of one side only count. */
export function differences(
  before: readonly Registration[],
  after: readonly Registration[],
): string[] {
  const print = (all: readonly Registration[]) =>
    new Map(all.map((resource) => [resource.key, JSON.stringify(resource)]));
  const [old, young] = [print(before), print(after)];
  return [...new Set([...old.keys(), ...young.keys()])]
    .filter((key) => old.get(key) !== young.get(key))
    .sort();
}

// ---------------------------------------------------------------------------------------- the wire

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

/** The parts of the engine's RegisterResourceRequest that are read here. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getProvider(): string;
  getDependenciesList(): string[];
  getPropertydependenciesMap(): {
    forEach(each: (urns: { getUrnsList(): string[] }, property: string) => void): void;
  };
  getDeletedwith(): string;
  getRetainondelete(): boolean | undefined;
  getDeletebeforereplace(): boolean;
  getProtect(): boolean | undefined;
  getImportid(): string;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getAliasesList(): { getSpec(): { getType(): string; getName(): string } | undefined }[];
}

interface Monitor {
  registerResource(request: Request, done: (error: unknown, response: unknown) => void): unknown;
}

/** Writes down each request that goes to the mock engine from here on. */
function listen(): { urn: string; request: Request }[] {
  const requests: { urn: string; request: Request }[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) =>
    register(request, (error, response) => {
      const urn = error === null ? (response as { getUrn(): string }).getUrn() : '';
      requests.push({ urn, request });
      done(error, response);
    });
  return requests;
}

function keyOf(request: Request): string {
  return `${shortType(request.getType())} ${request.getName()}`;
}

/** `docker:index/container:Container` is `docker:Container`; types of our own are short already. */
function shortType(type: string): string {
  return type.replace(/^(\w+):index\/\w+:(\w+)$/, '$1:$2');
}

function registration(request: Request, keys: ReadonlyMap<string, string>): Registration {
  const known = (urn: string): string => {
    const key = keys.get(urn);
    if (key === undefined) throw new Error(`${keyOf(request)} refers to ${urn}, which is not here`);
    return key;
  };
  const optional = (urn: string) => (urn === '' ? undefined : known(urn));
  const madeOf: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((urns, property) => {
    if (urns.getUrnsList().length > 0) madeOf[property] = urns.getUrnsList().map(known).sort();
  });
  return {
    key: keyOf(request),
    type: shortType(request.getType()),
    name: request.getName(),
    inputs: marked(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
    options: {
      parent: optional(request.getParent()),
      provider: optional(request.getProvider().replace(/::[^:]*$/, ''))?.split(' ')[1],
      after: request.getDependenciesList().map(known).sort(),
      madeOf,
      deletedWith: optional(request.getDeletedwith()),
      retainOnDelete: request.getRetainondelete() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplace(),
      protect: request.getProtect() ?? false,
      importId: request.getImportid() === '' ? undefined : request.getImportid(),
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      aliases: request.getAliasesList().map((alias) => {
        const spec = alias.getSpec();
        return `${shortType(spec?.getType() ?? '')} ${spec?.getName() ?? ''}`;
      }),
    },
  };
}

function inherit(resources: readonly Registration[]): Registration[] {
  const deletedWith = ({ options }: Registration): string | undefined =>
    options.deletedWith ??
    (options.parent === undefined ? undefined : deletedWith(find(resources, options.parent)));
  return resources.map((resource) => ({
    ...resource,
    options: { ...resource.options, deletedWith: deletedWith(resource) },
  }));
}

/** The engine's way of writing a secret, made readable. */
function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  if (record[SIGNATURE] === SECRET) return { $secret: marked(record['value']) };
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, marked(item)]));
}

function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && '$secret' in value;
}

function byKey(a: Registration, b: Registration): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

// -------------------------------------------------------------------------------------- the answers

/**
 * What a provider would answer: its inputs, and what it computes. Random values are deliberately not
 * marked secret, although the real provider's are: the program must not rely on that.
 */
function answer({ type, name, inputs, custom }: pulumi.runtime.MockResourceArgs, preview: boolean) {
  if (custom === false) return { id: undefined, state: {} };
  if (preview) return { id: undefined, state: inputs };
  const generation = Number(inputs.keepers?.generation);
  const password = name.replace(/-salt$/, '');
  const computed: Record<string, object> = {
    'random:index/randomPassword:RandomPassword': { result: canary(name, generation) },
    'random:index/randomBytes:RandomBytes': {
      base64: randomBytes(password, generation, Number(inputs['length'])),
    },
    'docker:index/remoteImage:RemoteImage': { imageId: `sha256:${name}` },
    'plinth:index:Image': { imageId: `sha256:${name}` },
  };
  return { id: `${name}-id`, state: { ...inputs, ...computed[type] } };
}
