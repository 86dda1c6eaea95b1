// What the tenancy of the application comes to, before anything is applied.

import type { TableState } from '../rls/catalog/table-state.ts';
import type { AccessPlan, SchemaPlan, TablePlan } from '../rls/model/plan.ts';
import type { EnvironmentConfig } from '../config/environment.ts';
import { parseEnvironment } from '../config/parse.ts';
import { statements } from '../provider/resources/row-security/statements.ts';
import { UserError } from '../lib/errors.ts';
import { lastLines } from '../lib/process.ts';
import { UsageError } from './command.ts';
import { pulumi } from './pulumi.ts';

/** A table as a migration leaves it: the owner's alone, without row security. */
function untouched({ schema, table, owner }: TablePlan): TableState {
  return {
    schema,
    table,
    kind: 'table',
    owner,
    rowSecurity: false,
    forced: false,
    policies: [],
    grants: {},
    sequences: {},
    indexes: {},
  };
}

/** Whose the rows of a table are, as a sentence. */
export function belongs({ tenancy, exempt }: SchemaPlan, table: string): string {
  const who = tenancy.tenant?.is ?? 'tenant';
  const rule = tenancy.tables[table];
  if (rule === undefined) {
    const reason = exempt[table];
    return reason === undefined
      ? 'a partition: nobody reaches it but through its table'
      : `nobody's in particular: ${reason}`;
  }
  if (rule.by === 'column') return `each row belongs to the ${who} in ${rule.column}`;
  return rule.by === 'parent'
    ? `each row belongs to the ${who} of the row that ${rule.column} points to`
    : 'its policies are written by hand';
}

/** Tables in words and SQL; all of them, or the one that is named. */
export function showText(plan: AccessPlan, table?: string): string {
  const known = plan.tables.map((one) => one.table);
  if (table !== undefined && !known.includes(table)) {
    throw new UsageError(
      `plinth access show: ${JSON.stringify(table)} is not declared; there are ${known.join(', ')}`,
    );
  }
  return plan.tables
    .filter((one) => table === undefined || one.table === table)
    .map((one) => tableText(plan.schema, one))
    .join('\n\n');
}

function tableText(schema: SchemaPlan, plan: TablePlan): string {
  const sql = [
    ...plan.indexes.map(
      ({ name, columns }) => `CREATE INDEX ${name} ON ${plan.table} (${columns.join(', ')})`,
    ),
    ...statements(untouched(plan), plan, {}),
  ];
  return [
    `${plan.table}: ${belongs(schema, plan.table)}`,
    ...plan.policies.map(({ says }) => `  ${says}`),
    ...(plan.rowSecurity ? [] : [`  ${allowed(plan)}`]),
    '',
    ...sql.map((statement) => `  ${statement};`),
  ].join('\n');
}

function allowed({ grants }: TablePlan): string {
  const lines = Object.entries(grants).map(
    ([role, privileges]) => `${role}: ${privileges.join(', ')}`,
  );
  return lines.length === 0 ? 'nobody but its owner may do anything' : lines.join('; ');
}

/**
 * The settings of a stack, as its file has them.
 *
 * @param application names the database where the settings name none; needed only by who reads that name
 */
export async function configOf(
  stack: string,
  application?: { readonly database: string },
): Promise<EnvironmentConfig> {
  const { code, stdout, stderr } = await pulumi(['config', '--json', '--stack', stack]);
  if (code !== 0) {
    throw new UserError(
      `the settings of ${stack} cannot be read (${lastLines(stderr, 2)})`,
      `run 'npx plinth up --stack ${stack}'`,
    );
  }
  const entries = Object.entries(JSON.parse(stdout) as Record<string, { value?: string }>);
  const raw = entries.flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]]));
  return parseEnvironment(Object.fromEntries(raw) as Record<string, string>, {
    stack,
    ...(application === undefined ? {} : { database: application.database }),
  });
}
