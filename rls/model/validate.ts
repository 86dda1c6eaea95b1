import { tableOf, type Catalog, type Table } from '../catalog/catalog.ts';
import { foreignKeyOf } from '../compile/predicate.ts';
import type { Exemption, TableRule, Tenancy } from './tenancy.ts';
import { getOwn } from '../../lib/own-property.ts';
import { listWithSuggestion } from '../../lib/did-you-mean.ts';
import { commandsOn } from '../compile/tenant-policies.ts';
import type { RoleContext } from './plan.ts';
import { policyProblems, roleProblems } from './policy-errors.ts';
import { identifier } from '../../lib/sql.ts';
import { COLUMN_TYPES } from './tenant-context.ts';

/**
 * Every mistake of a declaration, as sentences that begin with the place in it. Empty when a plan can be made of it.
 */
export function validateTenancy(tenancy: Tenancy, catalog: Catalog, around: RoleContext): string[] {
  const exempt = tenancy.exempt ?? {};
  return [
    ...tenantProblems(tenancy),
    ...Object.entries(tenancy.tables).flatMap(([name, rule]) =>
      ruleProblems(tenancy, catalog, around, name, rule),
    ),
    ...Object.entries(exempt).flatMap(([name, exemption]) =>
      exemptProblems(tenancy, catalog, around, name, exemption),
    ),
    ...bypassProblems(tenancy, around),
    ...forgotten(tenancy, catalog),
  ];
}

function tenantProblems({ tenant }: Tenancy): string[] {
  return [
    ...(tenant.is.trim() === '' ? ['tenant.is is empty: say what a tenant is called'] : []),
    ...(/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+$/.test(tenant.setting)
      ? []
      : [
          `tenant.setting is ${JSON.stringify(tenant.setting)}, but a setting of an application's own is lower-case words with a dot between: app.tenant_id`,
        ]),
  ];
}

function exemptProblems(
  tenancy: Tenancy,
  catalog: Catalog,
  around: RoleContext,
  name: string,
  { reason, may }: Exemption,
): string[] {
  const at = `exempt.${name}`;
  const table = tableOf(catalog, name);
  return [
    ...(table === undefined ? [unknownTable(at, name, catalog)] : []),
    ...(typeof table?.parent === 'string'
      ? [`${at} is a partition of ${table.parent} and goes with it: take it out`]
      : []),
    ...(getOwn(tenancy.tables, name) === undefined
      ? []
      : [`${at} is covered by tables.${name} as well: take one of them out`]),
    ...(reason.trim() === ''
      ? [`${at} has no reason: say why its rows are nobody's in particular`]
      : []),
    ...roleProblems(`${at}.may`, Object.keys(may ?? {}), around),
  ];
}

function ruleProblems(
  tenancy: Tenancy,
  catalog: Catalog,
  around: RoleContext,
  name: string,
  rule: TableRule,
): string[] {
  const at = `tables.${name}`;
  const table = tableOf(catalog, name);
  const named = [
    ...roleProblems(`${at}.may`, Object.keys(rule.may ?? {}), around),
    ...policyProblems(at, name, rule, around),
  ];
  if (table === undefined) return [unknownTable(at, name, catalog), ...named];
  return [
    ...(table.kind === 'foreign' && table.parent === null
      ? [
          `${at} is a foreign table, which has no row security: exempt it, or keep it in another schema`,
        ]
      : []),
    ...(table.parent === null
      ? []
      : [`${at} is a partition of ${table.parent}: declare ${table.parent} instead`]),
    ...Object.keys(rule.reveals ?? {}).flatMap((constraint) =>
      revealProblems(at, table, constraint),
    ),
    ...named,
    ...(rule.by === 'hand' ? [] : columnProblems(at, tenancy, catalog, around, table, rule)),
  ];
}

function columnProblems(
  at: string,
  tenancy: Tenancy,
  catalog: Catalog,
  around: RoleContext,
  table: Table,
  rule: Exclude<TableRule, { by: 'hand' }>,
): string[] {
  const column = table.columns.find(({ name }) => name === rule.column);
  if (column === undefined) {
    const names = table.columns.map(({ name }) => name);
    return [
      `${at} names column ${rule.column}, but ${table.name} has ${listWithSuggestion(names, rule.column)}`,
    ];
  }
  if (rule.by === 'column') {
    const { type } = tenancy.tenant;
    return COLUMN_TYPES[type].test(column.type)
      ? []
      : [
          `${at}: ${rule.column} is ${column.type}, but a ${tenancy.tenant.is} is ${type}: name another column, or change tenant.type`,
        ];
  }
  const { problem, parents } = wayUp(at, tenancy, catalog, table.name, rule.column);
  return problem === undefined ? unreadable(at, tenancy, around, table.name, parents) : [problem];
}

