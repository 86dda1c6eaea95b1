import type { TenantType } from '../../rls/model/tenancy.ts';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { settingContextSql } from '../../rls/compile/session-variable-context.ts';
import {
  resetSignedSql,
  signedContextSql,
  takePrivileges,
  type Statement,
} from '../../rls/token/sql.ts';
import {
  DEPENDENTS_SQL,
  DROP_TYPED_SQL,
  drift,
  FACTS_SQL,
  type Facts,
  hasKeys,
  KEY_FACTS_SQL,
  OTHER_TYPE_SQL,
  strangers,
} from '../../rls/token/state.ts';
import { keyIdProblem, secretProblem } from '../../rls/token/token.ts';
import { CONTEXT_SCHEMA } from '../../rls/model/tenant-context.ts';
import { withClient } from '../connection.ts';
import { same } from '../engine/detailed-diff.ts';
import type { Failure, Handler } from '../engine/handler.ts';
import { contextChange } from './tenant-context/describe.ts';
import type { ContextInputs } from './tenant-context/inputs.ts';
import { transaction } from '../transaction.ts';

export interface ContextState extends ContextInputs {
  /** How the server showed what had been made. */
  readonly made: Facts;
  /** What has changed since, in sentences. */
  readonly drift: readonly string[];
  /** Digest of the statements that made it: when they have been written anew, they are run again. */
  readonly version: string;
}

/** What the engine sends for a value that is not known yet. */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

// Two databases of one server share the role that keeps the keys. This one spells "tenant" in ASCII.
const ADVISORY_LOCK = String(BigInt('0x74656e616e74'));

/** The functions of schema `tenant`, by which policies know whose transaction it is, and the keys of tokens. */
export const tenantContext: Handler<ContextInputs, ContextState> = {
  check: ({ mode, keys }) =>
    mode === 'signed' && Object.keys(keys).length === 0
      ? [{ property: 'keys', reason: 'is empty, so nobody could enter: give at least one key' }]
      : Object.entries(keys).flatMap(([id, secret]) => keyFailures(id, secret)),
  describe: (inputs) => contextChange(undefined, inputs),
  // The login is how to get in, not what is declared.
  diff: (state, inputs) => {
    const declared = (['mode', 'type', 'roles', 'keys', 'setting'] as const).filter(
      (name) => !same(declaration(state, name), declaration(inputs, name)),
    );
    const held = state.drift.length === 0 ? [] : ['drift'];
    const written = state.version === version(inputs) ? [] : ['version'];
    const replace = state.database === inputs.database ? [] : ['database'];
    return {
      changed: [...declared, ...held, ...written],
      replace,
      details: Object.fromEntries([
        ...[...declared, ...replace].map((name) => [name, 'update'] as const),
        ...[...held, ...written].map((name) => [name, 'delete'] as const),
      ]),
      words: [...state.drift, ...contextChange(state, inputs)],
    };
  },
  create: async (inputs) => ({ id: inputs.database, state: await apply(inputs) }),
  update: (_id, _state, inputs) => apply(inputs),
  read: (_id, state) =>
    withClient(state.connection, async (client) => ({
      ...state,
      drift: drift(state.made, await facts(client)),
    })),
  delete: (_id, state) => inTransaction(state, remove),
};

function keyFailures(id: string, secret: string): Failure[] {
  const problem = keyIdProblem(id) ?? (secret === UNKNOWN ? undefined : secretProblem(secret));
  return problem === undefined ? [] : [{ property: `keys.${id}`, reason: problem }];
}

/** A declared value, as far as it matters: a setting is nothing to a signed tenant, and roles have no order. */
function declaration(
  inputs: ContextInputs,
  name: 'mode' | 'type' | 'roles' | 'keys' | 'setting',
): unknown {
  if (name === 'roles') return [...inputs.roles].sort();
  if (name === 'setting' && inputs.mode === 'signed') return undefined;
  return inputs[name];
}

function apply(inputs: ContextInputs): Promise<ContextState> {
  return inTransaction(inputs, async (client) => {
    await retype(client, inputs.type);
    await refuseStrangers(client, inputs.type);
    for (const { sql, values } of statements(inputs)) await client.query(sql, [...values]);
    return { ...inputs, made: await facts(client), drift: [], version: version(inputs) };
  });
}

function statements(inputs: ContextInputs): Statement[] {
  if (inputs.mode === 'signed') return signedContextSql(inputs);
  const texts = [
    ...resetSignedSql(inputs.connection.user),
    takePrivileges(),
    ...settingContextSql(inputs, inputs.roles),
  ];
  return texts.map((sql) => ({ sql, values: [] }));
}

/** Of what does not stand among the inputs: the texts themselves. */
function version(inputs: ContextInputs): string {
  const connection = { ...inputs.connection, user: 'postgres' };
  const texts = statements({ ...inputs, connection, roles: [], keys: {} }).map(({ sql }) => sql);
  return createHash('sha256').update(texts.join(';')).digest('hex');
}

function inTransaction<T>(
  { connection }: ContextInputs,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return transaction(connection, 'the tenant context', async (client) => {
    await client.query(`select pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    return work(client);
  });
}

async function facts(client: pg.Client): Promise<Facts> {
  const read = async (sql: string): Promise<Facts> => {
    const { rows } = await client.query<{ fact: string; value: string }>(sql);
    return Object.fromEntries(rows.map((row) => [row.fact, row.value]));
  };
  const found = await read(FACTS_SQL);
  return hasKeys(found) ? { ...found, ...(await read(KEY_FACTS_SQL)) } : found;
}

async function dependents(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ object: string }>(DEPENDENTS_SQL);
  return rows.map((row) => row.object);
}

/** What a function returns cannot be changed in place, and a policy that asks it cannot lose it. */
async function retype(client: pg.Client, type: TenantType): Promise<void> {
  const { rows } = await client.query<{ type: string }>(OTHER_TYPE_SQL, [type]);
  const [other] = rows;
  if (other === undefined) return;
  const asking = await dependents(client);
  if (asking.length > 0) {
    throw new Error(
      `${CONTEXT_SCHEMA}.id() returns ${other.type} but the tenant is declared as ${type}, and it is asked by ` +
        `${asking.join(', ')}: remove those first`,
    );
  }
  await client.query(DROP_TYPED_SQL);
}

async function refuseStrangers(client: pg.Client, type: TenantType): Promise<void> {
  const others = strangers(await facts(client), type);
  if (others.length > 0) {
    throw new Error(
      `schema ${CONTEXT_SCHEMA} holds ${others.join(', ')}, but only the tenant context may live in it: ` +
        'move that to another schema, or drop it',
    );
  }
}

/**
 * While policies ask for the tenant, the functions stay and answer nobody: keys and privileges go, so that every statement
 * of the application fails.
 */
async function remove(client: pg.Client): Promise<void> {
  await client.query('set local search_path = pg_catalog, pg_temp');
  if ((await dependents(client)).length > 0) {
    await client.query(takePrivileges());
    if (hasKeys(await facts(client))) await client.query(`delete from ${CONTEXT_SCHEMA}.keys`);
    return;
  }
  for (const sql of resetSignedSql(client.user ?? 'postgres')) await client.query(sql);
  await client.query(DROP_TYPED_SQL);
  await client.query(`drop schema if exists ${CONTEXT_SCHEMA}`);
}
