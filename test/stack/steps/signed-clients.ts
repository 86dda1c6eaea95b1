import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mintToken, type SigningKey } from '../../../rls/token/token.ts';
import type { Chain } from '../../support/chain.ts';
import { facilitator } from '../../support/clients/load.ts';
import { clients, provideRecipes, type Recipes } from '../../support/clients/recipes.ts';

/** The same recipes where tenants are signed. */
export const signedClients = (chain: Chain): void => {
  let recipes: Recipes;
  let mint: (tenant: string) => string;

  beforeAll(async () => {
    const { key } = (await chain.stack.output('tenant')) as { key: SigningKey };
    const { pathname } = new URL(chain.urls['app']!['psql']!);
    const database = pathname.slice(1);
    recipes = await provideRecipes(chain.stack, database);
    const expiresAt = new Date(Date.now() + 3_600_000);
    mint = (tenant) => mintToken({ key, database, tenant, expiresAt });
  });
  afterAll(() => recipes.remove());

  it.each(clients)('enters before the first query, with $client', async (client) => {
    const own = facilitator(7);
    const report = (await recipes.ask(client, chain.urls['app']![client.string]!, 'tokens', {
      good: mint(own),
      // Another tenant's, with this one's signature.
      bad: mint(own).replace(hex(own), hex(facilitator(8))),
    })) as { told: string };
    expect(report).toEqual({
      owners: Array<string>(10).fill(own),
      told: expect.stringContaining('tenant token refused: its signature is wrong'),
      ran: false,
      naked: 0,
    });
    // Messages end in logs, and a token opens the door to whoever reads it there.
    expect(report.told).not.toContain(own);
    expect(report.told).not.toContain(hex(facilitator(8)));
  });
};

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
