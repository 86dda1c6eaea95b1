import type { Catalog } from '../catalog/catalog.ts';
import type { Command } from '../model/tenancy.ts';
import { getOwn } from '../../lib/own-property.ts';
import type { TenantPlan, TablePlan } from '../model/plan.ts';
import { ordered } from './dependency-order.ts';

/** Everything SQL can do with a table's rows, and what row security does not reach. */
export const COMMANDS = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'UPDATE without WHERE',
  'DELETE',
  'DELETE without WHERE',
  'INSERT … ON CONFLICT DO UPDATE',
  'UPDATE … RETURNING',
  'MERGE',
  'COPY TO',
  'COPY FROM',
  'TRUNCATE',
] as const;
export type Attack = (typeof COMMANDS)[number];

/** Who the transaction says it works for. */
export const CONTEXTS = {
  none: 'nobody said who the tenant is',
  empty: 'an empty word for the tenant',
  malformed: 'a word that names no tenant',
  own: 'the tenant itself, with its own rows: the control',
  foreign: "the tenant, with another tenant's rows",
  'handed over': 'the tenant gives a row of its own to another',
  spoofed: 'another tenant named in the middle of the transaction',
  'row security off': 'the tenant, after SET row_security = off',
  'left over': 'nobody, after another client named a tenant in a transaction',
  poisoned: 'nobody, after another client named a tenant for its session',
} as const;
export type Context = keyof typeof CONTEXTS;

/** How the login gets to the server. */
export const ROUTES = [
  'direct',
  'direct, after RESET',
  'pooled',
  'pooled, prepared',
  'pooled, after RESET',
] as const;
export const INTERLEAVED = 'pooled, interleaved';
export type Route = (typeof ROUTES)[number] | typeof INTERLEAVED;

/**
 * What is right: `reaches` its own rows, `nothing` is reached, row security `refused` it, the privilege is `denied`, or the
 * table is nobody's in particular and it is `allowed`.
 */
export type Expectation = 'reaches' | 'nothing' | 'refused' | 'denied' | 'allowed';

export interface Planned {
  readonly table: string;
  readonly role: string;
  readonly command: Attack;
  readonly context: Context;
  readonly expects: Expectation;
  /** Why it is no leak if it does not hold. */
  readonly accepted?: string;
}

export interface Case extends Planned {
  readonly route: Route;
}

const NEEDS: Readonly<Record<Attack, readonly Command[]>> = {
  SELECT: ['SELECT'],
  INSERT: ['INSERT'],
  UPDATE: ['SELECT', 'UPDATE'],
  // What reads no column is under the policies of its own command alone, not under those of SELECT.
  'UPDATE without WHERE': ['UPDATE'],
  DELETE: ['SELECT', 'DELETE'],
  'DELETE without WHERE': ['DELETE'],
  'INSERT … ON CONFLICT DO UPDATE': ['SELECT', 'INSERT', 'UPDATE'],
  'UPDATE … RETURNING': ['SELECT', 'UPDATE'],
  MERGE: ['SELECT', 'UPDATE'],
  'COPY TO': ['SELECT'],
  'COPY FROM': ['INSERT'],
  TRUNCATE: [],
};
const CHANGES = [
  'UPDATE',
  'UPDATE without WHERE',
  'INSERT … ON CONFLICT DO UPDATE',
  'UPDATE … RETURNING',
  'MERGE',
];
const READS = ['SELECT', 'COPY TO'];
const WHO: readonly Context[] = ['none', 'empty', 'malformed', 'own', 'foreign', 'spoofed'];

/** Whether it names no row: then its own context shows rows of others as well, and needs no others to aim at. */
export function isUnfiltered(command: string): boolean {
  return command.endsWith('without WHERE');
}

/** Every case of the matrix for one role and table, whatever the route. */
export function casesOf(plan: TenantPlan, catalog: Catalog, role: string): Planned[] {
  return plan.tables.flatMap((table) => {
    const upsert = keyOf(catalog, table.table).length > 0;
    return COMMANDS.filter((command) => upsert || !command.startsWith('INSERT …')).flatMap(
      (command) => ofCommand(plan, table, role, command),
    );
  });
}

