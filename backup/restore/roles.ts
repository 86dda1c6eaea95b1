import type { TemporaryPostgres } from '../temporary-postgres.ts';
import { psql } from '../temporary-postgres.ts';

/**
 * The statements that create the roles, except the bootstrap superuser, which already exists in a new cluster.
 *
 * @param globals output of pg_dumpall
 */
export function withoutBootstrapSuperuser(globals: string, superuser: string): string {
  const made = new Set([`CREATE ROLE ${superuser};`, `CREATE ROLE "${superuser}";`]);
  return globals
    .split('\n')
    .filter((line) => !made.has(line))
    .join('\n');
}

/** Creates the roles. They must exist before the objects that they own. */
export async function restoreRoles(
  server: TemporaryPostgres,
  globals: string,
  signal?: AbortSignal,
): Promise<void> {
  const sql = withoutBootstrapSuperuser(globals, server.user);
  await psql(server, 'postgres', sql, { what: 'the roles', signal });
}
