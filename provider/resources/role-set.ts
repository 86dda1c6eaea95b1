import { createHash } from 'node:crypto';
import { withClient, type Connection } from '../connection.ts';
import type { Failure, Handler } from '../engine/handler.ts';
import { readRoleStates, type RoleStates } from './role-set/introspect.ts';
import { differences, statements, unmanagedRole, type Roles } from './role-set/statements.ts';
import { queryOf, transaction } from '../transaction.ts';
import { UNKNOWN } from '../engine/secrets.ts';

interface RoleSetInputs {
  readonly connection: Connection;
  readonly roles: Roles;
}

interface RoleSetState extends Omit<RoleSetInputs, 'roles'> {
  /** As they are in the server. */
  readonly roles: RoleStates;
}

/** Anything else Postgres would take for the password itself. */
const SCRAM = /^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/]+=*\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/;

/** As many differences are told one by one as a person reads. */
const TOLD = 20;

/** Many roles at once. What it means is in the class of the same name. */
export const roleSet: Handler<RoleSetInputs, RoleSetState> = {
  check: ({ roles }) =>
    Object.entries(roles).flatMap(([name, { verifier }]) => wrong(name, verifier)),
  describe: ({ roles }) => [`makes ${Object.keys(roles).length} roles`],
  diff: (state, inputs) => {
    const different = differences(state.roles, inputs.roles);
    if (different.length === 0) return { changed: [] };
    const told = different.slice(0, TOLD).map(([name, what]) => `role ${name} ${what}`);
    const rest = different.length - told.length;
    return {
      changed: ['roles'],
      words: rest === 0 ? told : [...told, `and ${rest} more roles of ${different.length} in all`],
    };
  },
  create: async (inputs) => ({ id: idOf(inputs.roles), state: await applied(inputs, []) }),
  read: (_id, state) =>
    withClient(state.connection, async (client) => ({
      ...state,
      roles: await readRoleStates(queryOf(client), Object.keys(state.roles)),
    })),
  update: (_id, state, inputs) => applied(inputs, Object.keys(state.roles)),
  delete: async (_id, { connection, roles }) => {
    await transaction(connection, 'the roles of the set', async (client) => {
      const live = await readRoleStates(queryOf(client), Object.keys(roles));
      const sql = statements(live, {}, Object.keys(live));
      if (sql.length > 0) await client.query(sql.join(';\n'));
    });
  },
};

function wrong(name: string, verifier: string | undefined): Failure[] {
  const failures: string[] = [];
  if (/^(pg_.*|public|none)$/.test(name) || name === '') {
    failures.push(
      `${JSON.stringify(name)} is a name that Postgres keeps to itself: choose another`,
    );
  }
  if (verifier !== undefined && verifier !== UNKNOWN && !SCRAM.test(verifier)) {
    failures.push(
      `the verifier of ${name} is no SCRAM-SHA-256 verifier: a password has no place here`,
    );
  }
  return failures.map((reason) => ({ property: 'roles', reason }));
}

/** A name for the set, that of none of its roles: they come and go. */
function idOf(roles: Roles): string {
  const names = Object.keys(roles).sort().join('\n');
  return `roles-${createHash('sha256').update(names).digest('hex').slice(0, 12)}`;
}

/** @param ours roles that the set made before */
async function applied(
  { connection, roles }: RoleSetInputs,
  ours: readonly string[],
): Promise<RoleSetState> {
  const names = Object.keys(roles);
  const gone = ours.filter((name) => roles[name] === undefined);
  const live = await transaction(connection, 'the roles of the set', async (client) => {
    const query = queryOf(client);
    const before = await readRoleStates(query, [...names, ...gone]);
    refuseStrangers(before, roles, ours);
    // One message, however many roles: a thousand of them are one journey.
    const sql = statements(before, roles, gone);
    if (sql.length > 0) await client.query(sql.join(';\n'));
    const after = await readRoleStates(query, names);
    const left = differences(after, roles).map(([name, what]) => `${name} ${what}`);
    if (left.length === 0) return after;
    throw new Error(`the server does not keep what it was told: ${left.slice(0, TOLD).join('; ')}`);
  });
  return { connection, roles: live };
}

function refuseStrangers(live: RoleStates, roles: Roles, ours: readonly string[]): void {
  const strangers = Object.entries(roles).flatMap(([name, wanted]) => {
    const is = ours.includes(name) ? undefined : live[name];
    const why = is && unmanagedRole(is, wanted);
    return why === undefined ? [] : [`${name} ${why}`];
  });
  if (strangers.length > 0) {
    throw new Error(
      `roles are there already that this set did not make and will not take over: ${strangers.join('; ')}: ` +
        'rename or drop them, or choose other names',
    );
  }
}
