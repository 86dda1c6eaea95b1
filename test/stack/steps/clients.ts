import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { withTenant } from '../../../examples/clients/pg.ts';
import { query } from '../../support/clients.ts';
import type { FaultReport } from '../../support/clients/faults.ts';
import { facilitator, type LoadReport } from '../../support/clients/load.ts';
import { prismaTypes, type Order } from '../../support/clients/programs.ts';
import {
  clients,
  provideRecipes,
  type ClientUnderTest,
  type Recipes,
} from '../../support/clients/recipes.ts';
import type { Chain, Urls } from '../../support/chain.ts';
import { docker, type TestStack } from '../../support/stack.ts';

const WORKERS = 16;
const TRANSACTIONS = 100;

const BROKEN = /terminating connection|connection error|server conn crashed|connection was closed/i;

/** The recipes of examples/clients, as they are, through PgBouncer. */
export const clientRecipes = (chain: Chain): void => {
  let stack: TestStack;
  let urls: Urls;
  let recipes: Recipes;

  beforeAll(async () => {
    ({ stack, urls } = chain);
    recipes = await provideRecipes(stack, new URL(urls['app']!['psql']!).pathname.slice(1));
  });
  afterAll(() => recipes.remove());

  const ask = (
    client: ClientUnderTest,
    user: 'app' | 'readonly',
    task: Order['task'],
    more?: object,
  ) => recipes.ask(client, urls[user]![client.string]!, task, more);

  describe.each(clients)('$client', (client) => {
    it('sees exactly its own rows, among many on one pool, and nobody without a tenant sees any', async () => {
      const amount = { workers: WORKERS, transactions: TRANSACTIONS };
      const report = (await ask(client, 'app', 'load', amount)) as LoadReport;
      expect(report).toMatchObject({
        transactions: WORKERS * TRANSACTIONS,
        wrong: 0,
        first: null,
        foreign: 0,
        nakedRows: 0,
      });
      expect(report.nakedQueries).toBeGreaterThan(WORKERS);
      if (client.prepares !== undefined)
        expect(report.prepared).toContainEqual(expect.stringContaining(client.prepares));
    });

    it('leaves nothing behind, whatever goes wrong, and gives no broken connection on', async () => {
      const report = (await ask(client, 'app', 'faults')) as FaultReport & { empty: string[] };
      expect(report.told).toEqual({
        throws: 'thrown on purpose',
        'bad SQL': expect.stringContaining('division by zero'),
        swallowed: expect.stringMatching(client.swallowed),
        'foreign row': expect.stringContaining('violates row-level security policy'),
        'commit fails': expect.stringMatching(/unique/i),
        'breaks in a query': expect.stringMatching(BROKEN),
        'breaks between queries': expect.stringMatching(BROKEN),
        'breaks before the commit': expect.stringMatching(BROKEN),
        'too late': expect.stringMatching(/transaction|closed/i),
        ...(client.nests === true && {
          nested: expect.stringContaining('one tenant a transaction'),
        }),
      });
      for (const [fault, rows] of Object.entries(report.next))
        expect({ fault, ...rows }).toEqual({ fault, naked: 0, own: 10 });
      expect(report).toMatchObject({ left: 0, reached: 0, open: 0 });
      expect(report.empty).toHaveLength(6);
      for (const refusal of report.empty) expect(refusal).toContain('the tenant is empty');
      if (client.program === 'python')
        expect(report).toMatchObject({ session: { seen: 11, saved: 1 } });
    });
  });

  it('of pg close a connection whose rollback got no answer', async () => {
    const connectionString = urls['app']!['psql']!;
    const pool = new pg.Pool({ connectionString, max: 1, query_timeout: 500 });
    pool.on('error', () => undefined);
    const tenant = { setting: 'app.facilitator_id', id: facilitator(1) };
    const work = withTenant(pool, tenant, async (tx) => {
      // The rollback waits behind it, in vain.
      void tx.query('select pg_sleep(3)').catch(() => undefined);
      throw new Error('thrown on purpose');
    });
    await expect(work).rejects.toThrow('thrown on purpose');
    expect((await pool.query('select id from classrooms')).rows).toEqual([]);
    await pool.end();
  });

  it('are typed by the generated Prisma client', async () => {
    expect(await prismaTypes(recipes.prisma)).toBe('');
  });

  it('of Prisma do not come from an extension, whose writes outlive a rollback', async () => {
    const left = await ask(
      clients.find(({ client }) => client === 'prisma')!,
      'app',
      'extension',
    );
    expect(left).toBe(1);
  });

  // The control: were the checks above blind, they would pass here as well. As another login, so that what
  // it leaves on server connections is in a pool of its own.
  describe('the wrong recipe, a setting of the session, where the pooler does not empty it', () => {
    beforeAll(() => stack.pooler('SET server_reset_query_always = 0'));
    afterAll(() => stack.pooler('SET server_reset_query_always = 1'));
    afterEach(() =>
      docker(
        ...['exec', stack.container('postgres'), 'psql', '-U', 'postgres', '-c'],
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename ~ '^readonly_[ab]$'",
      ),
    );

    it.each(clients)(
      'shows foreign rows, with $client, and leaves a tenant behind',
      async (client) => {
        const amount = { workers: WORKERS, transactions: 20 };
        const report = (await ask(client, 'readonly', 'session', amount)) as LoadReport;
        expect(report.wrong).toBeGreaterThan(0);
        expect(report.foreign).toBeGreaterThan(0);
        expect(report.nakedRows).toBeGreaterThan(0);
      },
    );

    it('is cleaned up after', async () => {
      for (let n = 0; n < 10; n += 1)
        expect(await query(urls['readonly']!['psql']!, 'select id from classrooms')).toEqual([]);
    });
  });
};
