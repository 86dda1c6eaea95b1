import knex, { type Knex } from 'knex';
import { withTenant } from '../../../examples/clients/knex.ts';
import { PATIENCE_MS, type Connect, type Queries } from './client.ts';

export const connect: Connect = async (url, size) => {
  const database = knex({
    client: 'pg',
    connection: url,
    pool: { min: 0, max: size },
    acquireConnectionTimeout: PATIENCE_MS,
    // It tells of broken connections, which the test makes on purpose.
    log: { warn: () => undefined },
  });
  return {
    withTenant: (tenant, work) => withTenant(database, tenant, (trx) => work(queries(trx))),
    nested: (tenant) =>
      withTenant(database, tenant, (trx) => withTenant(trx, tenant, async () => 'let in')),
    naked: queries(database),
    end: () => database.destroy(),
  };
};

function queries(on: Knex): Queries {
  return {
    facilitators: () => on('facilitators').pluck<string[]>('id'),
    owners: () => on('classrooms').pluck<string[]>('facilitator_id'),
    sql: async (statement, values = []) => {
      const { rows } = await on.raw<{ rows: Record<string, unknown>[] }>(
        statement.replaceAll(/\$\d+/g, '?'),
        values as string[],
      );
      return rows;
    },
  };
}
