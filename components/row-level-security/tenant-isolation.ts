import * as pulumi from '@pulumi/pulumi';
import type { AccessPlan } from '../../rls/model/plan.ts';
import { RowSecurity, SchemaAccess, type ConnectionArgs } from '../../provider/resources.ts';
import { inputsOf } from '../../provider/resources/row-security/serialize.ts';

export interface TenantIsolationArgs {
  readonly plan: AccessPlan;
  /** The bootstrap superuser over the direct endpoint: who else could put an owner right. */
  readonly superuser: pulumi.Input<ConnectionArgs>;
  /** What logins are made of, by user. */
  readonly logins: Readonly<Record<string, string>>;
}

/**
 * Who sees what of a schema: its own rights, and for each table its row security, policies and grants. Without tenants a
 * table has its owner and its grants, and no row security.
 */
export class TenantIsolation extends pulumi.ComponentResource {
  constructor(name: string, args: TenantIsolationArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:access:TenantIsolation', name, {}, opts);
    const { plan, superuser: connection, logins } = args;
    const { tenancy, schema } = plan.schema;
    const tables = plan.tables.map(
      (table) =>
        new RowSecurity(
          table.table,
          { connection, tenant: tenancy.tenant?.is, ...inputsOf(table) },
          { parent: this },
        ),
    );
    // Last: it refuses what walks around the policies, which must be there by then.
    new SchemaAccess(
      schema,
      { connection, plan: plan.schema, logins },
      { parent: this, dependsOn: tables },
    );
    this.registerOutputs();
  }
}
