import { psql, type TemporaryPostgres } from '../temporary-postgres.ts';

/**
 * Drops the two login roles of each application role. The platform names them after the role, with the suffix `_a` or
 * `_b`, and makes them its members. A login role that owns objects was not created by the platform and is kept.
 */
const DROP_LOGINS = `
DO $$ DECLARE login name; BEGIN
  FOR login IN
    SELECT l.rolname FROM pg_catalog.pg_roles l
      JOIN pg_catalog.pg_auth_members m ON m.member = l.oid
      JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
     WHERE l.rolname IN (r.rolname || '_a', r.rolname || '_b') AND NOT l.rolsuper
     ORDER BY 1
  LOOP
    BEGIN
      EXECUTE format('DROP ROLE %I', login);
    EXCEPTION WHEN dependent_objects_still_exist THEN
      RAISE WARNING 'the login role % owns objects, so it is kept', login;
    END;
  END LOOP;
END $$`;

/**
 * Drops the login roles of a restored server. A backup does not contain their passwords, and an `up` without the old
 * state would fail because the roles already exist.
 */
export async function dropLogins(server: TemporaryPostgres, signal?: AbortSignal): Promise<void> {
  await psql(server, 'postgres', DROP_LOGINS, { what: 'the logins', signal });
}
