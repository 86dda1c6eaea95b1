import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { query, TENANT } from '../../support/clients.ts';
import type { Chain, Urls } from '../../support/chain.ts';
import {
  docker,
  dockerLines,
  dockerLog,
  eventually,
  health,
  type TestStack,
} from '../../support/stack.ts';
import { imageIds } from '../../../bootstrap/built-image.ts';
import { stackImages } from '../../../bootstrap/image-list.ts';

/** A new environment, from nothing. */
export const fresh = (chain: Chain): void => {
  let stack: TestStack;
  let urls: Urls;
  let firstUp: string;
  let imagesBefore: ReadonlyMap<string, string>;
  const images = stackImages(path.resolve(import.meta.dirname, '../../..'));
  const references = Object.values(images).map(({ reference }) => reference);

  beforeAll(async () => {
    ({ stack } = chain);
    imagesBefore = await imageIds(references);
    firstUp = await stack.up();
    urls = await stack.urls();
  });

  const SERVICES = [
    'backup',
    'drill',
    'pgbackrest',
    'pgbouncer',
    'pgbouncer-exporter',
    'postgres',
    'postgres-exporter',
    'redis-cache',
    'redis-cache-exporter',
    'redis-queue',
    'redis-queue-exporter',
  ];

  it('has every service healthy, backups a little later than the rest', async () => {
    const names = await dockerLines(
      'ps',
      '--filter',
      `label=plinth.stack=${stack.name}`,
      '--filter',
      'label=plinth.kind=service',
      '--format',
      '{{.Names}}',
    );
    expect(names).toEqual(SERVICES.map((part) => stack.container(part)));
    const states = async () => {
      const said = await Promise.all(names.map(health));
      return names.map((name, index) => `${name}: ${said[index] ?? ''}`);
    };
    const expected = names.map((name) => `${name}: healthy`);
    await eventually(states, (lines) => lines.join() === expected.join(), 120);
  });

  it('is made from the images that set-up has built, which are not built again', async () => {
    expect([...imagesBefore.keys()]).toEqual(references);
    expect(await imageIds(references)).toEqual(imagesBefore);
    const used = await docker('inspect', '--format', '{{.Image}}', stack.container('postgres'));
    expect([...imagesBefore.values()]).toContain(used);
  });

  it('is brought up without a warning', () => {
    expect(firstUp.split('\n').filter((line) => line.includes('warning:'))).toEqual([]);
  });

  it('starts its server for the first time without a line about a fault', async () => {
    const lines = (await dockerLog(stack.container('postgres'))).split('\n');
    expect(lines.some((line) => line.includes('ready to accept connections'))).toBe(true);
    const faults = lines.filter((line) =>
      /archive command failed|"error_severity":"(WARNING|ERROR|FATAL|PANIC)"|\b(WARNING|ERROR|FATAL|PANIC): |not ready yet/.test(
        line,
      ),
    );
    expect(faults).toEqual([]);
  });

  it('is backed up, and the backup restored and proven, without being asked', async () => {
    const said = () =>
      docker(
        'exec',
        stack.container('drill'),
        'sh',
        '-c',
        'cat /var/lib/drill/status.json || true',
      );
    const status = await eventually(said, (text) => text.includes('last_success'), 180);
    expect(JSON.parse(status)).toMatchObject({
      metrics: { plinth_drill_last_attempt_failed: 0 },
    });
  });

  describe('tenants, through PgBouncer as the application', () => {
    const count = 'select count(*)::int as facilitators from facilitators';
    const setTenant = `select set_config('app.facilitator_id', '${TENANT}', true)`;

    it('shows exactly one facilitator to a tenant', async () => {
      expect(await query(urls['app']!['psql']!, 'begin', setTenant, count)).toEqual([
        { facilitators: 1 },
      ]);
    });

    it('shows nothing without a tenant', async () => {
      expect(await query(urls['app']!['psql']!, count)).toEqual([{ facilitators: 0 }]);
    });

    it('shows nothing to the owner of the tables', async () => {
      expect(await query(urls['migrator']!['psql']!, 'set role migrator', count)).toEqual([
        { facilitators: 0 },
      ]);
    });

    it('shows everything to the backup role, which can write nothing', async () => {
      expect(await query(urls['backup']!['psql']!, count)).toEqual([{ facilitators: 60 }]);
      await expect(query(urls['backup']!['psql']!, 'delete from facilitators')).rejects.toThrow(
        'permission denied for table facilitators',
      );
    });

    it('refuses another tenant’s row', async () => {
      const foreign =
        "insert into classrooms (facilitator_id, name, classroom_code) values (gen_random_uuid(), 'x', 'X')";
      await expect(query(urls['app']!['psql']!, 'begin', setTenant, foreign)).rejects.toThrow(
        /row-level security policy/,
      );
    });
  });

  it('has the cluster that was declared', async () => {
    const [row] = await query(
      urls['monitor']!['psql']!,
      `select current_setting('data_checksums') as checksums,
              current_setting('server_encoding') as encoding,
              current_setting('password_encryption') as passwords,
              current_setting('log_min_duration_statement') as slow,
              (select datlocprovider::text || ' ' || datlocale from pg_database
                where datname = current_database()) as locale,
              (select count(*)::int from pg_extension where extname = 'pg_stat_statements') as statements`,
    );
    expect(row).toEqual({
      checksums: 'on',
      encoding: 'UTF8',
      passwords: 'scram-sha-256',
      slow: '1s',
      locale: 'b C.UTF-8',
      statements: 1,
    });
  });

  it.each(SERVICES)('runs %s without privileges on a read-only root', async (part) => {
    const name = stack.container(part);
    const status = await docker('exec', name, 'cat', '/proc/1/status');
    const value = (key: string) => new RegExp(`^${key}:\\s+(\\S+)`, 'm').exec(status)?.[1];
    expect({
      capabilities: value('CapEff'),
      noNewPrivileges: value('NoNewPrivs'),
      seccomp: value('Seccomp'),
    }).toEqual({ capabilities: '0000000000000000', noNewPrivileges: '1', seccomp: '2' });
    expect(Number(value('Uid'))).toBeGreaterThan(10_000);
    await expect(docker('exec', name, 'touch', '/written')).rejects.toThrow(
      'Read-only file system',
    );
    const pids = await docker('inspect', '--format', '{{.HostConfig.PidsLimit}}', name);
    expect(Number(pids)).toBeGreaterThan(0);
  });

  it('publishes ports on 127.0.0.1 only', async () => {
    const ports = await dockerLines(
      'ps',
      '--filter',
      `label=plinth.stack=${stack.name}`,
      '--format',
      '{{.Ports}}',
    );
    const published = ports.flatMap((line) => line.split(', ')).filter((p) => p.includes('->'));
    expect(published.map((port) => port.split(':')[0])).toEqual(Array(4).fill('127.0.0.1'));
  });

  it('keeps Redis closed to who has no password', async () => {
    const answer = await docker('exec', stack.container('redis-cache'), 'redis-cli', 'ping');
    expect(answer).toBe('NOAUTH Authentication required.');
  });

  it('changes nothing in a second up', async () => {
    expect(await stack.up('--expect-no-changes')).toContain('unchanged');
  });

  it('shows no secret anywhere', async () => {
    const places = await placesToSearch(stack, firstUp);
    const secrets = await everySecret(stack);
    expect(secrets.size).toBeGreaterThan(20);
    const found = [...secrets].flatMap(([name, secret]) =>
      [...places]
        .filter(([, text]) => text.includes(secret))
        .map(([place]) => `${name} in ${place}`),
    );
    expect(found).toEqual([]);
  });
};

