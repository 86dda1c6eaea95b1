import * as pulumi from '@pulumi/pulumi';
import type { Connection } from './connection.ts';

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
}

/** SQL migrations of a folder, applied in order, each in one transaction, each once. */
export class Migrations extends pulumi.CustomResource {
  constructor(name: string, args: MigrationsArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:Migrations', name, { ...args }, opts);
  }
}

export interface ActsAsArgs {
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Role that the login is a member of. */
  readonly role: string;
}

/** A login that acts as another role from its first statement: what it makes belongs to that role. */
export class ActsAs extends pulumi.CustomResource {
  constructor(name: string, args: ActsAsArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:ActsAs', name, { ...args }, opts);
  }
}

export interface SeedArgs {
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** SQL file relative to the project; must be safe to run again. */
  readonly file: string;
  /** SHA-256 of the file. */
  readonly checksum: string;
}

/** Example data, written by the application's own login so that it passes the policies itself. */
export class Seed extends pulumi.CustomResource {
  constructor(name: string, args: SeedArgs, opts?: pulumi.CustomResourceOptions) {
    super('plinth:index:Seed', name, { ...args }, opts);
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
