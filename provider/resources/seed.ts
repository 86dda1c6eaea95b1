import { withClient, type Connection } from '../connection.ts';
import { changedProperties, type Handler } from '../engine/handler.ts';
import { projectFile } from '../project-file.ts';

interface SeedInputs {
  /** The bootstrap superuser. */
  readonly connection: Connection;
  /** Role that the data is written as, so that it passes the policies. */
  readonly role: string;
  readonly file: string;
  readonly checksum: string;
}

/** Example data. The file is safe to run again, so a killed run is simply repeated. */
export const seed: Handler<SeedInputs> = {
  // A file that only moved is sown already: a second time might add to rows that came since.
  diff: (state, inputs) => ({
    changed: changedProperties(state, inputs, ['checksum', 'role']),
  }),
  create: async (inputs) => {
    await sow(inputs);
    return { id: inputs.file, state: inputs };
  },
  update: async (_id, _state, inputs) => {
    await sow(inputs);
    return inputs;
  },
};

/**
 * One transaction, in which the role may say which tenant it writes for without showing a token. The grant is taken back
 * before anybody else could see it. Where there are no tenants, there is nothing to grant.
 */
async function sow({ connection, role, file, checksum }: SeedInputs): Promise<void> {
  const sql = await projectFile(file, checksum);
  await withClient(connection, async (client) => {
    const name = client.escapeIdentifier(role);
    await client.query('begin');
    const { rows } = await client.query<{ tenants: boolean }>(
      `select pg_catalog.to_regproc('tenant.become') is not null as tenants`,
    );
    const tenants = rows[0]?.tenants === true;
    if (tenants) await client.query(`grant execute on function tenant.become to ${name}`);
    await client.query(`set local role ${name}`);
    await client.query(sql);
    await client.query('reset role');
    if (tenants) await client.query(`revoke execute on function tenant.become from ${name}`);
    await client.query('commit');
  });
}
