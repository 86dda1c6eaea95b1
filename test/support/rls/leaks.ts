/** Mistakes that the differential test must notice, each made in a plan that has none. */
import { WRITE, type Command } from '../../../rls/model/tenancy.ts';
import type { TenantPlan, PolicyPlan, TablePlan } from '../../../rls/model/plan.ts';
import { identifier, qualified } from '../../../lib/sql.ts';
import { viewName, type Shape, type TableShape } from './random-schema.ts';

export interface Leak {
  /** Whether the last table has what it takes. @default always */
  readonly needs?: (table: TableShape) => boolean;
  readonly plan?: (plan: TenantPlan, shape: Shape) => TenantPlan;
  readonly sql?: (shape: Shape) => string[];
}

/** The table that is made leaky: the last, which may belong by a column or through others. */
export const last = ({ tables }: Shape): TableShape => tables.at(-1) ?? tables[0];

const table = (change: (plan: TablePlan) => TablePlan): Leak => ({
  plan: (plan, shape) => ({
    ...plan,
    tables: plan.tables.map((its) => (its.table === last(shape).name ? change(its) : its)),
  }),
});

/** The permissive policies otherwise, and nothing that binds them. */
const policies = (change: (policy: PolicyPlan) => PolicyPlan): Leak =>
  table((plan) => ({
    ...plan,
    policies: plan.policies.filter(({ restrictive }) => !restrictive).map(change),
  }));

const open = { using: 'true', check: 'true' };
const allUsing = (policy: PolicyPlan) => ({ ...policy, using: policy.using && open.using });

/** One command that is open, the others as they were. */
const command = (which: Command, more: Partial<PolicyPlan>): Leak => ({
  needs: ({ app }) => app.length === WRITE.length,
  ...table((plan) => ({
    ...plan,
    policies: plan.policies
      .filter(({ restrictive }) => !restrictive)
      .flatMap((policy) =>
        policy.command === 'ALL'
          ? WRITE.map((its) => ({
              ...policy,
              name: `${policy.name} ${its}`,
              command: its,
              using: its === 'INSERT' ? null : policy.using,
              check: its === 'INSERT' || its === 'UPDATE' ? policy.check : null,
              ...(its === which ? more : {}),
            }))
          : [policy],
      ),
  })),
});

const sql = (text: (table: TableShape, name: string) => string[]): Leak => ({
  sql: (shape) => text(last(shape), qualified('tried', last(shape).name)),
});

export const LEAKS: Readonly<Record<string, Leak>> = {
  'USING that is true': policies(allUsing),
  'WITH CHECK that is true': policies((policy) => ({ ...policy, check: policy.check && 'true' })),
  'WITH CHECK of INSERT that is true': command('INSERT', { check: 'true' }),
  'WITH CHECK of UPDATE that is true': command('UPDATE', { check: 'true' }),
  'USING of UPDATE that is true': command('UPDATE', open),
  'USING of DELETE that is true': command('DELETE', { using: 'true' }),
  'USING of SELECT that is true': command('SELECT', { using: 'true' }),
  'USING for readonly that is true': policies((policy) =>
    policy.roles.includes('readonly') ? allUsing(policy) : policy,
  ),
  'row security that is off': table((plan) => ({ ...plan, rowSecurity: false, policies: [] })),
  'row security that is not forced': sql((_, name) => [
    `ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`,
  ]),
  'a policy by hand that nothing binds': {
    needs: ({ shared }) => shared,
    ...policies((policy) => policy),
  },
  'a partition that is open': {
    needs: ({ form }) => form !== 'plain',
    ...sql(({ name }) => {
      const part = qualified('tried', `${name} 0`);
      return [`ALTER TABLE ${part} DISABLE ROW LEVEL SECURITY`, `GRANT SELECT ON ${part} TO app`];
    }),
  },
  'a view with the rights of a superuser': {
    needs: ({ viewed }) => viewed,
    ...sql((its) => [
      `ALTER VIEW tried.${viewName(its)} RESET (security_invoker)`,
      `ALTER VIEW tried.${viewName(its)} OWNER TO postgres`,
    ]),
  },
  'a login that bypasses row security': sql(() => ['ALTER ROLE app_a BYPASSRLS']),
  'TRUNCATE that is granted': sql((_, name) => [`GRANT TRUNCATE ON ${name} TO app`]),
  'a tenant that is what the row says': sql(({ tenant }, name) => [
    `CREATE POLICY leak ON ${name} USING (${identifier(tenant ?? 'id')} IS NOT NULL)`,
  ]),
};
