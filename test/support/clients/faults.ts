import pg from 'pg';
import type { Client, Connect, Queries } from './client.ts';
import { facilitator, SETTING } from './load.ts';

const ADD = `insert into classrooms (facilitator_id, classroom_code, name, school, grade)
  values ($1::uuid, $2, 'Fault', 'Fault', 3) returning id`;
const COUNT = 'select count(*)::int as n from classrooms where classroom_code = $1';
const own = facilitator(1);
const foreign = facilitator(2);

/** The first line of what went wrong, or that nothing did. */
export type Refusal = string;

export interface FaultReport {
  /** By fault: what the caller was told. */
  readonly told: Readonly<Record<string, Refusal>>;
  /** By fault: rows that the next user of the connection saw without a tenant, and with one. */
  readonly next: Readonly<Record<string, { readonly naked: number; readonly own: number }>>;
  /** Rows that the failed transactions left. */
  readonly left: number;
  /** Rows of another tenant that an update and a delete reached. */
  readonly reached: number;
  /** Transactions of this login that are still open. */
  readonly open: number;
}

/**
 * Everything that can go wrong in a transaction, each on a pool with one connection: if that is lost, kept
 * open or left with a tenant, the very next query shows it.
 *
 * @param late a table whose unique column `id` is checked at commit
 */
export async function faults(connect: Connect, url: string, late: string): Promise<FaultReport> {
  const client = await connect(url, 1);
  const tenant = { setting: SETTING, id: own };
  const told: Record<string, Refusal> = {};
  const next: Record<string, { naked: number; own: number }> = {};
  const meet = async (fault: string, work: (tx: Queries) => Promise<unknown>) => {
    told[fault] = await refusal(client.withTenant(tenant, work));
    next[fault] = {
      naked: (await client.naked.owners()).length,
      own: (await client.withTenant(tenant, (tx) => tx.owners())).length,
    };
  };
  try {
    await meet('throws', async (tx) => {
      await tx.sql(ADD, [own, 'FAULT001']);
      throw new Error('thrown on purpose');
    });
    await meet('bad SQL', async (tx) => {
      await tx.sql(ADD, [own, 'FAULT002']);
      await tx.sql('select 1 / 0');
    });
    await meet('swallowed', async (tx) => {
      await tx.sql(ADD, [own, 'FAULT008']);
      await tx.sql('select 1 / 0').catch(() => undefined);
    });
    await meet('foreign row', (tx) => tx.sql(ADD, [foreign, 'FAULT003']));
    await meet('commit fails', async (tx) => {
      await tx.sql(ADD, [own, 'FAULT004']);
      await tx.sql(`insert into ${late} (id) values (1), (1)`);
    });
    await meet('breaks in a query', async (tx) => {
      await tx.sql(ADD, [own, 'FAULT005']);
      await tx.sql('select pg_terminate_backend(pg_backend_pid())');
    });
    await meet('breaks between queries', async (tx) => {
      await tx.sql(ADD, [own, 'FAULT006']);
      const [row] = await tx.sql('select pg_backend_pid() as pid');
      await terminate(url, row?.['pid']);
      await tx.owners();
    });
    await meet('breaks before the commit', async (tx) => {
      await tx.sql(ADD, [own, 'FAULT007']);
      const [row] = await tx.sql('select pg_backend_pid() as pid');
      await terminate(url, row?.['pid']);
    });
    let kept: Queries | undefined;
    await client.withTenant(tenant, async (tx) => {
      kept = tx;
      await tx.owners();
    });
    told['too late'] = await refusal(kept!.owners());
    if (client.nested !== undefined) told['nested'] = await refusal(client.nested(tenant));
    return { told, next, ...(await after(client)) };
  } finally {
    await client.end();
  }
}

/** Level 2: what a good token and a bad one bring, on a pool with one connection. */
export async function tokens(connect: Connect, url: string, good: string, bad: string) {
  const client = await connect(url, 1);
  let ran = false;
  const owners = await client.withTenant({ token: good }, (tx) => tx.owners());
  const told = await refusal(
    client.withTenant({ token: bad }, async () => {
      ran = true;
    }),
  );
  const naked = await client.naked.owners();
  await client.end();
  return { owners, told, ran, naked: naked.length };
}

/** What an empty tenant is told by a client that can reach no server at all. */
export async function refusesEmpty(connect: Connect): Promise<Refusal[]> {
  const client = await connect('postgresql://nobody:none@127.0.0.1:1/none', 1);
  const empty = ['', '  ', undefined as unknown as string];
  const refusals = await Promise.all(
    [...empty.map((id) => ({ setting: SETTING, id })), ...empty.map((token) => ({ token }))].map(
      (tenant) => refusal(client.withTenant(tenant, (tx) => tx.owners())),
    ),
  );
  await client.end();
  return refusals;
}

async function after(client: Client) {
  const codes = Array.from({ length: 8 }, (_, n) => `FAULT00${n + 1}`);
  const counts = (id: string) =>
    client.withTenant({ setting: SETTING, id }, async (tx) => {
      let sum = 0;
      for (const code of codes) sum += Number((await tx.sql(COUNT, [code]))[0]?.['n']);
      return sum;
    });
  const left = (await counts(own)) + (await counts(foreign));
  const reached = await client.withTenant({ setting: SETTING, id: own }, async (tx) => {
    const updated = await tx.sql(
      'update classrooms set grade = 4 where facilitator_id = $1::uuid returning id',
      [foreign],
    );
    const deleted = await tx.sql(
      'delete from classrooms where facilitator_id = $1::uuid returning id',
      [foreign],
    );
    return updated.length + deleted.length;
  });
  const [row] = await client.naked.sql(
    `select count(*)::int as n from pg_stat_activity
      where usename = current_user and state like 'idle in transaction%'`,
  );
  return { left, reached, open: Number(row?.['n']) };
}

/** Ends a server connection from outside, as a restart would, and lets the client hear of it. */
async function terminate(url: string, pid: unknown): Promise<void> {
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query('select pg_terminate_backend($1, 10000)', [pid]);
  await other.end();
  await new Promise((heard) => setTimeout(heard, 100));
}

async function refusal(answer: Promise<unknown>): Promise<Refusal> {
  return answer.then(
    (value) => `no error: ${JSON.stringify(value)}`,
    (error: unknown) => (error as Error).message,
  );
}
