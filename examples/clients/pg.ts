import type { Pool, PoolClient } from 'pg';

/** Who a transaction works for: an id in a setting (level 1), or a signed token (level 2). */
export type Tenant = { readonly setting: string; readonly id: string } | { readonly token: string };

/** What the caller's queries go through, as long as the transaction lasts. */
export type Transaction = Pick<PoolClient, 'query'>;

/**
 * Runs `work` in a transaction of the tenant: commits when it is done, rolls back when it throws.
 *
 * @param pool with an `error` listener of its own, as every pg pool needs
 * @throws {TypeError} an empty tenant, before anything is asked of the database
 */
export async function withTenant<R>(
  pool: Pool,
  tenant: Tenant,
  work: (tx: Transaction) => Promise<R>,
): Promise<R> {
  const enter = entering(tenant);
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  // Without a listener, a connection that breaks between two queries ends the whole process.
  client.on('error', onError);
  let open = true;
  const query = (...args: [never]) => {
    // The client goes to somebody else, and with it a query that comes too late.
    if (!open) throw new Error('this transaction is over: await every query inside its callback');
    return client.query(...args);
  };
  try {
    await client.query('begin');
    await client.query(enter);
    const result = await work({ query });
    open = false;
    const { command } = await client.query('commit');
    // What Postgres answers when a query failed and the callback kept that to itself.
    if (command !== 'COMMIT') throw new Error('nothing was saved: a query in it had failed');
    return result;
  } catch (error) {
    open = false;
    await client.query('rollback').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    // With an error the pool closes the connection instead of handing it on.
    client.release(broken);
  }
}

/** The statement that says who it is. Values are bound, never pasted into it. */
function entering(tenant: Tenant): { text: string; values: string[] } {
  // From JavaScript, or past a cast, it may be anything.
  const who: unknown = 'token' in tenant ? tenant.token : tenant.id;
  if (typeof who !== 'string' || who.trim() === '') {
    throw new TypeError(`the tenant is empty (${String(who)}): sign the user in before querying`);
  }
  return 'token' in tenant
    ? { text: 'select tenant.enter($1)', values: [who] }
    : { text: 'select set_config($1, $2, true)', values: [tenant.setting, who] };
}