function ofCommand(plan: TenantPlan, table: TablePlan, role: string, command: Attack): Planned[] {
  const granted = getOwn(table.grants, role) ?? [];
  const may = command !== 'TRUNCATE' && NEEDS[command].every((need) => granted.includes(need));
  const about = { table: table.table, role, command };
  if (!table.rowSecurity) {
    const expects = may ? 'allowed' : 'denied';
    return (['none', 'own'] as const).map((context) => ({ ...about, context, expects }));
  }
  if (!may) return WHO.map((context) => ({ ...about, context, expects: 'denied' }));
  const rule = getOwn(plan.schema.tenancy.tables, table.table);
  const contexts = WHO.filter(
    (context) => !isUnfiltered(command) || (context !== 'foreign' && context !== 'spoofed'),
  );
  if (CHANGES.includes(command) && rule !== undefined && rule.by !== 'hand') {
    contexts.push('handed over');
  }
  if (READS.includes(command)) contexts.push('row security off');
  return contexts.map((context) => {
    const accepted = reason(plan, table, role, command, context);
    return {
      ...about,
      context,
      expects: expectation(command, context),
      ...(accepted === undefined ? {} : { accepted }),
    };
  });
}

function expectation(command: Attack, context: Context): Expectation {
  // Row security cannot look at what is copied in, so Postgres refuses it to whoever is under a policy.
  if (command === 'COPY FROM') return 'refused';
  if (context === 'own') return 'reaches';
  if (context === 'handed over' || context === 'row security off') return 'refused';
  return command.startsWith('INSERT') ? 'refused' : 'nothing';
}

function reason(
  { schema }: TenantPlan,
  table: TablePlan,
  role: string,
  command: Attack,
  context: Context,
): string | undefined {
  if (context === 'spoofed' && schema.mode === 'setting' && command !== 'COPY FROM') {
    return `whoever can run SQL of their own can set ${schema.tenancy.tenant.setting}; a signed context refuses it`;
  }
  if (context === 'row security off' || command === 'COPY FROM') return undefined;
  const applies = ({ roles }: { readonly roles: readonly string[] }) =>
    roles.includes(role) || roles.includes('public');
  const bound = table.policies.some(({ restrictive, rows }) => restrictive && rows === 'own');
  const open = table.policies.find(
    (policy) =>
      !policy.restrictive &&
      policy.rows === 'all' &&
      applies(policy) &&
      (policy.command === 'ALL' || NEEDS[command].includes(policy.command)),
  );
  return bound || open === undefined ? undefined : `declared: ${open.says}`;
}

/** The columns that name one row of a table: of its primary key, or else of a plain unique index; none when it has neither. */
export function keyOf(catalog: Catalog, table: string): readonly string[] {
  const found = catalog.tables.find(({ name }) => name === table);
  if (found === undefined) return [];
  if (found.primaryKey.length > 0) return found.primaryKey;
  const plain = found.indexes.find(
    ({ unique, partial, columns }) =>
      unique && !partial && columns.every((name) => isRequired(found.columns, name)),
  );
  return plain?.columns ?? [];
}

function isRequired(columns: Catalog['tables'][number]['columns'], name: string): boolean {
  return columns.some((column) => column.name === name && !column.nullable);
}

/** Covered tables whose rows the role can make itself, parents included: it may add and read every one of them. */
export function insertable(plan: TenantPlan, catalog: Catalog, role: string): Set<string> {
  const can = new Set<string>();
  for (const { table, needs } of ordered(plan, catalog)) {
    const grants = plan.tables.find(({ table: name }) => name === table)?.grants ?? {};
    const granted = getOwn(grants, role) ?? [];
    const may = granted.includes('INSERT') && granted.includes('SELECT');
    if (may && needs.every((parent) => can.has(parent))) can.add(table);
  }
  return can;
}
