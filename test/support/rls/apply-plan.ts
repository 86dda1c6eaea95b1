/** A plan put into a database of this process, by the provider's own readers and statements. */
import type { PGlite } from '@electric-sql/pglite';
import { readTableState } from '../../../rls/catalog/table-state.ts';
import type { TenantPlan, TablePlan } from '../../../rls/model/plan.ts';
import type { Query } from '../../../lib/query.ts';
import { settingContextSql } from '../../../rls/compile/session-variable-context.ts';
import { indexChanges, indexStatements } from '../../../provider/resources/row-security/indexes.ts';
import { statements } from '../../../provider/resources/row-security/statements.ts';
import { readSchemaState } from '../../../provider/resources/schema-access/introspect.ts';
import { steps } from '../../../provider/resources/schema-access/statements.ts';

/** As the superuser. The roles and tables are there. */
export async function applyPlan(db: PGlite, { schema, tables }: TenantPlan): Promise<void> {
  const roles = schema.roles.map(({ name }) => name);
  const live = await readSchemaState(queryOf(db), schema);
  if (live === undefined) throw new Error(`there is no schema ${schema.schema}`);
  await db.exec(
    [
      ...settingContextSql(schema.tenancy.tenant, roles),
      ...steps(live, schema, 'postgres').flatMap(({ sql }) => sql),
    ].join(';\n'),
  );
  for (const table of tables) await applyTable(db, table);
}

async function applyTable(db: PGlite, plan: TablePlan): Promise<void> {
  const live = await readTableState(
    queryOf(db),
    plan.schema,
    plan.table,
    Object.keys(plan.sequences),
  );
  if (live === undefined) throw new Error(`there is no table ${plan.table}`);
  const sql = [
    ...statements(live, plan, {}),
    ...indexStatements(plan, indexChanges(live, plan)),
  ].join(';\n');
  await db.exec(sql);
}

function queryOf(db: PGlite): Query {
  return async (sql, values = []) =>
    (await db.query<Record<string, unknown>>(sql, [...values])).rows;
}
