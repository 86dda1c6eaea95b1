import * as postgresql from '@pulumi/postgresql';
import * as pulumi from '@pulumi/pulumi';
import type { Credential } from '../handles.ts';
import { KINDS, type UserKind } from './declaration.ts';
import { Password } from './password.ts';
import { slots, type Slot } from './slots.ts';

export interface UserArgs {
  /** Name of the role that owns the grants and is named in policies. */
  readonly name: string;
  readonly kind: UserKind;
  readonly rotation: number;
  /** Most connections of one login. @default - the kind's */
  readonly connectionLimit?: number | undefined;
}

/**
 * The environment's users: for each a role without login that owns the grants, and two logins
 * under it, one of them active.
 */
export class DatabaseRoles extends pulumi.ComponentResource {
  /** The active login of each user. */
  readonly credentials: Readonly<Record<string, Credential>>;

  constructor(
    name: string,
    args: { readonly users: readonly UserArgs[] },
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:roles:DatabaseRoles', name, {}, opts);
    this.credentials = Object.fromEntries(
      args.users.map((user) => [user.name, declareUser(user, this)]),
    );
    this.registerOutputs();
  }
}

function declareUser(user: UserArgs, parent: pulumi.Resource): Credential {
  const group = new postgresql.Role(
    user.name,
    { name: user.name, login: false, roles: [...KINDS[user.kind].memberOf] },
    { parent },
  );
  const { active, idle } = slots(user.name, user.rotation);
  const password = declareLogin(user, active, group, parent);
  declareLogin(user, idle, group, parent);
  return { user: active.login, password };
}

function declareLogin(
  user: UserArgs,
  slot: Slot,
  group: postgresql.Role,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const traits = KINDS[user.kind];
  const password = new Password(slot.login, { generation: slot.generation }, { parent });
  new postgresql.Role(
    slot.login,
    {
      name: slot.login,
      login: slot.active,
      password: password.verifier,
      roles: [group.name],
      bypassRowLevelSecurity: traits.bypassRowSecurity,
      connectionLimit: user.connectionLimit ?? traits.connectionLimit,
    },
    { parent },
  );
  return password.clear;
}
