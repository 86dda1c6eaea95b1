import { tableOf, type Catalog } from '../catalog/catalog.ts';
import { tenantCondition } from './predicate.ts';
import {
  READ,
  type Command,
  type Declaration,
  type CustomPolicy,
  type TableRule,
  type Tenancy,
  WRITE,
} from '../model/tenancy.ts';
import { getOwn } from '../../lib/own-property.ts';
import { allowed, bindingName, commandsOn, ownRows } from './tenant-policies.ts';
import type {
  AccessPlan,
  ApplicationRole,
  IndexPlan,
  PolicyPlan,
  RoleContext,
  TablePlan,
} from '../model/plan.ts';
import { objectName } from '../../lib/sql.ts';

/**
 * The declaration of an application without tenants: the roles of kind `app` read and write every table, those of kind
 * `readonly` read it. There is no row security.
 */
export function withoutTenants(catalog: Catalog): Declaration {
  const tables = catalog.tables.filter(({ parent }) => parent === null);
  return {
    schema: catalog.schema,
    tables: {},
    exempt: Object.fromEntries(
      tables.map(({ name }) => [
        name,
        { reason: 'the application has no tenants', may: { app: WRITE, readonly: READ } },
      ]),
    ),
    bypass: { backup: 'a dump that misses rows is no backup' },
  };
}

/** What a declaration comes to in a schema. The declaration must have passed `problemsOf`. */
export function compileTenancy<D extends Declaration>(
  tenancy: D,
  catalog: Catalog,
  around: RoleContext,
): AccessPlan<D> {
  const derivation: Derivation = { tenancy, catalog, around };
  const exempt = tenancy.exempt ?? {};
  const covered = Object.entries(tenancy.tables).map(([name, rule]) =>
    coveredTable(derivation, name, rule),
  );
  const free = Object.entries(exempt).map(([name, { may = { app: READ, readonly: READ } }]) =>
    tablePlan(derivation, name, {
      rowSecurity: false,
      policies: [],
      may: (role) => allowed(may, role),
      indexes: [],
    }),
  );
  const declared = [...covered, ...free];
  const tables = sharing(catalog, [...declared, ...partitions(derivation, declared)]);
  return {
    schema: {
      schema: tenancy.schema,
      owner: around.owner,
      mode: around.mode,
      tenancy,
      roles: around.roles,
      usage: [...new Set([...around.roles.map(({ name }) => name), ...around.usage])].sort(),
      memberships: around.memberships,
      bypass: Object.fromEntries(
        Object.entries(tenancy.bypass).flatMap(([user, reason]) =>
          (getOwn(around.logins, user) ?? []).map((login) => [login, reason]),
        ),
      ),
      exempt: Object.fromEntries(
        Object.entries(exempt).map(([name, { reason }]) => [name, reason]),
      ),
    },
    tables: tables.sort((a, b) => (a.table < b.table ? -1 : 1)),
  };
}

interface Derivation {
  readonly tenancy: Declaration;
  readonly catalog: Catalog;
  readonly around: RoleContext;
}

function coveredTable(derivation: Derivation, name: string, rule: TableRule): TablePlan {
  const { around } = derivation;
  const tenancy = withTenant(derivation.tenancy, name);
  const may = (role: ApplicationRole) => commandsOn(rule, role);
  const custom = (rule.policies ?? []).map((policy) => handWritten(policy, around.roles));
  if (rule.by === 'hand') {
    return tablePlan(derivation, name, { rowSecurity: true, policies: custom, may, indexes: [] });
  }
  const condition = tenantCondition(tenancy, derivation.catalog, name);
  const own = around.roles.flatMap((role) =>
    ownRows(name, role, may(role), condition, tenancy.tenant.is),
  );
  // Permissive policies are alternatives: one written by hand would open what the tenant's closes. So where there
  // is one, the tenant's binds everybody whatever else allows.
  const binding: PolicyPlan[] = custom.some(({ restrictive }) => !restrictive)
    ? [
        {
          name: bindingName(name),
          restrictive: true,
          command: 'ALL',
          roles: ['public'],
          ...condition,
          says: `nobody reaches rows of another ${tenancy.tenant.is}, whatever other policies allow`,
          rows: 'own',
        },
      ]
    : [];
  return tablePlan(derivation, name, {
    rowSecurity: true,
    policies: [...own, ...binding, ...custom],
    may,
    indexes: missingIndexes(derivation.catalog, name, rule.column),
  });
}

