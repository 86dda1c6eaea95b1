import { connected, type Connection } from './connection.ts';
import { changedProperties, type Handler } from './handler.ts';
import { projectFile } from './project-file.ts';

interface SeedInputs {
  readonly connection: Connection;
  readonly file: string;
  readonly checksum: string;
}

/** Example data. The file is safe to run again, so a killed run is simply repeated. */
export const seed: Handler<SeedInputs> = {
  diff: (state, inputs) => ({ changed: changedProperties(state, inputs, ['file', 'checksum']) }),
  create: async (inputs) => {
    await sow(inputs);
    return { id: inputs.file, state: inputs };
  },
  update: async (_id, _state, inputs) => {
    await sow(inputs);
    return inputs;
  },
};

async function sow({ connection, file, checksum }: SeedInputs): Promise<void> {
  const sql = await projectFile(file, checksum);
  await connected(connection, (client) => client.query(sql));
}