/** Every generated password and verifier by its name in the state, raw and as URL or base64. */
async function everySecret(stack: TestStack): Promise<Map<string, string>> {
  const state = JSON.parse(await stack.expect('stack', 'export', '--show-secrets')) as {
    deployment: { resources: { urn: string; type: string; outputs?: Record<string, unknown> }[] };
  };
  const secrets = new Map<string, string>();
  for (const { urn, type, outputs } of state.deployment.resources) {
    const name = urn.split('::').at(-1) ?? '';
    if (type === 'random:index/randomPassword:RandomPassword') {
      const password = plain(outputs?.['result']);
      secrets.set(name, password);
      secrets.set(`${name} in base64`, Buffer.from(password).toString('base64').slice(0, 40));
    }
    if (type === 'postgresql:index/role:Role' && outputs?.['password'] !== undefined) {
      const verifier = plain(outputs['password']);
      if (verifier !== '') secrets.set(`verifier of ${name}`, verifier.split(':').at(-1) ?? '');
    }
  }
  return secrets;
}

/** A secret is exported as an object with its JSON in it. */
function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.parse((value as { plaintext: string }).plaintext) as string;
}

/** All that a curious person could read without being given a secret. */
async function placesToSearch(stack: TestStack, firstUp: string): Promise<Map<string, string>> {
  const places = new Map<string, string>([['the output of up', firstUp]]);
  const label = `label=plinth.stack=${stack.name}`;
  for (const name of await dockerLines('ps', '-a', '--filter', label, '--format', '{{.Names}}')) {
    places.set(`docker inspect ${name}`, await docker('inspect', name));
    places.set(`the log of ${name}`, await dockerLog(name));
  }
  const services = ['--filter', label, '--filter', 'label=plinth.kind=service'];
  for (const name of await dockerLines('ps', ...services, '--format', '{{.Names}}')) {
    places.set(`the processes of ${name}`, await docker('top', name, '-eo', 'pid,args'));
    const environments = 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; true';
    places.set(`the environment in ${name}`, await docker('exec', name, 'sh', '-c', environments));
  }
  places.set('the preview', await stack.expect('preview', '--diff', '--refresh'));
  places.set('the outputs', await stack.expect('stack', 'output'));
  const files = await filesBelow(stack.folder);
  for (const [file, text] of files) places.set(file, text);
  expect(files.size).toBeGreaterThan(2);
  return places;
}

/** Text of every file of the state's folder: checkpoints, history, backups. */
async function filesBelow(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = new Map<string, string>();
  for (const entry of entries.filter((found) => found.isFile())) {
    const file = `${entry.parentPath}/${entry.name}`;
    texts.set(file, await readFile(file, 'utf8'));
  }
  return texts;
}