function withTenant(declaration: Declaration, table: string): Tenancy {
  const { tenant } = declaration;
  if (tenant === undefined) throw new Error(`${table} has a rule, but there is no tenant`);
  return { ...declaration, tenant };
}

function handWritten(policy: CustomPolicy, roles: readonly ApplicationRole[]): PolicyPlan {
  const { name, kind, command, using = null, check = null, says } = policy;
  return {
    name,
    restrictive: kind === 'restrictive',
    command,
    roles: expand(policy.roles, roles),
    using,
    check,
    says,
    rows: [using, check].some((text) => text?.trim().toLowerCase() === 'true') ? 'all' : 'some',
  };
}

/** Roles named by themselves or by their kind, in the order of their names. */
function expand(names: readonly string[], roles: readonly ApplicationRole[]): string[] {
  const chosen = names.flatMap((name) => {
    if (name === 'public') return [name];
    return roles.filter((role) => role.name === name || role.kind === name).map(({ name }) => name);
  });
  return [...new Set(chosen)].sort();
}

function missingIndexes(catalog: Catalog, name: string, column: string): IndexPlan[] {
  const table = tableOf(catalog, name);
  const there = table?.indexes.some(({ partial, columns }) => !partial && columns[0] === column);
  if (table === undefined || there === true) return [];
  // Indexes share one space of names, and `a_b` with `c` is spelt like `a` with `b_c`.
  const spelling = `${name}_${column}`;
  const ambiguous = catalog.tables.some(
    (other) =>
      other.name !== name && other.columns.some((its) => `${other.name}_${its.name}` === spelling),
  );
  const distinct = ambiguous ? [String(name.length)] : [];
  return [{ name: objectName('plinth', name, column, ...distinct), columns: [column] }];
}

/** A partition can be read past the policies of its table: it gets none, no grants, and so nobody reads it. */
function partitions({ catalog, around }: Derivation, declared: readonly TablePlan[]): TablePlan[] {
  const closed = new Set(declared.map(({ table }) => table));
  const found: TablePlan[] = [];
  for (let grew = true; grew;) {
    const children = catalog.tables.filter(
      ({ name, parent }) => parent !== null && closed.has(parent) && !closed.has(name),
    );
    for (const { name, kind } of children) {
      closed.add(name);
      found.push({
        schema: catalog.schema,
        table: name,
        owner: around.owner,
        // A foreign table has none; without grants nobody reads it either.
        rowSecurity: kind !== 'foreign',
        policies: [],
        grants: {},
        sequences: {},
        indexes: [],
      });
    }
    grew = children.length > 0;
  }
  return found;
}

/**
 * What feeds several tables, as a sequence does a table and its partitions, is for whoever inserts into one of them: each
 * of their plans says the same, or one would take back what the other grants.
 */
function sharing(catalog: Catalog, plans: readonly TablePlan[]): TablePlan[] {
  const users = new Map<string, string[]>();
  for (const { sequences } of plans) {
    for (const [name, roles] of Object.entries(sequences)) {
      users.set(name, [...new Set([...(users.get(name) ?? []), ...roles])].sort());
    }
  }
  return plans.map((plan) => {
    const used = tableOf(catalog, plan.table)?.sequences ?? [];
    const sequences = Object.fromEntries(used.map((name) => [name, users.get(name) ?? []]));
    return { ...plan, sequences };
  });
}

function tablePlan(
  { tenancy, catalog, around }: Derivation,
  table: string,
  parts: Pick<TablePlan, 'rowSecurity' | 'policies' | 'indexes'> & {
    readonly may: (role: ApplicationRole) => readonly Command[];
  },
): TablePlan {
  const grants = around.roles
    .map((role) => [role.name, parts.may(role)] as const)
    .filter(([, commands]) => commands.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const writers = grants
    .filter(([, commands]) => commands.includes('INSERT'))
    .map(([name]) => name);
  return {
    schema: tenancy.schema,
    table,
    owner: around.owner,
    rowSecurity: parts.rowSecurity,
    policies: [...parts.policies].sort((a, b) => (a.name < b.name ? -1 : 1)),
    grants: Object.fromEntries(grants),
    sequences: Object.fromEntries(
      (tableOf(catalog, table)?.sequences ?? []).map((sequence) => [sequence, writers]),
    ),
    indexes: parts.indexes,
  };
}
