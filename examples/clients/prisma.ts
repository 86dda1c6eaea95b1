/** Who a transaction works for: an id in a setting (level 1), or a signed token (level 2). */
export type Tenant = { readonly setting: string; readonly id: string } | { readonly token: string };

/** In milliseconds; Prisma waits 2,000 for a connection and ends the transaction after 5,000. */
export interface Limits {
  readonly maxWait?: number;
  readonly timeout?: number;
}

/** What it needs of a generated PrismaClient. `$connect` is what a transaction's client lacks. */
interface Client<Tx> {
  $connect(): Promise<void>;
  $transaction<R>(work: (tx: Tx) => Promise<R>, limits?: Limits): Promise<R>;
}
interface Statements {
  $executeRaw(statement: TemplateStringsArray, ...values: string[]): PromiseLike<number>;
}

/**
 * Runs `work` in a transaction of the tenant: commits when it is done, rolls back when it throws.
 * Queries of the tenant go through `tx`; one through `prisma` has a connection and no tenant.
 *
 * @param prisma not a transaction: a tenant set in a nested one would stay on in the outer one
 * @throws {TypeError} an empty tenant, before anything is asked of the database
 */
export async function withTenant<Tx extends Statements, R>(
  prisma: Client<Tx>,
  tenant: Tenant,
  work: (tx: Tx) => Promise<R>,
  limits?: Limits,
): Promise<R> {
  const who = known(tenant);
  if (!('$connect' in prisma)) {
    throw new TypeError('one tenant a transaction: give withTenant prisma itself, not its tx');
  }
  return prisma.$transaction(async (tx) => {
    // Values in these templates are bound, not pasted in.
    await ('token' in tenant
      ? tx.$executeRaw`select tenant.enter(${who})`
      : tx.$executeRaw`select set_config(${tenant.setting}, ${who}, true)`);
    return work(tx);
  }, limits);
}

/** The id or token, which from JavaScript, or past a cast, may be anything. */
function known(tenant: Tenant): string {
  const who: unknown = 'token' in tenant ? tenant.token : tenant.id;
  if (typeof who === 'string' && who.trim() !== '') return who;
  throw new TypeError(`the tenant is empty (${String(who)}): sign the user in before querying`);
}
