/**
 * Every file that a container of the small and of the medium environment reads, as it is, with made-up
 * passwords: `test/golden/<preset>/<part>/<file>`. And the connection strings of the small one.
 */
import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as outputs from '../../components/outputs.ts';
import { recordEnvironment, resourcesOf } from '../support/environment.ts';
import { compareGolden } from '../support/golden.ts';
import { clear, settled, type Registration } from '../support/record.ts';

interface Upload {
  readonly file: string;
  readonly content: string;
}

/** Content by `<part>/<file>`, over all holders. */
function filesOf(resources: readonly Registration[]): Record<string, string> {
  const holders = resources.filter(({ inputs }) => inputs['uploads'] !== undefined);
  return Object.fromEntries(
    holders.flatMap(({ name, inputs }) =>
      (clear(inputs['uploads']) as Upload[]).map(({ file, content }) => [
        `${name.replace(/-(public|secret)-holder$/, '')}/${path.basename(file)}`,
        content,
      ]),
    ),
  );
}

/** What stands in a file of `name = value` lines. */
function valuesOf(text: string | undefined): Record<string, string> {
  const lines = (text ?? '').split('\n').filter((line) => line.includes(' = '));
  return Object.fromEntries(lines.map((line) => line.split(' = ') as [string, string]));
}

describe('what the containers read', () => {
  it.each(['small', 'medium'])('is as in test/golden/%s', async (preset) => {
    const resources = await resourcesOf({ preset });
    expect(compareGolden(`test/golden/${preset}`, filesOf(resources))).toEqual([]);
  });

  it('is the same files in every preset', async () => {
    const names = async (preset: string) =>
      Object.keys(
        filesOf(
          await resourcesOf({
            preset,
            backup: { acceptNoRecipient: true },
            monitoring: { acceptNoReceiver: true },
          }),
        ),
      ).sort();
    const small = await names('small');
    expect(small).toEqual([
      'backup/backup.json',
      'backup/password',
      'drill/access.json',
      'drill/backup.json',
      'drill/identity',
      'pgbackrest/backup.json',
      'pgbackrest/pgbackrest.conf',
      'pgbouncer-exporter/pgpass',
      'pgbouncer/pgbouncer.ini',
      'pgbouncer/pgbouncer_hba.conf',
      'pgbouncer/pgbouncer_ident.conf',
      'pgbouncer/userlist.txt',
      'postgres-exporter/password',
      'postgres/bootstrap.sql',
      'postgres/pg_hba.conf',
      'postgres/pg_ident.conf',
      'postgres/pgbackrest.conf',
      'postgres/postgresql.conf',
      'postgres/superuser.verifier',
      'redis-cache-exporter/passwords.json',
      'redis-cache/health.password',
      'redis-cache/redis.conf',
      'redis-cache/users.acl',
      'redis-queue-exporter/passwords.json',
      'redis-queue/health.password',
      'redis-queue/redis.conf',
      'redis-queue/users.acl',
    ]);
    expect(await names('medium')).toEqual(small);
    expect(await names('large')).toEqual(small);
  });

  it('has for the medium pool the numbers of the plan it comes from', async () => {
    const resources = await resourcesOf({ preset: 'medium' });
    expect(valuesOf(filesOf(resources)['pgbouncer/pgbouncer.ini'])).toMatchObject({
      pool_mode: 'transaction',
      max_client_conn: '1000',
      default_pool_size: '20',
      reserve_pool_size: '5',
      reserve_pool_timeout: '5',
      max_db_connections: '50',
      max_user_connections: '100',
      listen_port: '6432',
    });
    expect(
      resources
        .filter(({ key }) => key === 'docker:Container pgbouncer')
        .map(({ inputs }) => inputs['ports']),
    ).toEqual([[{ internal: 6432, external: 6432, ip: '127.0.0.1', protocol: 'tcp' }]]);
  });
});

describe('what clients connect with', () => {
  it('is as in test/golden/urls', async () => {
    const { built } = await recordEnvironment();
    const { value } = await settled(outputs.urls(built, 'classrooms'));
    const text = `${JSON.stringify(value, undefined, 2)}\n`;
    expect(compareGolden('test/golden/urls', { 'small.json': text })).toEqual([]);
  });
});

describe('a golden file', () => {
  it('is written when asked for, and told about when it differs', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'golden-'));
    const at = path.relative(path.resolve(import.meta.dirname, '../..'), folder);
    const advice =
      'look at it, and if it is meant: UPDATE_GOLDEN=1 npx jest golden --selectProjects unit';
    try {
      const first = { 'a/one': '1\n2\n', two: 'same\n' };
      expect(compareGolden(at, first, false)).toEqual([
        `${at}/a/one is missing: ${advice}`,
        `${at}/two is missing: ${advice}`,
      ]);
      expect(compareGolden(at, first, true)).toEqual([]);
      expect(compareGolden(at, first, false)).toEqual([]);
      expect(compareGolden(at, { 'a/one': '1\n3\n', three: '' }, false)).toEqual([
        `${at}/a/one differs in line 2, where "2" became "3": ${advice}`,
        `${at}/three is missing: ${advice}`,
        `${at}/two is rendered no longer: ${advice}`,
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
