/**
 * Who may see what, as plain data that reads like the sentence a person would say.
 *
 * A tenancy names the tenant, then every table of one schema: it belongs to the tenant by a column of its own, it belongs
 * through its parent, or it is exempt, by name and with a reason. What is not mentioned is a mistake.
 */

export type TenantType = 'uuid' | 'bigint' | 'integer' | 'text';
export type Command = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/** What each role may do with a table, by role or by kind of role (`app`, `readonly`). */
export type Permissions = Readonly<Record<string, readonly Command[]>>;

export const READ: readonly Command[] = ['SELECT'];
export const WRITE: readonly Command[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** A policy written by hand, in Postgres's own words. */
export interface CustomPolicy {
  readonly name: string;
  /** Restrictive ones narrow what the others allow; permissive ones never reach beyond the tenant. */
  readonly kind: 'permissive' | 'restrictive';
  readonly command: Command | 'ALL';
  /** Roles or kinds of roles. */
  readonly roles: readonly string[];
  /** Which rows are seen; SQL over the table's columns. @default none */
  readonly using?: string;
  /** Which rows may be written. @default the same as `using`, as in Postgres */
  readonly check?: string;
  /** What it means, as a sentence. Shown in previews and by `plinth access show`. */
  readonly says: string;
}

interface OfTenant {
  /** @default { app: WRITE, readonly: READ } */
  readonly may?: Permissions;
  /** Beside the tenant's own policy. @default none */
  readonly policies?: readonly CustomPolicy[];
  /** Constraints that tell one tenant that a value exists for another, each with the reason why that is accepted. */
  readonly reveals?: Readonly<Record<string, string>>;
  /** SQL expressions for columns that the proof cannot guess a value for. */
  readonly sample?: Readonly<Record<string, string>>;
}

/** The table carries the tenant in a column of its own. */
export interface ByColumn extends OfTenant {
  readonly by: 'column';
  readonly column: string;
}

/** The table leads to the tenant through a foreign key to a table that belongs to it. */
export interface ByParent extends OfTenant {
  readonly by: 'parent';
  /** The column of the foreign key. */
  readonly column: string;
}

/** The table's policies are all written by hand; none is derived. */
export interface CustomPolicies extends Omit<OfTenant, 'policies'> {
  readonly by: 'hand';
  readonly policies: readonly CustomPolicy[];
}

export type TableRule = ByColumn | ByParent | CustomPolicies;

/** A table whose rows are nobody's in particular. */
export interface Exemption {
  readonly reason: string;
  /** @default { app: READ, readonly: READ } */
  readonly may?: Permissions;
}

export interface Tenant {
  /** What a tenant is called, in the singular: `shop`. */
  readonly is: string;
  /** Setting that says who the tenant is: `app.shop_id`. */
  readonly setting: string;
  readonly type: TenantType;
}

/** Who may do what with the tables of one schema. */
export interface Declaration {
  readonly schema: string;
  /** @default none, and then no table has row security */
  readonly tenant?: Tenant;
  /** Tables whose rows belong to tenants. */
  readonly tables: Readonly<Record<string, TableRule>>;
  /** @default none */
  readonly exempt?: Readonly<Record<string, Exemption>>;
  /** Users that see every row, each with the reason. */
  readonly bypass: Readonly<Record<string, string>>;
}

/** A declaration with tenants: what the author of an application writes. */
export interface Tenancy extends Declaration {
  readonly tenant: Tenant;
}

/** The table belongs to the tenant whose key is in `column`. */
export function belongsTo(column: string, more: OfTenant = {}): ByColumn {
  return { by: 'column', column, ...more };
}

/** The table belongs to the tenant of the row that the foreign key `column` points to. */
export function belongsVia(column: string, more: OfTenant = {}): ByParent {
  return { by: 'parent', column, ...more };
}

/** The table has these policies and no others. */
export function customPolicies(
  policies: readonly CustomPolicy[],
  more: Omit<OfTenant, 'policies'> = {},
): CustomPolicies {
  return { by: 'hand', policies, ...more };
}
