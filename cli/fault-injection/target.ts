// Where faults are made: the containers of a stack, its database as superuser, and the application's own logins.

import pg from 'pg';
import { containerId } from '../backup/docker.ts';
import { loginFrom, urlsFrom, type Urls } from '../connections.ts';
import { outputs } from '../pulumi.ts';
import { UserError } from '../../lib/errors.ts';
import { run } from '../../lib/process.ts';

export class FaultTarget {
  readonly stack: string;
  readonly database: string;
  private readonly pooled: string;
  private readonly direct: string;
  private readonly queue: string | undefined;
  private readonly sessions: pg.Client[] = [];

  private constructor(stack: string, pooled: string, direct: string, queue: string | undefined) {
    this.stack = stack;
    this.queue = queue;
    this.pooled = pooled;
    this.direct = direct;
    this.database = loginFrom(direct).database;
  }

  /** @throws {UserError} where the stack is not up */
  static async of(stack: string): Promise<FaultTarget> {
    return FaultTarget.from(stack, urlsFrom(await outputs(stack)));
  }

  /** @param urls connection strings by user, then by client */
  static from(stack: string, urls: Urls): FaultTarget {
    const { app } = urls;
    const pooled = app?.['psql'];
    const direct = app?.['direct'];
    if (pooled === undefined || direct === undefined) {
      throw new UserError(
        `${stack} has no application login`,
        `run 'npx plinth up --stack ${stack}'`,
      );
    }
    return new FaultTarget(stack, pooled, direct, urls['redis-queue']?.['url']);
  }

  /** Runs Docker on the container of a part. */
  async docker(verb: string, part: string, ...args: string[]): Promise<string> {
    const container = `plinth-${this.stack}-${part}`;
    const { code, stdout, stderr } = await run('docker', [verb, container, ...args]);
    if (code !== 0)
      throw new Error(`docker ${verb} ${container}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  }

  /** Runs a program in the container of a part; `input` is what it reads. */
  async inside(part: string, args: readonly string[], input = ''): Promise<string> {
    const container = await containerId(this.stack, part);
    const { code, stdout, stderr } = await run('docker', ['exec', '-i', container, ...args], {
      input,
    });
    if (code !== 0)
      throw new Error(`${args[0] ?? ''} in ${part}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  }

  /** Runs SQL in the application's database as the superuser, over the server's own socket. */
  sql(text: string): Promise<string> {
    const psql = ['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '/run/postgresql'];
    return this.inside('postgres', [...psql, '-U', 'postgres', '-d', this.database], text);
  }

  /** Says something to the queue, as the application; what it answers. */
  async redis(commands: readonly string[]): Promise<string> {
    if (this.queue === undefined) throw new Error(`${this.stack} has no redis-queue`);
    const container = await containerId(this.stack, 'redis-queue');
    // The Docker client hands the password on from its environment: an argument could be read by others.
    const env = { REDISCLI_AUTH: decodeURIComponent(new URL(this.queue).password) };
    const cli = ['redis-cli', '--no-auth-warning', '--user', 'app'];
    const { code, stdout, stderr } = await run(
      'docker',
      ['exec', '-i', '-e', 'REDISCLI_AUTH', container, ...cli],
      { input: `${commands.join('\n')}\n`, env },
    );
    const refused = /^(\(error\)|ERR|OOM|NOPERM|WRONGPASS|NOAUTH).*/m.exec(stdout)?.[0];
    if (code !== 0 || refused !== undefined) {
      throw new Error(`redis-cli in redis-queue: ${refused ?? (stderr.trim() || stdout.trim())}`);
    }
    return stdout;
  }

  /** Opens sessions of the application, which end with `close`. */
  async open(count: number, way: 'pooled' | 'direct' = 'direct'): Promise<pg.Client[]> {
    const made = Array.from({ length: count }, () => {
      const client = new pg.Client({
        connectionString: way === 'pooled' ? this.pooled : this.direct,
        application_name: 'plinth-drill',
        connectionTimeoutMillis: 10_000,
      });
      // Whoever ends the session is part of the fault.
      client.on('error', () => undefined);
      this.sessions.push(client);
      return client;
    });
    await Promise.all(made.map((client) => client.connect()));
    return made;
  }

  /** One login that must not succeed. */
  async knock(password: string): Promise<void> {
    const client = new pg.Client({ ...loginFrom(this.direct), password });
    client.on('error', () => undefined);
    await client.connect().then(
      () => client.end(),
      () => undefined,
    );
  }

  /** Ends every session that was opened here, and what it was doing. */
  async close(): Promise<void> {
    const open = this.sessions.splice(0);
    if (open.length === 0) return;
    await this.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plinth-drill'",
    ).catch(() => undefined);
    await Promise.all(open.map((client) => client.end().catch(() => undefined)));
  }
}
