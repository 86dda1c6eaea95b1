import { psql, type PrivateServer } from '../private-server.ts';

/**
 * The two logins of each role, as the platform names them: members of it, called like it with `_a` or `_b` at the end. One that
 * owns something is somebody else's, and stays.
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
      RAISE WARNING 'the login % owns something, so it stays', login;
    END;
  END LOOP;
END $$`;

/**
 * Takes the logins out of a restored server: their passwords are in no backup, and an `up` that knows nothing of them would stop at
 * the first one that is there already.
 */
export async function dropLogins(server: PrivateServer, signal?: AbortSignal): Promise<void> {
  await psql(server, 'postgres', DROP_LOGINS, { what: 'the logins', signal });
}
