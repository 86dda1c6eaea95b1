import type { PrivateServer } from '../private-server.ts';
import { psql } from '../private-server.ts';

/**
 * The statements that make the roles, but for the superuser that a cluster begins with.
 *
 * @param globals as pg_dumpall writes them
 */
export function withoutBootstrapSuperuser(globals: string, superuser: string): string {
  const made = new Set([`CREATE ROLE ${superuser};`, `CREATE ROLE "${superuser}";`]);
  return globals
    .split('\n')
    .filter((line) => !made.has(line))
    .join('\n');
}

/** Makes the roles: before anything that they own. */
export async function restoreRoles(
  server: PrivateServer,
  globals: string,
  signal?: AbortSignal,
): Promise<void> {
  const sql = withoutBootstrapSuperuser(globals, server.user);
  await psql(server, 'postgres', sql, { what: 'the roles', signal });
}
