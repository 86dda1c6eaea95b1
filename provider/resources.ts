import * as pulumi from '@pulumi/pulumi';
import type { SchemaPlan } from '../rls/model/plan.ts';
import type { ContextMode } from '../rls/model/tenant-context.ts';
import type { TenantType } from '../rls/model/tenancy.ts';
import type { Connection } from './connection.ts';
import type { RoleArgs } from './resources/role-set/role.ts';
import type { TableInputs } from './resources/row-security/serialize.ts';

/**
 * What a program writes to declare the resources of this provider. Nothing is computed here: the
 * work is in the handlers, in another process.
 */

/** A login over the direct endpoint. Every field may be an output; `password` should be secret. */
export type ConnectionArgs =
  pulumi.Unwrap<Connection> extends infer C
    ? { readonly [K in keyof C]: pulumi.Input<C[K]> }
    : never;

export interface MigrationsArgs {
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Role that owns what the migrations make; the login must be a member of it. */
  readonly owner: pulumi.Input<string>;
  /** Folder with `NNNN_name.sql`, relative to the project. */
  readonly directory: string;
  /** SHA-256 of each file by its name: what a preview shows when a migration is added. */
  readonly files: Readonly<Record<string, string>>;
  /** Role that may read which have been applied. */
  readonly reader: string;
}

/** SQL migrations of a folder, applied in order, each in one transaction, each once. */
export class Migrations extends pulumi.CustomResource {
  constructor(name: string, args: MigrationsArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:Migrations', name, { ...args }, opts);
  }
}

export interface LoginDefaultRoleArgs {
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Role that the login is a member of. */
  readonly role: string;
}

/** A login that acts as another role from its first statement: what it makes belongs to that role. */
export class LoginDefaultRole extends pulumi.CustomResource {
  constructor(name: string, args: LoginDefaultRoleArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:ActsAs', name, { ...args }, opts);
  }
}

export interface SeedArgs {
  /** The bootstrap superuser. */
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Role that the data is written as. */
  readonly role: string;
  /** SQL file relative to the project; must be safe to run again. */
  readonly file: string;
  /** SHA-256 of the file. */
  readonly checksum: string;
}

/** Example data, written as a role of the application, so that it passes the policies itself. */
export class Seed extends pulumi.CustomResource {
  constructor(name: string, args: SeedArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:Seed', name, { ...args }, opts);
  }
}

export interface RowSecurityArgs extends TableInputs {
  /** The bootstrap superuser. */
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** What a tenant is called in the sentences of a preview: `shop`. @default - there are no tenants */
  readonly tenant?: string | undefined;
}

/**
 * Who may do what with the rows of one table: its owner, row security, policies, grants, the grants of its sequences, and
 * the indexes that its policies need. What is not declared is taken away. The table must be there. When the resource goes,
 * the table stays, closed to everybody but the superuser.
 */
export class RowSecurity extends pulumi.CustomResource {
  constructor(name: string, args: RowSecurityArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:RowSecurity', name, { ...args }, opts);
  }
}

export interface SchemaAccessArgs {
  /** The bootstrap superuser. */
  readonly connection: pulumi.Input<ConnectionArgs>;
  readonly plan: SchemaPlan;
  /** What logins are made of, by user; a change has the memberships looked at again. */
  readonly logins: Readonly<Record<string, string>>;
}

/**
 * Who may use a schema: its owner, its privileges, nothing for PUBLIC on it, on the database and on functions to come, and
 * memberships with their options. Refuses while something in the server walks around the policies and nobody declared it;
 * so it comes after the tables' RowSecurity. When the resource goes, nothing is opened again.
 */
export class SchemaAccess extends pulumi.CustomResource {
  constructor(name: string, args: SchemaAccessArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:SchemaAccess', name, { ...args }, opts);
  }
}

