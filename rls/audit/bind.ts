import type { SchemaPlan } from '../model/plan.ts';

type Value = string | readonly string[];

/** What a query may ask about the plan, by the name that stands in braces. */
export function parametersOf(plan: SchemaPlan): Readonly<Record<string, Value>> {
  const { tenancy, roles } = plan;
  const keyed = Object.entries(tenancy.tables).flatMap(([table, rule]) =>
    rule.by === 'hand' ? [] : [{ table, column: rule.column, tenant: rule.by === 'column' }],
  );
  return {
    schema: plan.schema,
    owner: plan.owner,
    mode: plan.mode,
    setting: tenancy.tenant?.setting ?? '',
    /** The application's roles and their logins. */
    actors: roles.flatMap(({ name, logins }) => [name, ...logins]),
    groups: roles.map(({ name }) => name),
    logins: roles.flatMap(({ logins }) => logins),
    usage: plan.usage,
    bypass: Object.keys(plan.bypass),
    tables: Object.keys(tenancy.tables),
    exempt: Object.keys(plan.exempt),
    /** Table by table: the column that leads to the tenant. */
    keyed: keyed.map(({ table }) => table),
    keys: keyed.map(({ column }) => column),
    /** The tables that carry the tenant themselves. */
    tenants: keyed.filter(({ tenant }) => tenant).map(({ table }) => table),
    /** Constraints that are declared to tell something. */
    revealed: Object.values(tenancy.tables).flatMap(({ reveals }) => Object.keys(reveals ?? {})),
  };
}

/**
 * A query with `{name}` for what the plan says: as numbered parameters of the text or text[] type, in the order in which
 * they come.
 *
 * @throws when a name is none of `parametersOf`
 */
export function bind(
  sql: string,
  plan: SchemaPlan,
): { readonly text: string; readonly values: readonly Value[] } {
  const known = parametersOf(plan);
  const names: string[] = [];
  const text = sql.replace(/\{([a-z]+)\}/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined)
      throw new Error(`{${name}} is not known: ${Object.keys(known).join(', ')}`);
    if (!names.includes(name)) names.push(name);
    return `$${String(names.indexOf(name) + 1)}::${typeof value === 'string' ? 'text' : 'text[]'}`;
  });
  return { text, values: names.map((name) => known[name] ?? '') };
}
