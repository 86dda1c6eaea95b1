import { connected, type Connection } from './connection.ts';
import { changedProperties, type Handler } from './handler.ts';
import { projectFile } from './project-file.ts';

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
  diff: (state, inputs) => ({
    changed: changedProperties(state, inputs, ['file', 'checksum', 'role']),
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
 * before anybody else could see it.
 */
async function sow({ connection, role, file, checksum }: SeedInputs): Promise<void> {
  const sql = await projectFile(file, checksum);
  await connected(connection, async (client) => {
    const name = client.escapeIdentifier(role);
    await client.query('begin');
    await client.query(`grant execute on function tenant.become to ${name}`);
    await client.query(`set local role ${name}`);
    await client.query(sql);
    await client.query('reset role');
    await client.query(`revoke execute on function tenant.become from ${name}`);
    await client.query('commit');
  });
}