export interface RoleSetArgs {
  /** The bootstrap superuser. */
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Roles by name. Which there are must be known; verifiers may be outputs, and should be secret. */
  readonly roles: Readonly<
    Record<
      string,
      Omit<RoleArgs, 'verifier'> & { readonly verifier?: pulumi.Input<string> | undefined }
    >
  >;
}

/**
 * Many roles as one resource, made and changed together in one transaction: a thousand tenants' roles cost about what ten do.
 * Takes over a role that is there only if it has no powers and belongs to nothing undeclared.
 */
export class RoleSet extends pulumi.CustomResource {
  constructor(name: string, args: RoleSetArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:RoleSet', name, { ...args }, opts);
  }
}

export interface TenantContextArgs {
  /** The bootstrap superuser. */
  readonly connection: pulumi.Input<ConnectionArgs>;
  readonly database: string;
  /** How the tenant is known: a plain setting, or a signed token. Changes in place. */
  readonly mode: ContextMode;
  /** Setting that says who the tenant is, for mode `setting`. */
  readonly setting: string;
  /** Type of the tenant's key. */
  readonly type: TenantType;
  /** Roles of the application. */
  readonly roles: readonly string[];
  /** Secrets that sign tokens, by id; none for mode `setting`. */
  readonly keys: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
}

/** The functions by which the database knows who the tenant is, which every policy asks. */
export class TenantContext extends pulumi.CustomResource {
  constructor(name: string, args: TenantContextArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:TenantContext', name, { ...args }, opts);
  }
}

export interface RollbackPointArgs {
  readonly stack: string;
  /** What the backup is called. */
  readonly label: string;
  /** What is about to be done: a change of any of these takes a backup. */
  readonly before: Readonly<Record<string, pulumi.Input<string>>>;
  /** Docker endpoint as in DOCKER_HOST. @default - the docker client's own */
  readonly dockerHost?: string | undefined;
}

/**
 * A logical backup before something that cannot be taken back; what that is depends on it. Nothing happens while no backup
 * container runs, which is so before the first update is through.
 */
export class RollbackPoint extends pulumi.CustomResource {
  constructor(name: string, args: RollbackPointArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:RollbackPoint', name, { ...args }, opts);
  }
}

export interface PidsLimitArgs {
  /** The container's id. */
  readonly container: pulumi.Input<string>;
  /** Most processes and threads it may have at once. */
  readonly limit: number;
  /** Docker endpoint as in DOCKER_HOST. @default - the docker client's own */
  readonly dockerHost?: string | undefined;
}

/** A container's process limit, which the docker provider has no argument for. */
export class PidsLimit extends pulumi.CustomResource {
  constructor(name: string, args: PidsLimitArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:PidsLimit', name, { ...args }, opts);
  }
}

export interface ReadinessArgs {
  /** The container's id. */
  readonly container: pulumi.Input<string>;
  /** Its name, for people. */
  readonly service: string;
  /** The health check: a program in the container, and its arguments. */
  readonly test: readonly string[];
  /** Docker endpoint as in DOCKER_HOST. @default - the docker client's own */
  readonly dockerHost?: string | undefined;
}

/**
 * That a new container answers its health check. It is waited for as long as it makes progress: what depends on it finds a
 * service that works, however slow the machine is.
 */
export class Readiness extends pulumi.CustomResource {
  constructor(name: string, args: ReadinessArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:Readiness', name, { ...args }, opts);
  }
}

export interface ImageArgs {
  /** Name and tag; the tag names the content. */
  readonly reference: string;
  /** Folder to build from, relative to the project. */
  readonly context: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The image of ours that it stands on. @default - the base image */
  readonly on?: ImageArgs | undefined;
  /** Docker endpoint as in DOCKER_HOST. @default - the docker client's own */
  readonly dockerHost?: string | undefined;
}

/**
 * An image of ours on the engine: used as it is where set-up has built it, built otherwise. It stays when the
 * resource goes, because other stacks use it too.
 */
export class Image extends pulumi.CustomResource {
  declare readonly imageId: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:Image', name, { ...args, imageId: undefined }, opts);
  }
}
