// A connection that only looks: for what compares a running server with what was deployed.

import type pg from 'pg';
import type { ProofTarget } from '../rls/verify/target.ts';
import type { Query } from '../lib/query.ts';
import { withClient } from '../provider/connection.ts';

/**
 * What a statement may cost the server. Reading is the default; the audit asks for more by name, for copies of tables
 * that it rolls back.
 */
export const LIMITS = [
  'set default_transaction_read_only = on',
  "set statement_timeout = '30s'",
  "set lock_timeout = '5s'",
  "set idle_in_transaction_session_timeout = '30s'",
];

/** Runs `work` on one connection of the superuser over the direct endpoint. */
export function inReadOnlySession<T>(
  { direct, database, superuser }: Pick<ProofTarget, 'direct' | 'database' | 'superuser'>,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  return withClient({ ...direct, database, ...superuser }, async (client: pg.Client) => {
    for (const limit of LIMITS) await client.query(limit);
    return work(async (sql, values = []) => {
      const { rows } = await client.query<Record<string, unknown>>(sql, [...values]);
      return rows;
    });
  });
}
