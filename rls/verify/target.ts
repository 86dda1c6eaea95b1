import type { AccessPlan, TenantPlan } from '../model/plan.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A running environment, as the proof needs to know it. */
export interface ProofTarget<P extends AccessPlan = TenantPlan> {
  readonly plan: P;
  readonly database: string;
  readonly direct: Address;
  readonly pooled: Address;
  /** Sees everything and makes nothing that lasts; over the direct endpoint only. */
  readonly superuser: Login;
  /** The active login of each role of the application. */
  readonly logins: Readonly<Record<string, Login>>;
  /** Mints tokens, where the tenant is a signed one. */
  readonly signingKey?: { readonly id: string; readonly secret: string };
}
