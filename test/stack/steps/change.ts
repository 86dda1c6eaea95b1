import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load, login, query, TENANT } from '../../support/clients.ts';
import type { Chain, Urls } from '../../support/chain.ts';
import { docker, dockerLog, eventually, health, type TestStack } from '../../support/stack.ts';

/** A living environment whose declaration changes. */
export const change = (chain: Chain): void => {
  let stack: TestStack;
  let urls: Urls;

  beforeAll(async () => {
    ({ stack, urls } = chain);
    await query(
      urls['migrator']!['psql']!,
      // In a schema of its own, which no declaration speaks of.
      'create schema side',
      'create table side.ledger (id bigint generated always as identity primary key)',
      'grant usage on schema side to app',
      'grant select, insert on side.ledger to app',
    );
  });
  afterAll(() => query(urls['migrator']!['psql']!, 'drop schema side cascade'));

  describe('a setting that takes a new Postgres container', () => {
    it('keeps every row, role, grant and policy, and no client of the pool fails', async () => {
      const before = await digest(urls);
      const container = await docker('inspect', '-f', '{{.Id}}', stack.container('postgres'));
      const writers = load(urls['app']!['psql']!, 'side.ledger', 8);

      stack.configure({ 'plinth:postgres': { workMem: '2MiB' } });
      await stack.up();

      const { done, failures, longestMs } = await writers.stop();
      expect(failures).toEqual([]);
      expect(done).toBeGreaterThan(100);
      // The writers did meet the replacement: one of them waited for a server to come back.
      expect(longestMs).toBeGreaterThan(500);
      expect(await docker('inspect', '-f', '{{.Id}}', stack.container('postgres'))).not.toBe(
        container,
      );
      expect(await setting(urls, 'work_mem')).toBe('2MB');
      expect(await digest(urls)).toEqual(before);
      expect(
        await query(urls['backup']!['psql']!, 'select count(*)::int as rows from side.ledger'),
      ).toEqual([{ rows: done }]);
    });

    it('says in its log that the clients were held, and shut down in order', async () => {
      const name = stack.container('postgres');
      const begin = new Date();
      await docker('restart', name);
      const log = await eventually(
        () => dockerLog(name, begin),
        (text) => text.includes('plinth: the pooler goes on'),
      );
      expect(log).toContain('plinth: the pooler is paused: its clients wait');
      expect(log).toContain('database system is shut down');
      expect(log).not.toContain('was not properly shut down');
    });
  });

  it('lets both logins of the migrator make tables for the same owner', async () => {
    await query(urls['migrator']!['psql']!, 'create table side.made_by_hand (id int)');
    expect(
      await query(
        urls['backup']!['psql']!,
        "select tableowner from pg_tables where tablename = 'made_by_hand'",
      ),
    ).toEqual([{ tableowner: 'migrator' }]);
    // What nobody gave away is nobody else's.
    await expect(query(urls['app']!['psql']!, 'select * from side.made_by_hand')).rejects.toThrow(
      'permission denied for table made_by_hand',
    );
  });

  describe('a raised rotation number', () => {
    it('changes the login of app: the new one is let in, direct and pooled, the old one is not', async () => {
      stack.configure({ 'plinth:users': { app: { rotation: 2 } } });
      await stack.up();
      const after = await stack.urls();
      expect(await login(after['app']!['psql']!)).toBe('app_b');
      expect(await login(after['app']!['direct']!)).toBe('app_b');
      expect(await login(urls['app']!['psql']!)).toMatch(/^refused: /);
      expect(await login(urls['app']!['direct']!)).toMatch(/^refused: /);
      const students = await query(
        after['app']!['psql']!,
        'begin',
        `select set_config('app.facilitator_id', '${TENANT}', true)`,
        'select count(*)::int as students from students',
      );
      expect(students).toEqual([{ students: 205 }]);
    });

    it('gives the first slot a new password the next time', async () => {
      stack.configure({ 'plinth:users': { app: { rotation: 3 } } });
      await stack.up();
      const after = await stack.urls();
      expect(await login(after['app']!['psql']!)).toBe('app_a');
      expect(after['app']!['psql']).not.toBe(urls['app']!['psql']);
      expect(await login(urls['app']!['psql']!)).toMatch(/^refused: /);
    });

    it('reaches the exporters, the superuser and Redis as well', async () => {
      stack.configure({
        'plinth:users': {
          app: { rotation: 3 },
          monitor: { rotation: 2 },
          postgres: { rotation: 2 },
          redisApp: { rotation: 2 },
          redisMonitor: { rotation: 2 },
        },
      });
      await stack.up();
      const after = await stack.urls();
      expect(await login(after['monitor']!['psql']!)).toBe('monitor_b');
      expect(await login(urls['monitor']!['psql']!)).toMatch(/^refused: /);
      expect(after['redis-cache']!['url']).not.toBe(urls['redis-cache']!['url']);
      expect(await redisPing(stack, after['redis-cache']!['url']!)).toBe('PONG');
      expect(await redisPing(stack, urls['redis-cache']!['url']!)).toContain('WRONGPASS');
      // Healthy exporters have just logged in with what they were given.
      for (const part of ['postgres', 'pgbouncer', 'redis-cache', 'redis-queue']) {
        const name = stack.container(`${part}-exporter`);
        await eventually(
          () => health(name),
          (words) => words === 'healthy',
        );
      }
      // Nothing is left to do: the provider itself logs in as the rotated superuser.
      await stack.up('--refresh', '--expect-no-changes');
    });
  });

  it('takes back a password that was changed by hand', async () => {
    const psql = (sql: string) =>
      docker('exec', stack.container('postgres'), 'psql', '-U', 'postgres', '-Atc', sql);
    const now = await stack.urls();
    await psql("alter role app_a password 'changed-by-hand'");
    expect(await login(now['app']!['direct']!)).toMatch(/^refused: /);
    expect((await stack.pulumi('preview', '--refresh', '--expect-no-changes')).code).not.toBe(0);
    await stack.up('--refresh');
    expect(await login(now['app']!['direct']!)).toBe('app_a');
    // The provider grants the memberships of a role that it updates again, with SET. The next update that
    // looks at the server takes SET away again.
    const preview = await stack.expect('preview', '--refresh', '--diff');
    expect(preview).toContain('app_a has the privileges of app and may not become it');
    await stack.up('--refresh');
  });
};

