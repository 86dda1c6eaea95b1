import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { run, runHere, which } from '../../lib/process.ts';
import { loginFrom, passfileLine, urlsFrom, type Login, type Urls } from '../connections.ts';
import { runningContainer } from '../containers.ts';
import { stackOf, stackOption, text, UsageError, type Command } from '../command.ts';
import { outputs } from '../pulumi.ts';
import { applicationFrom, tenantKey } from '../application.ts';
import { contextFrom, setTenantSql, settingOption, tokenFor } from '../tenant-context.ts';

/** A statement given on the command line is run at once. */
const tokenSeconds = 60;

/** What a person asked for. */
export interface PsqlRequest {
  /** Statement that says who the tenant is. */
  readonly tenant?: string | undefined;
  readonly sql?: string | undefined;
}

/**
 * Arguments that make psql do what was asked. A tenant belongs to one transaction: with a statement,
 * both go in one; a session at the prompt carries the tenant itself, which only a direct one can.
 */
export function psqlArguments({ tenant, sql }: PsqlRequest): string[] {
  const always = ['--no-psqlrc', '--no-password', '--set', 'ON_ERROR_STOP=1'];
  if (sql === undefined) return always;
  const inTransaction =
    tenant === undefined ? [] : ['--quiet', '--single-transaction', '--command', tenant];
  return [...always, ...inTransaction, '--command', sql];
}

/** The login of a user, pooled or direct; says which users there are when there is no such one. */
export function loginOf(urls: Urls, user: string, direct: boolean): Login {
  const byClient = Object.hasOwn(urls, user) ? urls[user] : undefined;
  const url = direct ? (byClient?.['direct'] ?? byClient?.['psql']) : byClient?.['psql'];
  if (url === undefined || !url.startsWith('postgresql:')) {
    const known = Object.keys(urls).filter((name) => urls[name]?.['psql'] !== undefined);
    throw new UsageError(
      `--as is ${JSON.stringify(user)}, but the users of this environment are ${known.join(', ')}`,
    );
  }
  return loginFrom(url);
}

function connection(login: Login): string[] {
  return [
    '--host',
    login.host,
    '--port',
    String(login.port),
    '--username',
    login.user,
    '--dbname',
    login.database,
  ];
}

async function onThisMachine(
  login: Login,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-psql-'));
  try {
    const passfile = join(folder, 'passfile');
    writeFileSync(passfile, passfileLine(login), { mode: 0o600 });
    return await runHere('psql', [...connection(login), ...args], {
      env: { ...env, PGPASSFILE: passfile },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ports inside the stack's network. */
const inside = { pooler: { host: '127.0.0.1', port: 6432 }, server: 5432 } as const;

async function inThePooler(
  stack: string,
  login: Login,
  direct: boolean,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const container = await runningContainer(stack, 'pgbouncer');
  if (container === undefined) {
    throw new UserError(
      `there is no psql on PATH and no running pooler of ${stack} that has one`,
      `run 'npx plinth up --stack ${stack}', or install postgresql-client`,
    );
  }
  const there: Login = {
    ...login,
    ...(direct ? { host: `plinth-${stack}-postgres`, port: inside.server } : inside.pooler),
  };
  const passfile = `/tmp/plinth-psql-${process.pid}`;
  // The password goes in by standard input, so that no argument list ever holds it.
  const write = ['exec', '-i', container, 'sh', '-c', `umask 077 && cat > ${passfile}`];
  const { code, stderr } = await run('docker', write, { input: passfileLine(there) });
  if (code !== 0)
    throw new UserError(`docker exec failed (${stderr.trim()})`, "run 'npx plinth status'");
  const settings = Object.entries({ ...env, PGPASSFILE: passfile }).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ]);
  const terminal = process.stdin.isTTY && process.stdout.isTTY ? '-it' : '-i';
  try {
    return await runHere('docker', [
      'exec',
      terminal,
      ...settings,
      container,
      'psql',
      ...connection(there),
      ...args,
    ]);
  } finally {
    await run('docker', ['exec', container, 'rm', '-f', passfile]);
  }
}

export const command: Command = {
  summary: 'open psql, or run a statement, as one of the users',
  details:
    'Through PgBouncer unless --direct. With --tenant, row security shows what belongs to that tenant;\n' +
    'without, it shows nothing. A prompt with --tenant is a direct one: pooled sessions forget the tenant.',
  options: {
    stack: stackOption,
    as: { type: 'string', value: '<user>', default: 'app', help: 'app, readonly, migrator, …' },
    tenant: {
      type: 'string',
      short: 't',
      value: '<id>',
      help: 'key of the tenant whose rows to see',
    },
    command: { type: 'string', short: 'c', value: '<sql>', help: 'a statement to run' },
    direct: { type: 'boolean', help: 'past PgBouncer' },
  },
  run: async (values) => {
    const stack = stackOf(values);
    const sql = text(values, 'command');
    const all = await outputs(stack);
    const typed = text(values, 'tenant');
    const tenant =
      typed === undefined ? undefined : tenantKey(typed, applicationFrom(all, stack), '--tenant');
    const carried = tenant !== undefined && sql === undefined;
    const direct = values['direct'] === true || carried;
    const login = loginOf(urlsFrom(all), text(values, 'as') ?? 'app', direct);
    const context = contextFrom(all);
    const { database } = login;
    const asked = tenant && { context, database, tenant, seconds: tokenSeconds };
    const args = psqlArguments({ tenant: asked && sql && setTenantSql(asked), sql });
    const env = {
      PGAPPNAME: 'plinth-psql',
      ...(carried && context.context === 'setting'
        ? { PGOPTIONS: settingOption(context.setting, tenant) }
        : {}),
    };
    if (carried && context.context !== 'setting') {
      const token = tokenFor({ context, database, tenant, seconds: 3600 });
      console.error(`in every transaction, for an hour: select tenant.enter('${token}');`);
    }
    return which('psql') === undefined
      ? inThePooler(stack, login, direct, args, env)
      : onThisMachine(login, args, env);
  },
};
