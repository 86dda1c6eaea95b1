/** Containers of the images on their own, without a stack: a server to back up, and what works on its backups. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { imageBuilds, type ImageName } from '../../../bootstrap/image-list.ts';
import { builtImage } from '../images.ts';
import { docker, dockerLines, eventually, freePorts } from '../stack.ts';
import { Helper, HELPER_ARGUMENTS, HELPER_ENTRYPOINT } from './helper.ts';

const PROJECT = path.resolve(import.meta.dirname, '../../..');
const MAX_OUTPUT = 64 * 1024 * 1024;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Run {
  readonly user: number;
  /** `volume-or-folder:/path[:ro]` */
  readonly mounts: readonly string[];
  readonly args: readonly string[];
  readonly network?: boolean;
  readonly input?: string;
  readonly entrypoint?: string;
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders in memory, as Docker writes them. */
  readonly tmpfs?: readonly string[];
}

export const POSTGRES = 10001;
export const BACKUP = 10005;
/** Of the superuser, where the server is the platform's own image. */
export const PASSWORD = 'only-for-this-test-run';

export class Lab {
  readonly name: string;
  readonly folder = mkdtempSync(path.join(tmpdir(), 'plinth-lab-'));

  /** As they were when the test began. */
  private readonly images = imageBuilds(PROJECT);
  /** Ports of servers on this machine, by container. They stay the same when a container is started again. */
  private readonly ports = new Map<string, number>();

  private constructor(name: string) {
    this.name = name;
  }

  /**
   * @param name unique among what runs at the same time; every container and volume begins with it
   * @param images those that are needed
   */
  static async create(
    name: string,
    images: readonly ImageName[] = ['backup', 'postgres'],
  ): Promise<Lab> {
    const lab = new Lab(name);
    await lab.sweep();
    await docker('network', 'create', ...lab.label, name);
    for (const image of images) await builtImage(image);
    writeFileSync(path.join(lab.folder, 'password'), 'none');
    return lab;
  }

  private get label(): string[] {
    return ['--label', `plinth.lab=${this.name}`];
  }

  image(name: ImageName): string {
    return this.images[name].reference;
  }

