import type { Tenant, TenantType } from './tenancy.ts';

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

const WHOLE = /^-?\d{1,19}$/;
const LIMITS = { bigint: 2n ** 63n, integer: 2n ** 31n } as const;

/** What a key of each type looks like, for messages. */
const KEYS: Readonly<Record<TenantType, string>> = {
  uuid: 'a UUID such as 6f1c9b52-0d3e-4a77-9c1a-2b8e5d4f7a10',
  bigint: 'a whole number of type bigint such as 42',
  integer: 'a whole number of type integer such as 42',
  text: 'a text that is not empty',
};

/**
 * Why a text cannot be a tenant's key, as the rest of a sentence; undefined when it can. What passes may stand in a literal.
 */
export function tenantProblem(
  { is, type }: Pick<Tenant, 'is' | 'type'>,
  key: string,
): string | undefined {
  return fits(type, key) ? undefined : `the key of a ${is} is ${KEYS[type]}`;
}

function fits(type: TenantType, key: string): boolean {
  switch (type) {
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key);
    case 'text':
      return key !== '' && !key.includes('\0');
    case 'bigint':
    case 'integer': {
      if (!WHOLE.test(key)) return false;
      const number = BigInt(key);
      return number >= -LIMITS[type] && number < LIMITS[type];
    }
  }
}
