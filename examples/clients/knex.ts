import type { Knex } from 'knex';

/** Who a transaction works for: an id in a setting (level 1), or a signed token (level 2). */
export type Tenant = { readonly setting: string; readonly id: string } | { readonly token: string };

/**
 * Runs `work` in a transaction of the tenant: commits when it is done, rolls back when it throws.
 *
 * @param knex not a transaction: a tenant set in a nested one would stay on in the outer one
 * @throws {TypeError} an empty tenant, before anything is asked of the database
 */
export async function withTenant<R>(
  knex: Knex,
  tenant: Tenant,
  work: (trx: Knex.Transaction) => Promise<R>,
): Promise<R> {
  const [statement, values] = entering(tenant);
  if (knex.isTransaction === true) {
    throw new TypeError('one tenant a transaction: give withTenant knex itself, not a transaction');
  }
  return knex.transaction(async (trx) => {
    await trx.raw(statement, values);
    return work(trx);
  });
}

/** The statement that says who it is. Values are bound, never pasted into it. */
function entering(tenant: Tenant): [statement: string, values: string[]] {
  // From JavaScript, or past a cast, it may be anything.
  const who: unknown = 'token' in tenant ? tenant.token : tenant.id;
  if (typeof who !== 'string' || who.trim() === '') {
    throw new TypeError(`the tenant is empty (${String(who)}): sign the user in before querying`);
  }
  return 'token' in tenant
    ? ['select tenant.enter(?)', [who]]
    : ['select set_config(?, ?, true)', [tenant.setting, who]];
}
