import type { TenantType } from './declaration.ts';

/**
 * How the database knows who the tenant is.
 *
 * - `setting` (level 1): the application says so in a setting, which any SQL can set. It stops forgotten conditions
 *   and mixed-up connections, not an injected statement that names another tenant.
 * - `signed` (level 2): the application shows a signed, expiring token, and the database binds it to the transaction.
 */
export type ContextMode = 'setting' | 'signed';

/** Schema of the functions that know the tenant. */
export const CONTEXT_SCHEMA = 'tenant';

/**
 * The tenant in a policy, the same at either level: a sub-select, which Postgres evaluates once a statement instead of
 * once a row. NULL, which equals nothing, when nobody said who it is or what was said cannot be believed; never an error.
 */
export const TENANT_ID = `(SELECT ${CONTEXT_SCHEMA}.id())`;

/** What a column that carries the tenant may be declared as. */
export const COLUMN_TYPES: Readonly<Record<TenantType, RegExp>> = {
  uuid: /^uuid$/,
  bigint: /^(bigint|integer|smallint)$/,
  integer: /^(integer|smallint|bigint)$/,
  text: /^(text|character varying(\(\d+\))?)$/,
};
