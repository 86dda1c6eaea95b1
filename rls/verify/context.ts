import { randomBytes, randomUUID } from 'node:crypto';
import type { TenantType } from '../model/tenancy.ts';
import { VALUE_PREFIX, CONTEXT_GUC } from '../token/functions.ts';
import { mintToken, type TokenArgs } from '../token/token.ts';
import { literal } from '../../lib/sql.ts';
import { CONTEXT_SCHEMA, TENANT_ID } from '../model/tenant-context.ts';
import type { ProofTarget } from './target.ts';

/** How a transaction says who its tenant is, and how it should not. Everything here is SQL. */
export interface TenantContext {
  /** The tenant as policies see it. */
  readonly tenant: string;
  /** Settings in which the context is kept. */
  readonly settings: readonly string[];
  /** As the application does it. */
  enter(tenant: string): string;
  /** Back to what the login starts with. */
  readonly leave: string;
  /** Words that name nobody; each may be refused. */
  readonly empty: readonly string[];
  readonly malformed: readonly string[];
  /** Ways to become another tenant after `enter(from)`; each may be refused. */
  spoof(from: string, to: string): readonly string[];
}

/** The context of an environment, whichever way it has. */
export function tenantContext(target: ProofTarget): TenantContext {
  return target.plan.schema.mode === 'signed' ? signed(target) : plain(target);
}

function plain({ plan }: ProofTarget): TenantContext {
  const { setting, type } = plan.schema.tenancy.tenant;
  const set = (value: string) => `SELECT set_config(${literal(setting)}, ${literal(value)}, true)`;
  return {
    tenant: TENANT_ID,
    settings: [setting],
    enter: set,
    leave: 'RESET ALL',
    empty: [set('')],
    // Of a text, every word is one: this one is nobody's.
    malformed: [set(type === 'text' ? `nobody ${randomUUID()}` : "nobody' OR true --")],
    spoof: (_, to) => [set(to)],
  };
}

const TOKEN_MS = 60_000;

function signed({ plan, database, signingKey: key }: ProofTarget): TenantContext {
  if (key === undefined) {
    throw new Error("the stack says no key that signs tenants' tokens: run 'npx plinth up' again");
  }
  const token = (tenant: string, more: Partial<TokenArgs> = {}) =>
    mintToken({ key, database, tenant, expiresAt: new Date(Date.now() + TOKEN_MS), ...more });
  const show = (text: string) => `SELECT ${CONTEXT_SCHEMA}.enter(${literal(text)})`;
  const set = (name: string, value: string) =>
    `SELECT set_config(${literal(name)}, ${literal(value)}, true)`;
  const hex = (text: string) => Buffer.from(text).toString('hex');
  const { setting, type } = plan.schema.tenancy.tenant;
  const nobody = freshTenant(type);
  return {
    tenant: TENANT_ID,
    settings: [CONTEXT_GUC],
    enter: (tenant) => show(token(tenant)),
    leave: 'RESET ALL',
    empty: [show(''), set(CONTEXT_GUC, ''), set(setting, '')],
    malformed: [
      show('v1'),
      show(token(nobody).slice(0, -1)),
      set(CONTEXT_GUC, `${VALUE_PREFIX}00`),
    ],
    spoof: (from, to) => [
      set(setting, to),
      set(CONTEXT_GUC, `${VALUE_PREFIX}${hex(to)}`),
      `SELECT ${CONTEXT_SCHEMA}.become(${literal(to)})`,
      // A signature for one tenant under the name of another, of an unknown key, too old, and of another database.
      show(token(from).replace(`.${hex(from)}.`, `.${hex(to)}.`)),
      show(token(to, { key: { ...key, secret: randomBytes(32).toString('hex') } })),
      show(token(to, { expiresAt: new Date(Date.now() - TOKEN_MS) })),
      show(token(to, { database: `${database}_other` })),
    ],
  };
}

/** A tenant that nobody is yet. */
export function freshTenant(type: TenantType): string {
  switch (type) {
    case 'uuid':
      return randomUUID();
    case 'bigint':
      // Below what JavaScript and a sequence of another age would clash with.
      return String(1_000_000_000_000 + (randomBytes(6).readUIntBE(0, 6) % 8_000_000_000_000));
    case 'integer':
      return String(1_000_000_000 + (randomBytes(4).readUInt32BE(0) % 1_000_000_000));
    case 'text':
      return `p${randomBytes(6).toString('hex')}`;
  }
}