/** The tables between a table and the tenant, or why they do not lead there. */
function wayUp(
  at: string,
  tenancy: Tenancy,
  catalog: Catalog,
  table: string,
  column: string,
): { readonly problem?: string; readonly parents: readonly string[] } {
  const parents: string[] = [];
  for (let here = table, by = column; ;) {
    const key = foreignKeyOf(catalog, here, by);
    const fails = (problem: string) => ({ problem, parents });
    if (key === undefined) {
      return fails(
        `${at}: ${here}.${by} has no foreign key of its own, so nothing leads to the ${tenancy.tenant.is}: add one, or write the policies by hand`,
      );
    }
    const parent = key.schema === catalog.schema ? getOwn(tenancy.tables, key.table) : undefined;
    if (parent === undefined || parent.by === 'hand') {
      const why = parent === undefined ? 'belongs to nobody' : 'has only policies written by hand';
      return fails(
        `${at}: ${here}.${by} leads to ${key.schema}.${key.table}, which ${why}: declare it with belongsTo or belongsVia`,
      );
    }
    const seen = [table, ...parents];
    if (parent.by === 'column') return { parents: [...parents, key.table] };
    if (seen.includes(key.table)) {
      return fails(
        `${at} leads in a circle (${[...seen, key.table].join(' → ')}): let one of them belong by a column`,
      );
    }
    parents.push(key.table);
    [here, by] = [key.table, parent.column];
  }
}

/** A policy reads the parents as whoever asks: without that privilege each statement on the table is refused. */
function unreadable(
  at: string,
  tenancy: Tenancy,
  { roles }: RoleContext,
  table: string,
  parents: readonly string[],
): string[] {
  const commands = (name: string, role: (typeof roles)[number]) => {
    const rule = getOwn(tenancy.tables, name);
    return rule === undefined ? [] : commandsOn(rule, role);
  };
  return roles
    .filter((role) => commands(table, role).length > 0)
    .flatMap((role) =>
      parents
        .filter((parent) => !commands(parent, role).includes('SELECT'))
        .map(
          (parent) =>
            `${at}: ${role.name} may use ${table}, but not read ${parent}, through which it belongs to a ${tenancy.tenant.is}: let it SELECT ${parent}`,
        ),
    );
}

function revealProblems(at: string, { indexes, name }: Table, constraint: string): string[] {
  const unique = indexes.filter((index) => index.unique).map((index) => index.name);
  return unique.includes(constraint)
    ? []
    : [
        `${at}.reveals names ${constraint}, but the unique constraints of ${name} are ${listWithSuggestion(unique, constraint)}`,
      ];
}

function bypassProblems({ bypass, tenant }: Tenancy, around: RoleContext): string[] {
  return Object.entries(bypass).flatMap(([user, reason]) => {
    const at = `bypass.${user}`;
    const users = Object.keys(around.logins);
    if (!users.includes(user))
      return [`${at} is no user; they are ${listWithSuggestion(users, user)}`];
    return [
      ...(around.roles.some(({ name }) => name === user)
        ? [
            `${at} is a role of the application, which must never see rows of another ${tenant.is}: take it out`,
          ]
        : []),
      ...(reason.trim() === '' ? [`${at} has no reason: say why it sees every row`] : []),
    ];
  });
}

/** Tables of the schema that the declaration does not mention. */
function forgotten(tenancy: Tenancy, catalog: Catalog): string[] {
  return catalog.tables
    .filter(
      ({ name, parent }) =>
        parent === null &&
        getOwn(tenancy.tables, name) === undefined &&
        getOwn(tenancy.exempt ?? {}, name) === undefined,
    )
    .map(
      (table) =>
        `tables has no ${table.name}, which is in schema ${catalog.schema}: add ${proposal(tenancy, table)}, or exempt it with a reason`,
    );
}

/** The line that most likely protects a table. */
function proposal(tenancy: Tenancy, table: Table): string {
  const through = table.foreignKeys.find(
    ({ columns, schema, table: parent }) =>
      columns.length === 1 &&
      schema === tenancy.schema &&
      getOwn(tenancy.tables, parent) !== undefined,
  );
  const columns = Object.values(tenancy.tables).flatMap((rule) =>
    rule.by === 'column' && rule.column !== 'id' ? [rule.column] : [],
  );
  const own = table.columns.find(({ name }) => columns.includes(name))?.name;
  const rule =
    own === undefined
      ? `belongsVia('${through?.columns[0] ?? '<foreign key>'}')`
      : `belongsTo('${own}')`;
  return `${identifier(table.name)}: ${rule}`;
}

function unknownTable(at: string, name: string, catalog: Catalog): string {
  const names = catalog.tables.map((table) => table.name);
  return `${at} is no table of schema ${catalog.schema}, which has ${listWithSuggestion(names, name)}`;
}
