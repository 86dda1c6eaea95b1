import { withClient, type Connection } from '../connection.ts';
import { changedProperties, type Handler } from '../engine/handler.ts';

interface ActsAsInputs {
  readonly connection: Connection;
  readonly role: string;
}

/**
 * A login that acts as the role it is a member of from its first statement, so that what it makes
 * belongs to the role and not to one of two logins. It says so of itself; no superuser is needed.
 */
export const loginDefaultRole: Handler<ActsAsInputs> = {
  diff: (state, inputs) => ({
    changed: [],
    replace: [
      ...changedProperties(state, inputs, ['role']),
      ...(state.connection.user === inputs.connection.user ? [] : ['connection']),
    ],
  }),
  create: async (inputs) => {
    await withClient(inputs.connection, async (client) => {
      // Where it holds already, the session is not the login any more, which alone may change it.
      await client.query('set role none');
      const role = client.escapeLiteral(inputs.role);
      await client.query(`alter role current_user set role to ${role}`);
    });
    return { id: `${inputs.connection.user} as ${inputs.role}`, state: inputs };
  },
  read: async (_id, state) => {
    try {
      return (await holds(state)) ? state : undefined;
    } catch {
      // Whoever cannot get in cannot know. It is made again, once the login has been put right.
      return undefined;
    }
  },
};

function holds({ connection, role }: ActsAsInputs): Promise<boolean> {
  return withClient(connection, async (client) => {
    const { rows } = await client.query<{ holds: boolean }>('select current_user = $1 as holds', [
      role,
    ]);
    return rows[0]?.holds === true;
  });
}
