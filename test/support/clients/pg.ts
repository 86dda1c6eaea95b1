import pg from 'pg';
import { withTenant, type Transaction } from '../../../examples/clients/pg.ts';
import { PATIENCE_MS, type Connect, type Queries } from './client.ts';

export const connect: Connect = async (url, size) => {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: PATIENCE_MS,
  });
  pool.on('error', () => undefined);
  return {
    withTenant: (tenant, work) => withTenant(pool, tenant, (tx) => work(queries(tx))),
    naked: queries(pool),
    end: () => pool.end(),
  };
};

/** Named statements, which pg prepares once a connection. */
function queries(on: Transaction | pg.Pool): Queries {
  const ask = async (query: pg.QueryConfig) => (await on.query<Record<string, string>>(query)).rows;
  return {
    facilitators: async () =>
      (await ask({ name: 'facilitators', text: 'select id from facilitators' })).map(
        ({ id }) => id!,
      ),
    owners: async () =>
      (await ask({ name: 'owners', text: 'select facilitator_id from classrooms' })).map(
        (row) => row['facilitator_id']!,
      ),
    sql: (text, values = []) => ask({ text, values: [...values] }),
  };
}
