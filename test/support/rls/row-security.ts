import type { PolicyPlan, TablePlan } from '../../../rls/model/plan.ts';
import type { Connection } from '../../../provider/connection.ts';
import {
  inputsOf,
  type RowSecurityInputs,
} from '../../../provider/resources/row-security/serialize.ts';

/** The superuser of a PGlite server. */
export function superuser(port: number): Connection {
  return {
    host: '127.0.0.1',
    port,
    database: 'postgres',
    user: 'postgres',
    password: 'canary-password',
  };
}

export const OWN = 'owner_id = (SELECT tenant.id())';

export function policy(name: string, more: Partial<PolicyPlan> = {}): PolicyPlan {
  return {
    name,
    restrictive: false,
    command: 'ALL',
    roles: ['app'],
    using: OWN,
    check: null,
    says: 'app reaches notes of its owner',
    rows: 'own',
    ...more,
  };
}

/** What is declared of public.notes: the application's own rows. */
export function notes(more: Partial<TablePlan> = {}): TablePlan {
  return {
    schema: 'public',
    table: 'notes',
    owner: 'migrator',
    rowSecurity: true,
    policies: [
      policy('notes_app'),
      policy('notes_readonly', { command: 'SELECT', roles: ['readonly'] }),
    ],
    grants: { app: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], readonly: ['SELECT'] },
    sequences: { notes_number_seq: ['app'] },
    indexes: [],
    ...more,
  };
}

export function inputs(connection: Connection, plan: TablePlan): RowSecurityInputs {
  return { connection, tenant: 'owner', ...inputsOf(plan) };
}
