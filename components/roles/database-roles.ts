import * as postgresql from '@pulumi/postgresql';
import * as pulumi from '@pulumi/pulumi';
import type { Credential } from '../types.ts';
import { KINDS, type UserKind } from './role-kinds.ts';
import { Password } from './password.ts';
import { slots, type Slot } from './login-pair.ts';

export interface UserArgs {
  /** Name of the role that owns the grants and is named in policies. */
  readonly name: string;
  readonly kind: UserKind;
  readonly rotation: number;
  /** Most connections of one login; -1 is none, for those that the pooler limits. */
  readonly connectionLimit: number;
}

export interface DatabaseRolesArgs {
  readonly users: readonly UserArgs[];
  /** Holds the server's data: what lives inside goes with it instead of being dropped. */
  readonly data: pulumi.Resource;
  /** Whether the data outlives a destroy. The logins then do not: no password stays valid in it. */
  readonly dataIsKept: boolean;
  /** Whether the data outlived the state: the roles that own and grant are there already. */
  readonly adopt: boolean;
}

/**
 * The environment's users: for each a role without login that owns the grants, and two logins
 * under it, one of them active.
 */
export class DatabaseRoles extends pulumi.ComponentResource {
  /** The active login of each user. */
  readonly credentials: Readonly<Record<string, Credential>>;
  /** The role of each user that owns its grants. What is granted to it is made of it, and so is taken away before it goes. */
  readonly groups: Readonly<Record<string, postgresql.Role>>;

  constructor(name: string, args: DatabaseRolesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:roles:DatabaseRoles', name, {}, opts);
    const users = args.users.map((user) => [user.name, declareUser(user, args, this)] as const);
    this.credentials = Object.fromEntries(users.map(([user, { login }]) => [user, login]));
    this.groups = Object.fromEntries(users.map(([user, { group }]) => [user, group]));
    this.registerOutputs();
  }
}

function declareUser(
  user: UserArgs,
  { data, dataIsKept, adopt }: DatabaseRolesArgs,
  parent: pulumi.Resource,
): { readonly group: postgresql.Role; readonly login: Credential } {
  const group = new postgresql.Role(
    user.name,
    { name: user.name, login: false, roles: [...KINDS[user.kind].memberOf] },
    { parent, deletedWith: data, ...(adopt ? { import: user.name } : {}) },
  );
  const opts = { parent, ...(dataIsKept ? {} : { deletedWith: data }) };
  const { active, idle } = slots(user.name, user.rotation);
  const password = declareLogin(user, active, group, opts);
  declareLogin(user, idle, group, opts);
  return { group, login: { user: active.login, password } };
}

function declareLogin(
  user: UserArgs,
  slot: Slot,
  group: postgresql.Role,
  opts: pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource },
): pulumi.Output<string> {
  const traits = KINDS[user.kind];
  const password = new Password(
    slot.login,
    { generation: slot.generation },
    { parent: opts.parent },
  );
  new postgresql.Role(
    slot.login,
    {
      name: slot.login,
      login: slot.active,
      password: password.verifier,
      roles: [group.name],
      bypassRowLevelSecurity: traits.bypassRowSecurity,
      connectionLimit: user.connectionLimit,
    },
    // Whom a login acts as is said by ActsAs, where it is needed.
    { ...opts, ignoreChanges: ['assumeRole'] },
  );
  return password.clear;
}
