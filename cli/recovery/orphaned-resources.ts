// Looking for and removing what a killed run left in Docker, in Postgres and among the processes.

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Paths } from '../../lib/paths.ts';
import { run } from '../../lib/process.ts';
import { containerIds, runningContainer } from '../containers.ts';
import type { DockerObject } from './pending.ts';

/** Containers and networks that carry the stack's label. */
export async function labelledObjects(stack: string): Promise<DockerObject[]> {
  const label = `plinth.stack=${stack}`;
  const ids = await containerIds(label);
  const names =
    ids.length === 0
      ? ''
      : (await run('docker', ['inspect', '--format', '{{.Id}}\t{{.Name}}', ...ids])).stdout;
  const networks = (
    await run('docker', [
      'network',
      'ls',
      '--no-trunc',
      '--filter',
      `label=${label}`,
      '--format',
      '{{.ID}}\t{{.Name}}',
    ])
  ).stdout;
  const objects = (kind: DockerObject['kind'], lines: string): DockerObject[] =>
    lines.split('\n').flatMap((line) => {
      const [id, name] = line.split('\t');
      return id === undefined || name === undefined
        ? []
        : [{ kind, id, name: name.replace(/^\//, '') }];
    });
  return [...objects('container', names), ...objects('network', networks)];
}

/** Removes an object; its volumes stay. Returns what Docker objected to. */
export async function removeObject({ kind, id }: DockerObject): Promise<string | undefined> {
  const args = kind === 'container' ? ['rm', '--force', id] : ['network', 'rm', id];
  const { code, stderr } = await run('docker', args);
  return code === 0 ? undefined : stderr.trim();
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(name: string): string {
  return `'${name.replaceAll("'", "''")}'`;
}

/** Runs SQL as the superuser inside the server's container. */
export async function inPostgres(container: string, database: string, sql: string) {
  return run(
    'docker',
    [
      'exec',
      '-i',
      container,
      'psql',
      '-U',
      'postgres',
      '-d',
      database,
      '-v',
      'ON_ERROR_STOP=1',
      '-qAt',
    ],
    { input: sql, env: {} },
  );
}

/** Drops a role that owns nothing and holds nothing. Returns what was done, undefined when it is not there. */
export async function dropRole(stack: string, role: string): Promise<string | undefined> {
  const container = await runningContainer(stack, 'postgres');
  if (container === undefined) return undefined;
  const { stdout } = await inPostgres(
    container,
    'postgres',
    `select 1 from pg_roles where rolname = ${literal(role)};`,
  );
  if (stdout.trim() !== '1') return undefined;
  const { code, stderr } = await inPostgres(
    container,
    'postgres',
    `drop role ${identifier(role)};`,
  );
  return code === 0
    ? `dropped role ${role}, whose creation was interrupted`
    : `left role ${role} in place, because it is in use (${stderr.trim().split('\n')[0] ?? ''})`;
}

/** Drops a database that has no tables of a user's. Returns what was done, undefined when it is not there. */
export async function dropDatabase(stack: string, database: string): Promise<string | undefined> {
  const container = await runningContainer(stack, 'postgres');
  if (container === undefined) return undefined;
  const count =
    'select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace ' +
    "where c.relkind in ('r', 'p', 'm', 'S', 'v', 'f') and n.nspname not in ('pg_catalog', 'information_schema') " +
    "and n.nspname not like 'pg\\_toast%' and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e');";
  const { code, stdout } = await inPostgres(container, database, count);
  if (code !== 0) return undefined;
  if (stdout.trim() !== '0') return `left database ${database} in place, because it has tables`;
  const dropped = await inPostgres(container, 'postgres', `drop database ${identifier(database)};`);
  return dropped.code === 0
    ? `dropped empty database ${database}, whose creation was interrupted`
    : `left database ${database} in place (${dropped.stderr.trim().split('\n')[0] ?? ''})`;
}

function parentOf(pid: string): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
}

/** Plugins that still work for an engine of this checkout that was killed. */
export function orphans(places: Paths): number[] {
  // Only Linux tells of other processes there; elsewhere an engine has to be ended by hand.
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readlinkSync(`/proc/${pid}/exe`).includes('pulumi-resource-')) return [];
        if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(places.root)) return [];
        const parent = readFileSync(`/proc/${parentOf(pid) ?? '0'}/comm`, 'utf8').trim();
        return parent === 'pulumi' ? [] : [Number(pid)];
      } catch {
        // It has ended meanwhile, or belongs to somebody else.
        return [];
      }
    });
}

const patienceMs = 2000;

/** Ends orphaned plugins, so that nothing is created any more while we look. */
export async function endOrphans(places: Paths): Promise<number[]> {
  const found = orphans(places);
  const signal = (pids: readonly number[], name: NodeJS.Signals): void => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended by itself.
      }
    }
  };
  signal(found, 'SIGTERM');
  const deadline = Date.now() + patienceMs;
  while (orphans(places).length > 0 && Date.now() < deadline) await wait(100);
  signal(
    orphans(places).filter((pid) => found.includes(pid)),
    'SIGKILL',
  );
  return found;
}