/** What must survive: rows, roles, memberships, grants and policies, one digest each. */
async function digest(urls: Urls): Promise<unknown[]> {
  const of = (from: string, order: string) =>
    `(select md5(coalesce(string_agg(t::text, e'\\n' order by ${order}), '')) from ${from} t)`;
  return query(
    urls['backup']!['psql']!,
    `select ${of('students', 'id')} as students,
            ${of('(select rolname, rolcanlogin, rolbypassrls, rolconnlimit from pg_roles)', 'rolname')} as roles,
            ${of('(select roleid::regrole, member::regrole from pg_auth_members)', 't::text')} as members,
            ${of("(select relname, relacl, relrowsecurity, relforcerowsecurity from pg_class where relnamespace = 'public'::regnamespace)", 'relname')} as grants,
            ${of('(select tablename, policyname, roles, cmd, qual, with_check from pg_policies)', 't::text')} as policies`,
  );
}

async function setting(urls: Urls, name: string): Promise<string> {
  const [row] = await query(
    urls['monitor']!['psql']!,
    `select current_setting('${name}') as value`,
  );
  return (row as { value: string }).value;
}

/** PING with the user and password of a URL, from inside the container. */
async function redisPing(stack: TestStack, url: string): Promise<string> {
  const { username, password } = new URL(url);
  const script = `redis-cli --no-auth-warning --user ${username} --pass ${password} ping`;
  return docker('exec', stack.container('redis-cache'), 'sh', '-c', `${script} 2>&1`);
}
