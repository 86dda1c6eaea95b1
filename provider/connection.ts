import pg from 'pg';

/** A login to one database over its direct endpoint. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Runs `work` on a connection of its own and closes it. Nothing of the connection appears in an
 * error beyond host, port, database and user.
 */
export async function withClient<T>(
  connection: Connection,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { host, port, database, user, password } = connection;
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    application_name: 'plinth',
    connectionTimeoutMillis: 15_000,
  });
  // A server that goes away is told by the query it interrupts; without a listener it would also end
  // the whole process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `cannot log in to ${database} at ${host}:${String(port)} as ${user}: ${reason}: ` +
        'see `npx plinth status`',
      { cause },
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
