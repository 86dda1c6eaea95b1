import * as pulumi from '@pulumi/pulumi';
import type { TenantPlan } from '../../rls/model/plan.ts';
import { TenantContext, type ConnectionArgs } from '../../provider/resources.ts';
import { TokenKeys, type TokenKey } from './token-keys.ts';

export interface ContextArgs {
  readonly plan: TenantPlan['schema'];
  readonly database: string;
  /** The bootstrap superuser over the direct endpoint. */
  readonly superuser: pulumi.Input<ConnectionArgs>;
  readonly tokenKeyRotation: number;
}

/**
 * How the database knows the tenant: the functions of schema `tenant`, and the keys that sign tokens. It is there before
 * the tables, so that a migration may say `DEFAULT tenant.id()`.
 */
export class Context extends pulumi.ComponentResource {
  /** Setting that says who the tenant is, where no token does. */
  readonly setting: string;
  /** Signs tokens; undefined where the tenant is a plain setting. */
  readonly tokenKey: TokenKey | undefined;

  constructor(name: string, args: ContextArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:access:Context', name, {}, opts);
    const { tenancy, mode, roles, owner } = args.plan;
    const { setting, type } = tenancy.tenant;
    const keys =
      mode === 'signed'
        ? new TokenKeys('token-key', { rotation: args.tokenKeyRotation }, { parent: this })
        : undefined;
    this.tokenKey = keys?.current;
    this.setting = setting;
    new TenantContext(
      name,
      {
        connection: args.superuser,
        database: args.database,
        mode,
        setting,
        type,
        // The owner too: a default of its tables may call it.
        roles: [owner, ...roles.map((role) => role.name)].sort(),
        keys: keys?.all ?? {},
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
