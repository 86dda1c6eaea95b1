import type { Command, Declaration, Tenancy } from './tenancy.ts';
import type { ContextMode } from './tenant-context.ts';

/**
 * A declaration worked out against a schema: exactly what shall hold in the server. This is what the resources are
 * given, what an audit compares the server with, and what the proof is derived from.
 */
export interface AccessPlan<D extends Declaration = Declaration> {
  readonly schema: SchemaPlan<D>;
  /** In the order of their names. */
  readonly tables: readonly TablePlan[];
}

/** The plan of an application that has tenants. */
export type TenantPlan = AccessPlan<Tenancy>;

/** Whether there are tenants to keep apart. */
export function hasTenants(plan: AccessPlan): plan is TenantPlan {
  return plan.schema.tenancy.tenant !== undefined;
}

export interface SchemaPlan<D extends Declaration = Declaration> {
  readonly schema: string;
  /** Role that owns the schema's tables. */
  readonly owner: string;
  readonly mode: ContextMode;
  /** What was declared; without a tenant where the application has none. */
  readonly tenancy: D;
  readonly roles: readonly ApplicationRole[];
  /** Roles besides the owner that may use the schema; nobody else may, and nobody but the owner may create in it. */
  readonly usage: readonly string[];
  readonly memberships: readonly Membership[];
  /** Login roles that see every row, with the reason. */
  readonly bypass: Readonly<Record<string, string>>;
  /** Tables without row security, with the reason. */
  readonly exempt: Readonly<Record<string, string>>;
}

/** A role of the application: it holds the grants, its logins inherit them. */
export interface ApplicationRole {
  readonly name: string;
  readonly kind: 'app' | 'readonly';
  readonly logins: readonly string[];
}

export interface Membership {
  readonly role: string;
  readonly member: string;
  readonly inherit: boolean;
  /** Whether the member may SET ROLE to it. */
  readonly set: boolean;
}

export type TablePrivilege = Command;

export interface TablePlan {
  readonly schema: string;
  readonly table: string;
  readonly owner: string;
  /** Row security, switched on and forced; false for an exempt table. */
  readonly rowSecurity: boolean;
  /** All policies of the table, in the order of their names. */
  readonly policies: readonly PolicyPlan[];
  /** Privileges by role, in the order of their names; nobody else but the owner has any. */
  readonly grants: Readonly<Record<string, readonly TablePrivilege[]>>;
  /** USAGE on the sequences that feed its columns: roles by sequence. */
  readonly sequences: Readonly<Record<string, readonly string[]>>;
  /** Indexes that the policies need and the schema lacks. */
  readonly indexes: readonly IndexPlan[];
}

export interface PolicyPlan {
  readonly name: string;
  readonly restrictive: boolean;
  readonly command: Command | 'ALL';
  /** In the order of their names; `public` is everybody. */
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
  /** What it means, as a sentence. */
  readonly says: string;
  /** Which rows it reaches: the tenant's own, all of them, or some by a condition written by hand. */
  readonly rows: 'own' | 'all' | 'some';
}

export interface IndexPlan {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What of an environment a plan depends on, beside the declaration. */
export interface RoleContext {
  readonly owner: string;
  readonly roles: readonly ApplicationRole[];
  readonly mode: ContextMode;
  /** Roles of the platform that need the schema, but none of the application: `monitor`, `backup`, `health`. */
  readonly usage: readonly string[];
  readonly memberships: readonly Membership[];
  /** Logins by user. */
  readonly logins: Readonly<Record<string, readonly string[]>>;
}
