/**
 * One client of Node under load and under faults: reads what to do from its standard input, as JSON, and
 * writes what it saw. A program of its own, because Jest cannot load Prisma's modules.
 */
import { text } from 'node:stream/consumers';
import type { Connect } from './client.ts';
import { faults, refusesEmpty, tokens } from './faults.ts';
import { load, recipes } from './load.ts';

interface Order {
  readonly client: 'pg' | 'knex' | 'prisma';
  /** Where Prisma's packages are. */
  readonly folder: string;
  readonly url: string;
  readonly task: 'load' | 'session' | 'faults' | 'tokens' | 'extension';
  readonly workers: number;
  readonly transactions: number;
  readonly late: string;
  readonly good: string;
  readonly bad: string;
}

/** Connections of the client's own pool under load: fewer than workers, so that they are shared there too. */
const POOL = 10;

async function connectTo({ client, folder }: Order): Promise<Connect> {
  switch (client) {
    case 'pg':
      return (await import('./pg.ts')).connect;
    case 'knex':
      return (await import('./knex.ts')).connect;
    case 'prisma':
      return (await import('./prisma.ts')).connectFrom(folder);
  }
}

const order = JSON.parse(await text(process.stdin)) as Order;
const connect = await connectTo(order);
console.log(JSON.stringify(await report()));

async function report(): Promise<unknown> {
  const { task, url, late, good, bad } = order;
  if (task === 'extension')
    return (await import('./prisma-extension.ts')).leftByExtension(order.folder, url);
  if (task === 'tokens') return tokens(connect, url, good, bad);
  if (task === 'faults')
    return { ...(await faults(connect, url, late)), empty: await refusesEmpty(connect) };
  const client = await connect(url, POOL);
  try {
    return await load(client, task === 'load' ? recipes.withTenant : recipes.session, order);
  } finally {
    await client.end();
  }
}
