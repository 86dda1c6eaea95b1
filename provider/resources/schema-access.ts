import type pg from 'pg';
import type { Finding } from '../../rls/audit/finding.ts';
import type { SchemaPlan } from '../../rls/model/plan.ts';
import { withClient, type Connection } from '../connection.ts';
import { details, same } from '../engine/detailed-diff.ts';
import type { Difference, Handler } from '../engine/handler.ts';
import { readSchemaState, type SchemaState } from './schema-access/introspect.ts';
import { steps } from './schema-access/statements.ts';
import { queryOf, transaction } from '../transaction.ts';

interface SchemaAccessInputs {
  readonly connection: Connection;
  readonly plan: SchemaPlan;
  /** What logins are made of, by user: whoever changes one gives its memberships again, with other options. */
  readonly logins?: Readonly<Record<string, string>>;
}

interface SchemaAccessState extends SchemaAccessInputs {
  /** The schema when it was last looked at. */
  readonly live: SchemaState;
  /** What walks around the policies and nobody declared, as sentences. None, as declared. */
  readonly undeclared: readonly string[];
}

/** Who may use a schema. What it means is in the class of the same name. */
export const schemaAccess: Handler<SchemaAccessInputs, SchemaAccessState> = {
  describe: ({ plan }) => [
    `schema ${plan.schema} belongs to ${plan.owner} and may be used by ${plan.usage.join(', ')}`,
    ...Object.entries(plan.bypass).map(([login, reason]) => `${login} sees every row: ${reason}`),
  ],
  diff: (state, inputs) =>
    state.plan.schema === inputs.plan.schema
      ? difference(state, inputs)
      : { changed: [], replace: ['plan'] },
  create: async (inputs) => ({ id: inputs.plan.schema, state: await applied(inputs) }),
  read: (_id, state) =>
    withClient(state.connection, async (client) => {
      const live = await readSchemaState(queryOf(client), state.plan);
      return live && { ...state, live, undeclared: (await found(client, state.plan)).map(say) };
    }),
  update: (_id, state, inputs) => applied(inputs, state.plan),
};

function difference(state: SchemaAccessState, inputs: SchemaAccessInputs): Difference {
  const changes = steps(state.live, inputs.plan, inputs.connection.database);
  const planned = same(state.plan, inputs.plan) ? [] : ['plan'];
  const given = same(state.logins, inputs.logins) ? [] : ['logins'];
  const held = changes.length > 0 ? ['live'] : [];
  const undeclared = state.undeclared.length > 0 ? ['undeclared'] : [];
  const changed = [...planned, ...given, ...held, ...undeclared];
  if (changed.length === 0) return { changed };
  return {
    changed,
    // What of the schema changes is told in words; a state has it, and inputs have not.
    details: {
      ...(planned.length > 0 ? details(state.plan, inputs.plan, 'plan') : {}),
      ...(given.length > 0 ? { logins: 'update' } : {}),
      ...(undeclared.length > 0 ? { undeclared: 'delete' } : {}),
    },
    words: [
      ...(given.length > 0
        ? ['logins change, so who may become whom is set right after them']
        : []),
      ...changes.flatMap(({ says, sql }) => [says, ...sql.map((statement) => `  ${statement};`)]),
      ...state.undeclared.map(
        (line) =>
          `declared nowhere, so an update will be refused unless it sets that right: ${line}`,
      ),
    ],
  };
}

/** What is declared is set right first, whatever else is found; then what is found is refused, and nothing guessed. */
async function applied(
  inputs: SchemaAccessInputs,
  before: SchemaPlan = inputs.plan,
): Promise<SchemaAccessState> {
  const { connection, plan } = inputs;
  const what = `access to schema ${plan.schema}`;
  const live = await transaction(connection, what, async (client) => {
    // Twice: what a former owner had becomes a grant like others once it owns nothing.
    for (let round = 0; round < 2; round += 1) {
      const changes = steps(await existing(client, plan), plan, connection.database);
      for (const statement of changes.flatMap(({ sql }) => sql)) await client.query(statement);
    }
    return existing(client, plan);
  });
  const findings = await withClient(connection, (client) =>
    found(client, withLeaving(plan, before)),
  );
  if (findings.length > 0) throw new Error(refusal(plan, findings));
  return { ...inputs, live, undeclared: [] };
}

/**
 * A role that was taken out of the declaration is still there with its logins: the engine removes things after everything
 * that changes. It has no rights any more, and is nobody's discovery.
 */
function withLeaving(plan: SchemaPlan, before: SchemaPlan): SchemaPlan {
  const staying = new Set(plan.memberships.map(({ role }) => role));
  const leaving = before.memberships.filter(({ role }) => !staying.has(role));
  return { ...plan, memberships: [...plan.memberships, ...leaving] };
}

async function existing(client: pg.Client, plan: SchemaPlan): Promise<SchemaState> {
  const live = await readSchemaState(queryOf(client), plan);
  if (live === undefined)
    throw new Error(`there is no schema ${plan.schema}: a migration makes it`);
  return live;
}

async function found(client: pg.Client, plan: SchemaPlan): Promise<readonly Finding[]> {
  const { undeclared } = await import('../../rls/audit/unmanaged.ts');
  return undeclared(queryOf(client), plan);
}

function say({ says }: Finding): string {
  return says;
}

function refusal({ schema }: SchemaPlan, findings: readonly Finding[]): string {
  const lines = findings.map(({ says, remedy }) => `- ${says}\n    ${remedy}`);
  return [
    `access to schema ${schema} is as declared, but ${findings.length} more way(s) to its rows are declared nowhere:`,
    ...lines,
    'Declare them in access/, or take them away as shown, and run the update again.',
  ].join('\n');
}
