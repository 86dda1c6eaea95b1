import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';

const run = promisify(execFile);
const PROJECT = path.resolve(import.meta.dirname, '../..');
/** What `pulumi` is in a checkout: it clears up after a killed run before it goes on. */
const SHIM = path.join(PROJECT, 'bootstrap/shim/pulumi');
/** Output of a whole update with 170 resources is some hundred kilobytes. */
const MAX_OUTPUT = 64 * 1024 * 1024;

export interface Ports {
  readonly direct: number;
  readonly pooled: number;
  readonly cache: number;
  readonly queue: number;
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly node: number;
  readonly grafana: number;
}

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

type Settings = Readonly<Record<string, unknown>>;

/**
 * A real environment of a test's own: its own name, ports, state and passphrase, in a folder that
 * goes with it. It never touches the stacks of the checkout.
 */
export class TestStack {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'plinth-test-'));
  readonly passphrase = 'only-for-this-test-run';
  readonly name: string;
  readonly ports: Ports;

  private constructor(name: string, ports: Ports) {
    this.name = name;
    this.ports = ports;
  }

  /**
   * Makes the stack, without resources yet.
   *
   * @param name unique among stacks that run at the same time; short, lower case
   */
  static async create(name: string, settings: Settings = {}): Promise<TestStack> {
    const [direct = 0, pooled = 0, cache = 0, queue = 0, ...pages] = await freePorts(8);
    const [prometheus = 0, alertmanager = 0, node = 0, grafana = 0] = pages;
    const stack = new TestStack(name, {
      direct,
      pooled,
      cache,
      queue,
      prometheus,
      alertmanager,
      node,
      grafana,
    });
    await sweep(name);
    mkdirSync(path.join(stack.folder, 'state'));
    // Pulumi writes the stack's file beside the project's: in a folder of ours, not in the checkout.
    writeFileSync(path.join(stack.folder, 'Pulumi.yaml'), 'name: plinth\nruntime: nodejs\n');
    await run(SHIM, ['stack', 'init', name], { cwd: stack.folder, env: stack.environment });
    stack.configure(settings);
    return stack;
  }

  /** Writes the environment file: what every test needs, then `settings` over it. */
  configure(settings: Settings): void {
    const defaults = {
      'plinth:postgres': { port: this.ports.direct, volume: { onDestroy: 'delete' } },
      'plinth:pgbouncer': { port: this.ports.pooled },
      'plinth:redis': { cache: { port: this.ports.cache }, queue: { port: this.ports.queue } },
      'plinth:application': { seed: true },
      // Watched only where that is what is tested.
      'plinth:monitoring': {
        enabled: false,
        prometheus: { port: this.ports.prometheus },
        alertmanager: { port: this.ports.alertmanager },
        nodeExporter: { port: this.ports.node },
        grafana: { port: this.ports.grafana },
      },
    };
    this.write(merge(defaults, settings));
  }

  /** Writes the environment file as it is given. */
  write(config: Settings): void {
    const file = parse(readFileSync(this.configFile, 'utf8')) as Settings;
    writeFileSync(this.configFile, stringify({ ...file, config }));
  }

  get configFile(): string {
    return path.join(this.folder, `Pulumi.${this.name}.yaml`);
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${this.folder}/state`,
      PULUMI_CONFIG_PASSPHRASE: this.passphrase,
      PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
      PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      NO_COLOR: '1',
    };
  }

  private arguments(args: readonly string[]): string[] {
    const config = ['preview', 'up', 'refresh', 'destroy', 'import'].includes(args[0] ?? '')
      ? ['--config-file', this.configFile]
      : [];
    return [...args, '--stack', this.name, ...config, '--non-interactive', '--color', 'never'];
  }

  /** Runs a Pulumi command on this stack and tells how it ended. */
  async pulumi(...args: string[]): Promise<Outcome> {
    try {
      const { stdout, stderr } = await run(SHIM, this.arguments(args), {
        cwd: PROJECT,
        env: this.environment,
        maxBuffer: MAX_OUTPUT,
      });
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, output: stdout + stderr };
    }
  }

  /** Runs a Pulumi command that must succeed; its output. */
  async expect(...args: string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code === 0) return output;
    const ended = `pulumi ${args.join(' ')} ended with ${String(code)}`;
    throw new Error([ended, ...causes(output), '', output].join('\n'));
  }

  up(...args: string[]): Promise<string> {
    return this.expect('up', '--yes', '--skip-preview', ...args);
  }

  /**
   * Starts an update and kills the engine, without warning, as soon as it says `moment`.
   *
   * @returns what it had said by then
   */
  upKilledAt(moment: string): Promise<string> {
    const update = spawn(SHIM, this.arguments(['up', '--yes', '--skip-preview']), {
      cwd: PROJECT,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    update.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(moment)) update.kill('SIGKILL');
    });
    return new Promise((done, fail) => {
      update.on('exit', (code, signal) => {
        if (signal === 'SIGKILL') done(output);
        else fail(new Error(`it ended with ${String(code)} and never said ${moment}\n${output}`));
      });
    });
  }

  /** An output of the stack, secrets in clear text. */
  async output(name: string): Promise<unknown> {
    const { stdout } = await run(
      SHIM,
      ['stack', 'output', name, '--json', '--show-secrets', '--stack', this.name],
      { cwd: PROJECT, env: this.environment },
    );
    return JSON.parse(stdout) as unknown;
  }

  /** Connection strings by user, then by client. */
  async urls(): Promise<Record<string, Record<string, string>>> {
    return (await this.output('urls')) as Record<string, Record<string, string>>;
  }

  /** Says something on the pooler's admin console, as the server's own user does. */
  async pooler(statement: string): Promise<void> {
    const where = ['-h', '/run/pgbouncer', '-p', '6432', '-U', 'postgres', '-d', 'pgbouncer'];
    await docker('exec', this.container('postgres'), 'psql', ...where, '-c', statement);
  }

  container(part: string): string {
    return `plinth-${this.name}-${part}`;
  }

  /** What there is of the stack in Docker, whatever its state says. */
  inDocker() {
    return labelled(this.name);
  }

  /** Destroys what the stack knows, then sweeps what an interrupted run may have left. */
  async remove(): Promise<void> {
    await this.pulumi('destroy', '--yes', '--skip-preview');
    await sweep(this.name);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What went wrong, each cause once: in the output it stands below hundreds of lines. */
function causes(output: string): string[] {
  const errors = [...output.matchAll(/\berror: (.*)/g)].map(([, cause = '']) => cause);
  return [...new Set(errors)].map((cause) => `- ${cause}`);
}

/** Runs the Docker client; its output without the last line break. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run('docker', args, { maxBuffer: MAX_OUTPUT });
  return stdout.trimEnd();
}

/** Both streams of a container's log, since a moment or from the beginning. */
export async function dockerLog(container: string, since = new Date(0)): Promise<string> {
  const args = ['logs', '--since', since.toISOString(), container];
  const { stdout, stderr } = await run('docker', args, { maxBuffer: MAX_OUTPUT });
  return stdout + stderr;
}

/** A machine may be that many times slower than the one on which the waits below were chosen. */
const SLOWEST = 5;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Asks again until the answer is right.
 *
 * @param atMostSec how long an ordinary machine needs at most; a slow one gets several times as much
 * @throws Error with the last answer
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  right: (answer: T) => boolean,
  atMostSec = 60,
): Promise<T> {
  const deadline = performance.now() + atMostSec * SLOWEST * 1000;
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`still not right after ${String(atMostSec * SLOWEST)} s: ${String(answer)}`);
    }
    await new Promise((next) => setTimeout(next, pauseMs));
  }
}

/** What the health check of a container says now: `healthy`, or why it is not. Docker's own answer may be minutes old. */
export async function health(container: string): Promise<string> {
  try {
    await run('docker', ['exec', container, '/usr/local/bin/plinth-health']);
    return 'healthy';
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const words = (stdout + stderr).trim();
    return words === '' ? 'not healthy, without a word' : words;
  }
}

/** Lines of a Docker listing; none for empty output. */
export async function dockerLines(...args: string[]): Promise<string[]> {
  const output = await docker(...args);
  return output === '' ? [] : output.split('\n').sort();
}

/** Every Docker object labelled with the stack: containers and networks by id, volumes by name. */
async function labelled(stack: string) {
  const filter = ['-q', '--filter', `label=plinth.stack=${stack}`];
  return {
    containers: await dockerLines('ps', '-a', ...filter),
    networks: await dockerLines('network', 'ls', ...filter),
    volumes: await dockerLines('volume', 'ls', ...filter),
  };
}

/** Removes every Docker object labelled with the stack, and nothing else. */
export async function sweep(stack: string): Promise<void> {
  const { containers, networks, volumes } = await labelled(stack);
  if (containers.length > 0) await docker('rm', '-f', ...containers);
  if (networks.length > 0) await docker('network', 'rm', ...networks);
  if (volumes.length > 0) await docker('volume', 'rm', ...volumes);
}

/** Below what systems hand to outgoing connections (from 32768 on Linux): those would take one before its container does. */
const PORTS = { from: 15_000, perLane: 1_000 };

/** Ports that nothing listens on now, from a range of this lane: two lanes never choose the same one. */
export async function freePorts(count: number): Promise<number[]> {
  // Without the runner there is one lane.
  const from = PORTS.from + PORTS.perLane * Number(process.env['PLINTH_TEST_LANE'] ?? 0);
  const held: Server[] = [];
  while (held.length < count) {
    const server = await listening(randomInt(from, from + PORTS.perLane));
    if (server !== undefined) held.push(server);
  }
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Undefined where somebody else listens. */
function listening(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((done) => {
    server.once('error', () => done(undefined));
    server.listen(port, '127.0.0.1', () => done(server));
  });
}

/** `over` laid over `base`, objects key by key. */
function merge(base: Settings, over: Settings): Settings {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = base[key];
    merged[key] = isSettings(below) && isSettings(value) ? merge(below, value) : value;
  }
  return merged;
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
