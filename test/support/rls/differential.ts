/**
 * The same statements against row security and against a reference, and whether one could tell them apart.
 *
 * Schema `tried` holds rows of three tenants under the policies that are derived from the declaration. Schema `reference`
 * holds the rows of the first and no row security: a database in which the others have never been. Whatever that
 * tenant runs must come to the same in both.
 *
 * - **Results**: the same rows, in any order, and as many of them touched.
 * - **Errors**: an error in one is an error in the other, not always the same one: row security refuses at once what the
 *   reference refuses by a foreign key or by the check that its tenant column is the tenant's. Division by zero under
 *   row security is a difference, whatever the reference says: the reference has no row to divide by.
 *   One refusal is row security's alone: ON CONFLICT asks the policy about the row that is proposed, even when it is not
 *   added in the end, and the reference asks its foreign keys only about a row that is.
 * - **State**: after each statement that can write, the tenant's rows are the same in both, and the others' rows are as they were.
 * - **The owner** of the tables sees none, whoever it says it is.
 *
 * Errors that are no answer about rows (a syntax error, a missing table) are mistakes of the generator, and thrown.
 */
import type { PGlite, Results } from '@electric-sql/pglite';
import { CATALOG_SQL, type Catalog } from '../../../rls/catalog/catalog.ts';
import { validateTenancy } from '../../../rls/model/validate.ts';
import { compileTenancy } from '../../../rls/compile/compile.ts';
import type { AccessPlan } from '../../../rls/model/plan.ts';
import { identifier, literal, qualified } from '../../../lib/sql.ts';
import { grantStatements } from '../../../provider/resources/row-security/grants.ts';
import { applyPlan } from './apply-plan.ts';
import type { Leak } from './leaks.ts';
import { around } from './generated-schema.ts';
import {
  SETTING,
  declarationOf,
  foreign,
  sequence,
  tablesSql,
  tenant,
  type Shape,
} from './random-schema.ts';
import type { Statement } from './random-statement.ts';

/** A refusal by a policy, which has the code of a missing privilege. */
export const POLICY = '42501, by a policy';

export const ROLES = `
  CREATE ROLE migrator NOLOGIN; CREATE ROLE monitor NOLOGIN;
  CREATE ROLE app NOLOGIN; CREATE ROLE app_a LOGIN IN ROLE app;
  CREATE ROLE readonly NOLOGIN; CREATE ROLE readonly_a LOGIN IN ROLE readonly;
`;

/** What was seen, so that a test can hold that it was not nothing. */
export interface Seen {
  statements: number;
  /** Statements that came to a result, by kind. */
  readonly done: Map<string, number>;
  /** Statements that were refused in both, by the code that row security gave. */
  readonly refused: Map<string, number>;
  /** Statements that row security refused for a row that the reference never added. */
  earlier: number;
  /** Statements that changed rows, by kind. */
  readonly changed: Map<string, number>;
}

export const nothingSeen = (): Seen => ({
  statements: 0,
  earlier: 0,
  done: new Map(),
  refused: new Map(),
  changed: new Map(),
});

/** Makes both schemas anew, and a leak into the first if one is given. */
export async function prepare(db: PGlite, shape: Shape, leak?: Leak): Promise<void> {
  await db.exec(`
    RESET ROLE; RESET search_path; ALTER ROLE app_a NOBYPASSRLS;
    SET client_min_messages = warning;
    DROP SCHEMA IF EXISTS tried, reference CASCADE; DROP SCHEMA IF EXISTS tenant CASCADE`);
  for (const schema of ['tried', 'reference'] as const) {
    await db.exec(tablesSql(shape, schema).join(';\n'));
  }
  const { rows } = await db.query<{ catalog: Catalog }>(CATALOG_SQL, ['tried']);
  const catalog = rows[0]?.catalog ?? { schema: 'tried', tables: [] };
  const declaration = declarationOf(shape);
  const problems = validateTenancy(declaration, catalog, around());
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const plan = compileTenancy(declaration, catalog, around());
  await applyPlan(db, leak?.plan?.(plan, shape) ?? plan);
  await db.exec(
    ['GRANT USAGE ON SCHEMA reference TO app, readonly', ...privileges(plan)].join(';\n'),
  );
  await db.exec(leak?.sql?.(shape).join(';\n') ?? '');
}

/** The same privileges in the reference, and nothing else. */
function privileges({ tables }: AccessPlan): string[] {
  return tables.flatMap(({ table, grants, sequences }) => [
    ...grantStatements(`TABLE ${qualified('reference', table)}`, {}, grants),
    ...Object.entries(sequences).flatMap(([sequence, roles]) =>
      roles.map((name) => `GRANT USAGE ON SEQUENCE ${qualified('reference', sequence)} TO ${name}`),
    ),
  ]);
}

/** The first statement by which somebody could tell, and how; undefined when there is none. */
export async function difference(
  db: PGlite,
  shape: Shape,
  statements: readonly Statement[],
  seen: Seen,
): Promise<string | undefined> {
  const before = await state(db, shape);
  for (const [place, statement] of statements.entries()) {
    const told = await step(db, shape, statement, before.theirs, seen);
    if (told !== undefined) {
      return `${told}\nafter ${place} statements, by ${statement.role} (${statement.kind}):\n${statement.sql}`;
    }
  }
  return ownerSees(db, shape);
}

type Outcome =
  | { readonly result: string; readonly changed: boolean }
  | { readonly code: string; readonly message: string };

