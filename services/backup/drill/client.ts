import pg from 'pg';
import { sessionSettings } from '../connection.ts';
import type { PrivateServer } from '../private-server.ts';

/** A session of the superuser, set as those of a backup are: what is compared has to be said in the same words. */
export async function asSuperuser<T>(
  server: PrivateServer,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { host, port, user } = server;
  const client = new pg.Client({ host, port, user, database });
  // A server that ends also fails the query that waits for it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const [name, value] of Object.entries(sessionSettings)) {
      await client.query('select set_config($1, $2, false)', [name, value]);
    }
    return await work(client);
  } finally {
    await client.end();
  }
}
