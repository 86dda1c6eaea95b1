// How a person at the command line says which tenant a transaction is for.

import { mintToken, type SigningKey } from '../rls/token/token.ts';
import { literal } from '../lib/sql.ts';
import { UserError } from '../lib/errors.ts';

/** The output `tenant` of a stack: a setting, or the key that signs tokens. */
export type Context =
  | { readonly context: 'setting'; readonly setting: string }
  | { readonly context: 'signed'; readonly key: SigningKey }
  | { readonly context: 'none' };

/** The context out of a stack's outputs. */
export function contextFrom(outputs: Readonly<Record<string, unknown>>): Context {
  return (outputs['tenant'] as Context | undefined) ?? { context: 'none' };
}

export interface ForTenant {
  readonly context: Context;
  readonly database: string;
  readonly tenant: string;
  /** How long a token is good for, in seconds. */
  readonly seconds: number;
}

/** A token for one tenant, where the environment takes tokens. */
export function tokenFor({ context, database, tenant, seconds }: ForTenant): string {
  if (context.context === 'none') throw noTables();
  if (context.context !== 'signed') {
    throw new UserError(
      'this environment takes no tokens: its tenant is a setting',
      'set access.context to signed in its file',
    );
  }
  const expiresAt = new Date(Date.now() + seconds * 1000);
  return mintToken({ key: context.key, database, tenant, expiresAt });
}

function noTables(): UserError {
  return new UserError(
    'this environment makes no tables, so there is nothing of a tenant in it',
    'set application.migrations to true in its file',
  );
}

/** A statement that says it, for the transaction it stands in. It returns no rows. */
export function setTenantSql(asked: ForTenant): string {
  if (asked.context.context === 'setting') {
    return `SET LOCAL ${asked.context.setting} = ${literal(asked.tenant)}`;
  }
  return `DO $$ BEGIN PERFORM tenant.enter(${literal(tokenFor(asked))}); END $$`;
}

/** A setting for a whole session, as libpq's `options` has it: blanks and backslashes are escaped. */
export function settingOption(setting: string, value: string): string {
  return `-c ${setting}=${value.replace(/[\\\s]/g, '\\$&')}`;
}