async function step(
  db: PGlite,
  shape: Shape,
  statement: Statement,
  theirs: string,
  seen: Seen,
): Promise<string | undefined> {
  await db.exec('BEGIN');
  try {
    const tried = await run(db, shape, statement, 'tried');
    const reference = await run(db, shape, statement, 'reference');
    if (statement.proposes && 'code' in tried && tried.code === POLICY && 'result' in reference) {
      await db.exec('ROLLBACK TO s');
      seen.earlier += 1;
      return undefined;
    }
    const told = compare(tried, reference);
    if (told !== undefined) return told;
    count(seen, statement, tried);
    if (!/INSERT|UPDATE|DELETE|MERGE|TRUNCATE/.test(statement.sql)) return undefined;
    const after = await state(db, shape);
    if (after.theirs !== theirs) return 'rows of other tenants have changed';
    return after.tried === after.reference
      ? undefined
      : "the tenant's rows are not those of the reference";
  } finally {
    await db.exec(statement.keep ? 'COMMIT' : 'ROLLBACK');
    await sameSequences(db, shape);
  }
}

async function run(
  db: PGlite,
  shape: Shape,
  { role, sql }: Statement,
  schema: 'tried' | 'reference',
): Promise<Outcome> {
  try {
    const results = await db.exec(`
      SAVEPOINT s; SET LOCAL search_path = ${schema}; SET LOCAL ROLE ${role};
      SELECT set_config(${literal(SETTING)}, ${literal(tenant(shape, 0))}, true);
      ${sql}; RESET ROLE; RESET search_path`);
    return outcomeOf(results.slice(4, -2));
  } catch (error) {
    await db.exec('ROLLBACK TO s');
    const { code, message } = error as { code?: string; message: string };
    // 23: a constraint. 42501: a privilege or a policy. 21: a row twice, or two rows for one. 22012: divided by zero.
    if (code === undefined || !/^(23|21|42501|22012)/.test(code)) {
      throw new Error(`${message} (${code ?? 'no code'})\nin ${schema}:\n${sql}`, { cause: error });
    }
    await db.exec('DEALLOCATE ALL');
    return { code: message.includes('row-level security policy') ? POLICY : code, message };
  }
}

function outcomeOf(results: readonly Results[]): Outcome {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}` : part));
  return {
    result: results
      .map(({ rows, affectedRows }) => `${affectedRows ?? 0}: ${rows.map(text).sort().join()}`)
      .join('\n'),
    changed: results.some(({ affectedRows = 0 }) => affectedRows > 0),
  };
}

function compare(tried: Outcome, reference: Outcome): string | undefined {
  const show = (outcome: Outcome) =>
    'code' in outcome ? `error ${outcome.code}: ${outcome.message}` : outcome.result.slice(0, 1000);
  const same =
    'code' in tried
      ? 'code' in reference && tried.code !== '22012'
      : 'result' in reference && tried.result === reference.result;
  return same
    ? undefined
    : `row security came to\n${show(tried)}\nbut the reference to\n${show(reference)}`;
}

function count(seen: Seen, { kind }: Statement, outcome: Outcome): void {
  const more = (of: Map<string, number>, what: string) => of.set(what, (of.get(what) ?? 0) + 1);
  seen.statements += 1;
  if ('code' in outcome) more(seen.refused, outcome.code);
  else more(seen.done, kind);
  if ('changed' in outcome && outcome.changed) more(seen.changed, kind);
}

interface State {
  readonly tried: string;
  readonly reference: string;
  readonly theirs: string;
}

/** All rows, as the superuser sees them: the tenant's in both schemas, and everybody else's. */
async function state(db: PGlite, shape: Shape): Promise<State> {
  const rows = (schema: string, which: string) => {
    const tables = shape.tables.map((table) => {
      const from = `${qualified(schema, table.name)} AS t WHERE ${which}(${foreign(shape, table)})`;
      return `(SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM ${from})`;
    });
    return `md5(${tables.join(" || '/' || ")})`;
  };
  const { rows: found } = await db.query<State>(
    `SELECT ${rows('tried', 'NOT ')} AS tried, ${rows('reference', 'true OR ')} AS reference,
            ${rows('tried', '')} AS theirs`,
  );
  return found[0] ?? { tried: '', reference: '', theirs: '' };
}

/** A statement that fails takes numbers out of a sequence, and row security fails it earlier. */
async function sameSequences(db: PGlite, { tables }: Shape): Promise<void> {
  const set = tables
    .filter(({ key }) => key === 'serial')
    .map((table) => {
      const from = qualified('tried', `${table.name}_id_seq`);
      return `SELECT setval(${sequence('reference', table)}, last_value, is_called) FROM ${from}`;
    });
  if (set.length > 0) await db.exec(set.join(';'));
}

/** The owner has no policy, and row security is forced on it. */
async function ownerSees(db: PGlite, shape: Shape): Promise<string | undefined> {
  const all = shape.tables.map(({ name }) => `SELECT FROM tried.${identifier(name)}`);
  const results = await db.exec(`
    BEGIN; SET LOCAL ROLE migrator;
    SELECT set_config(${literal(SETTING)}, ${literal(tenant(shape, 0))}, true);
    ${all.join(' UNION ALL ')};
    ROLLBACK`);
  return results.at(-2)?.rows.length === 0 ? undefined : 'the owner of the tables sees rows';
}
