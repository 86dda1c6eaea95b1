import pg from 'pg';
import { sessionSettings } from '../connection.ts';
import type { TemporaryPostgres } from '../temporary-postgres.ts';

/** Runs `work` in a superuser session with the settings of a backup session, so that the output can be compared. */
export async function asSuperuser<T>(
  server: TemporaryPostgres,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { host, port, user } = server;
  const client = new pg.Client({ host, port, user, database });
  // If the server ends, the pending query fails as well.
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