  /** Writes a file to mount. */
  file(name: string, content: string): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, content, { mode: 0o644 });
    return file;
  }

  async volume(name: string): Promise<string> {
    const full = `${this.name}-${name}`;
    await docker('volume', 'create', ...this.label, full);
    return full;
  }

  async key(): Promise<{ readonly identity: string; readonly recipient: string }> {
    const { stdout } = await this.run({ user: BACKUP, mounts: [], args: ['keygen'] });
    return { identity: stdout, recipient: /age1[0-9a-z]+/.exec(stdout)![0] };
  }

  /** Settings of the backup's program. */
  settings(source: string, recipients: readonly string[]): string {
    return JSON.stringify({
      stack: this.name,
      timezone: 'UTC',
      server: { host: source, port: 5432, user: 'backup' },
      schedule: '15 2 * * *',
      encryption: { recipients, gpgKeys: [] },
      compressionLevel: 3,
      jobs: 2,
      retention: { days: 30, weekly: 8, monthly: 12, yearly: 3 },
      drill: { schedule: '15 4 * * *' },
      configuration: 'config: {}\n',
    });
  }

  /** Arguments of `docker run` for a container of the lab that runs beside the test. */
  beside(name: string): string[] {
    const container = `${this.name}-${name}`;
    return ['run', '--detach', '--name', container, ...this.label, '--network', this.name];
  }

  /**
   * A server with whatever trust it takes, to be backed up.
   *
   * @param more arguments of `docker run`
   */
  async source(
    name: string,
    options: readonly string[] = [],
    more: readonly string[] = [],
  ): Promise<string> {
    const container = `${this.name}-${name}`;
    const data = '/var/lib/postgresql/data';
    const start =
      `{ test -e ${data}/PG_VERSION || ` +
      `{ initdb -D ${data} -U postgres -E UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C.UTF-8 -k --no-sync >/dev/null && ` +
      `echo 'host all all all trust' >> ${data}/pg_hba.conf; }; } && ` +
      `exec postgres -D ${data} -c listen_addresses='*' -c unix_socket_directories=/tmp -c fsync=off "$@"`;
    await docker(
      ...this.beside(name),
      ...(await this.published(container)),
      ...['--user', String(POSTGRES), '--shm-size', '256m'],
      ...more,
      ...['--entrypoint', 'bash', this.image('backup'), '-c', start, 'start', ...options],
    );
    await eventually(
      () => this.sql(container, 'postgres', 'select 1').then(() => 'up', String),
      (answer) => answer === 'up',
    );
    return container;
  }

  /** The platform's own server on a volume, with its own start. */
  async postgres(name: string, volume: string, environment: string): Promise<string> {
    const { serverFiles } = await import('./server-files.ts');
    const { config, secrets } = serverFiles(this.folder);
    const container = `${this.name}-${name}`;
    await docker(
      ...this.beside(name),
      ...(await this.published(container)),
      ...['--env', `PLINTH_ENVIRONMENT=${environment}`],
      ...['--volume', `${volume}:/var/lib/postgresql`, '--volume', `${config}:/etc/plinth:ro`],
      ...['--volume', `${secrets}:/run/secrets:ro`],
      this.image('postgres'),
    );
    return container;
  }

  /** Arguments of `docker run` for a server. */
  private async published(container: string): Promise<string[]> {
    const [port = 0] = await freePorts(1);
    this.ports.set(container, port);
    return ['--publish', `127.0.0.1:${String(port)}:5432`];
  }

  /** Arguments of `docker run` for a command of the backup's program. */
  arguments(run: Run): string[] {
    const { user, mounts, args, network = false, entrypoint, name, input } = run;
    const { env = {}, tmpfs = [] } = run;
    return [
      ...['run', '--rm', ...(input === undefined ? [] : ['-i']), ...this.label],
      ...(name === undefined ? [] : ['--name', name]),
      ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ...['--user', `${String(user)}:${String(user)}`, '--network', network ? this.name : 'none'],
      ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
      ...['/tmp:size=64m,noexec,mode=1777', ...tmpfs].flatMap((folder) => ['--tmpfs', folder]),
      ...mounts.flatMap((mount) => ['--volume', mount]),
      ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
      this.image('backup'),
      ...args,
    ];
  }

  run(run: Run): Promise<Ended> {
    return new Promise((resolve) => {
      const child = execFile(
        'docker',
        this.arguments(run),
        { maxBuffer: MAX_OUTPUT },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : Number((error as { code?: number | string }).code ?? 1);
          resolve({ code, stdout, stderr });
        },
      );
      child.stdin?.end(run.input ?? '');
    });
  }

  /** A container like those of {@link run} that stays, for many short commands. */
  helper(run: Omit<Run, 'args' | 'entrypoint' | 'input'>): Promise<Helper> {
    const stays = { entrypoint: HELPER_ENTRYPOINT, args: HELPER_ARGUMENTS, input: '' };
    return Helper.start(this.arguments({ ...run, ...stays }));
  }

  /** Starts one, to be interrupted by its name. */
  start(run: Run): ChildProcess {
    const child = spawn('docker', this.arguments(run), { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(run.input ?? '');
    return child;
  }

  async sql<T extends pg.QueryResultRow>(
    container: string,
    database: string,
    ...statements: readonly string[]
  ): Promise<T[]> {
    return this.connected(container, database, async (client) => {
      let rows: T[] = [];
      for (const statement of statements) rows = (await client.query<T>(statement)).rows;
      return rows;
    });
  }

  async connected<T>(
    container: string,
    database: string,
    work: (client: pg.Client) => Promise<T>,
  ): Promise<T> {
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port: this.ports.get(container), database },
      ...{ user: 'postgres', password: PASSWORD },
    });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Runs a file with psql's own commands in it. */
  psql(container: string, database: string, sql: string, ...options: string[]): Promise<Ended> {
    return new Promise((resolve) => {
      const args = ['-X', '-q', '-h', '/tmp', '-U', 'postgres', '-d', database];
      const child = execFile(
        'docker',
        ['exec', '-i', container, 'psql', ...args, '-v', 'ON_ERROR_STOP=1', ...options, '-f', '-'],
        { maxBuffer: MAX_OUTPUT },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : 1, stdout, stderr });
        },
      );
      child.stdin?.end(sql);
    });
  }

  private async sweep(): Promise<void> {
    const filter = ['-q', '--filter', `label=plinth.lab=${this.name}`];
    const containers = await dockerLines('ps', '-a', ...filter);
    if (containers.length > 0) await docker('rm', '-f', '-v', ...containers);
    const networks = await dockerLines('network', 'ls', ...filter);
    if (networks.length > 0) await docker('network', 'rm', ...networks);
    const volumes = await dockerLines('volume', 'ls', ...filter);
    if (volumes.length > 0) await docker('volume', 'rm', ...volumes);
  }

  async remove(): Promise<void> {
    await this.sweep();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
