import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { mintToken } from '../../../rls/token/token.ts';
import {
  attacks,
  attempt,
  COUNT,
  MINE,
  OWN_ROWS,
  SCENE,
  THEIRS,
  token,
  UNDO_SCENE,
  type Key,
} from '../../support/rls/signed-attacks.ts';
import { query } from '../../support/clients.ts';
import type { Chain, Urls } from '../../support/chain.ts';
import { docker, type TestStack } from '../../support/stack.ts';

const DATABASE = 'classrooms';
export const signedSettings = (rotation: number) => ({
  'plinth:access': { context: 'signed', tokenKey: { rotation } },
});

/** The signed tenant in a real server, through the pool and beside it. Begins with the first key, and ends with the third. */
export const signedContext = (chain: Chain): void => {
  let stack: TestStack;
  let urls: Urls;
  let key: Key;

  const psql = (sql: string) =>
    docker(
      'exec',
      stack.container('postgres'),
      'psql',
      '-U',
      'postgres',
      '-d',
      DATABASE,
      '-v',
      'ON_ERROR_STOP=1',
      '-qAtc',
      sql,
    );
  const url = (user: string, way: string): string => urls[user]?.[way] ?? '';
  const good = (tenant = MINE, signer = key) => token(DATABASE, { key: signer, tenant });

  beforeAll(async () => {
    ({ stack, urls } = chain);
    key = await tokenKey(stack);
    await psql(SCENE);
  });

  /** A connection of its own for as long as the work takes. */
  async function as<T>(
    connectionString: string,
    work: (
      run: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>,
      client: pg.Client,
    ) => Promise<T>,
    options?: string,
  ): Promise<T> {
    const client = new pg.Client({
      connectionString,
      ...(options === undefined ? {} : { options }),
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(async (sql, values) => {
        const result = await client.query<Record<string, unknown>>(sql, values);
        return Array.isArray(result) ? [] : result.rows;
      }, client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  // What they are called does not depend on the key.
  const names = attacks(DATABASE).map(({ name }, at) => ({ name, at }));

  describe.each([
    ['through the pool', 'psql'],
    ['beside the pool', 'direct'],
  ])('an attack %s', (_, way) => {
    it.each(names)('$name', async ({ at }) => {
      const attack = attacks(DATABASE, key)[at]!;
      const { ends, message } = await as(url('app', way), (run) => attempt(attack, run));
      expect({ ends, message }).toEqual({ ends: attack.ends, message });
      expect(message).not.toMatch(/[0-9a-f]{16}/);
      // Nothing of it is left for whoever gets the connection next.
      expect(await query(url('app', way), COUNT)).toEqual([{ n: 0 }]);
    });

    it.each(['set session authorization postgres', 'set session authorization tenant_keeper'])(
      '%s',
      async (sql) => {
        await expect(query(url('app', way), sql)).rejects.toMatchObject({ code: '42501' });
      },
    );

    it('a tenant among the options of the connection', async () => {
      const forged = `-c backtrace_functions=tenant_${Buffer.from(THEIRS).toString('hex')}`;
      const rows = () => as(url('app', way), (run) => run(COUNT), forged);
      await expect(rows()).rejects.toThrow(
        way === 'direct' ? /permission denied to set parameter/ : /unsupported startup parameter/,
      );
    });
  });

  it('honest: options that a login may give are taken beside the pool', async () => {
    const rows = await as(url('app', 'direct'), (run) => run('show work_mem'), '-c work_mem=123kB');
    expect(rows).toEqual([{ work_mem: '123kB' }]);
  });

  it('a client that goes away in the middle leaves no tenant on the server connection', async () => {
    const pids = new Set<unknown>();
    for (let n = 0; n < 20; n += 1) {
      await as(url('app', 'psql'), async (run, client) => {
        await run('begin');
        await run('select tenant.enter($1)', [good()]);
        const [row] = await run(`select pg_backend_pid() as pid, (${COUNT})`);
        expect(row).toMatchObject({ n: OWN_ROWS });
        pids.add(row?.['pid']);
        (
          client as unknown as { connection: { stream: { destroy(): void } } }
        ).connection.stream.destroy();
      });
      const [next] = await query(url('app', 'psql'), `select pg_backend_pid() as pid, (${COUNT})`);
      expect(next).toMatchObject({ n: 0 });
    }
  });

  it('two clients on the same server connection, one after the other, are two tenants', async () => {
    const seen: unknown[] = [];
    const pids = new Set<unknown>();
    for (const tenant of [MINE, THEIRS, undefined, MINE]) {
      await as(url('app', 'psql'), async (run) => {
        await run('begin');
        if (tenant !== undefined) await run('select tenant.enter($1)', [good(tenant)]);
        const [row] = await run(`select pg_backend_pid() as pid, (${COUNT})`);
        pids.add(row?.['pid']);
        seen.push(row?.['n']);
        await run('commit');
      });
    }
    expect(seen).toEqual([3, 5, 0, 3]);
    expect(pids.size).toBe(1);
  });

  it('parallel workers see the tenant of the transaction', async () => {
    await as(url('app', 'direct'), async (run) => {
      await run('set debug_parallel_query = on');
      await run('begin');
      await run('select tenant.enter($1)', [good()]);
      expect(JSON.stringify(await run(`explain ${COUNT}`))).toContain('Gather');
      expect(await run(COUNT)).toEqual([{ n: OWN_ROWS }]);
      expect(await run('select tenant.id()')).toEqual([{ id: MINE }]);
      await run('commit');
      expect(await run(COUNT)).toEqual([{ n: 0 }]);
    });
  });

  it('nobody of the platform reads the keys but the backup, which reads everything', async () => {
    for (const user of ['app', 'readonly', 'migrator', 'monitor', 'health']) {
      const way = urls[user]?.['direct'] ?? url(user, 'psql');
      await expect(query(way, 'select * from tenant.keys')).rejects.toMatchObject({
        code: '42501',
      });
    }
    expect(await query(url('backup', 'psql'), 'select id from tenant.keys')).toEqual([
      { id: 'k1' },
    ]);
  });

  it('a right to set the parameter that was given by hand is seen, and taken back', async () => {
    await psql('grant set on parameter backtrace_functions to app');
    const { code, output } = await stack.pulumi(
      'preview',
      '--refresh',
      '--diff',
      '--expect-no-changes',
    );
    expect(code).not.toBe(0);
    expect(output).toContain('privileges on parameter backtrace_functions: app=s/postgres');
    await psql(UNDO_SCENE);
    await stack.up('--refresh');
    await psql(SCENE);
    const forged = `set backtrace_functions = 'tenant_00'`;
    await expect(query(url('app', 'direct'), forged)).rejects.toMatchObject({ code: '42501' });
  });

  it('a new key is taken beside the old one, and nobody is refused meanwhile', async () => {
    const old = key;
    const refused: string[] = [];
    let entered = 0;
    let on = true;
    const worker = async () => {
      const client = new pg.Client({ connectionString: url('app', 'psql') });
      await client.connect();
      while (on) {
        try {
          await client.query('begin');
          await client.query('select tenant.enter($1)', [good(MINE, key)]);
          const { rows } = await client.query(COUNT);
          if (rows[0].n === OWN_ROWS) entered += 1;
          else refused.push(`saw ${String(rows[0].n)}`);
        } catch (error) {
          refused.push((error as Error).message);
        }
        await client.query('rollback');
      }
      await client.end();
    };
    const workers = Promise.all([worker(), worker(), worker()]);
    await psql('drop schema evil cascade');
    stack.configure(signedSettings(2));
    await stack.up();
    const both = entered;
    key = await tokenKey(stack);
    expect(key.id).toBe('k2');
    while (entered < both + 100 && refused.length === 0)
      await new Promise((next) => setTimeout(next, 20));
    on = false;
    await workers;
    expect(refused).toEqual([]);
    expect(both).toBeGreaterThan(100);

    const enter = (signer: Key) =>
      query(url('app', 'psql'), `select tenant.enter('${good(MINE, signer)}')`);
    await enter(old);
    stack.configure(signedSettings(3));
    await stack.up();
    await enter(key);
    await expect(enter(old)).rejects.toMatchObject({ code: '28000' });
    await psql(UNDO_SCENE);
  });

  it('the key that the environment hands out signs what it takes', async () => {
    const signer = await tokenKey(stack);
    const said = mintToken({
      key: signer,
      database: DATABASE,
      tenant: MINE,
      expiresAt: new Date(Date.now() + 60_000),
    });
    await query(url('app', 'psql'), `select tenant.enter('${said}')`);
  });
};

async function tokenKey(stack: TestStack): Promise<Key> {
  const output = await stack.expect('stack', 'output', 'tenant', '--json', '--show-secrets');
  return (JSON.parse(output) as { readonly key: Key }).key;
}
