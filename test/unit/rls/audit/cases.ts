/** What somebody does by hand, and how the audit must tell it. */

export interface Case {
  readonly sql: string;
  readonly kind: string;
  readonly object: string;
  readonly says: RegExp;
  /** What else it finds, rightly. @default nothing */
  readonly also?: readonly string[];
  /** Why the remedy cannot be tried here. @default it is run, and another after it where that shows something new */
  readonly untried?: string;
}

const trigger = (security: string): string => `
  CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql ${security} AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER noting BEFORE INSERT ON students FOR EACH ROW EXECUTE FUNCTION noted();`;
const definer = `CREATE FUNCTION all_students() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.students';`;
const decision = 'somebody has to decide';

/** One table against its plan. */
export const OF_TABLES: readonly Case[] = [
  {
    sql: 'DROP TABLE student_feedback;',
    kind: 'table-missing',
    object: 'public.student_feedback',
    says: /no such table/,
    untried: decision,
  },
  {
    sql: 'DROP POLICY students_app ON students;',
    kind: 'policy-missing',
    object: 'public.students',
    says: /policy students_app of public.students is missing, by which app may read, add, change and remove rows of its facilitator/,
  },
  {
    sql: 'ALTER POLICY students_app ON students USING (true);',
    kind: 'policy-altered',
    object: 'public.students',
    says: /rows are found by true instead of \(facilitator_id = /,
  },
  {
    sql: 'ALTER POLICY students_app ON students WITH CHECK (true);',
    kind: 'policy-altered',
    object: 'public.students',
    says: /rows are written by true instead of \(facilitator_id = /,
  },
  {
    sql: 'ALTER POLICY students_readonly ON students TO readonly, app;',
    kind: 'policy-altered',
    object: 'public.students',
    says: /it is for app and readonly instead of readonly/,
  },
  {
    sql: `DROP POLICY students_readonly ON students;
      CREATE POLICY students_readonly ON students FOR ALL TO readonly USING
        (facilitator_id = (SELECT tenant.id()));`,
    kind: 'policy-altered',
    object: 'public.students',
    says: /as declared: it is for ALL instead of SELECT$/,
  },
  {
    sql: `DROP POLICY students_readonly ON students;
      CREATE POLICY students_readonly ON students AS RESTRICTIVE FOR SELECT TO readonly USING
        (facilitator_id = (SELECT tenant.id()));`,
    kind: 'policy-altered',
    object: 'public.students',
    says: /as declared: it narrows instead of allowing$/,
  },
  {
    sql: 'CREATE POLICY "By hand" ON students FOR SELECT TO app USING (is_active);',
    kind: 'policy-added',
    object: 'public.students',
    says: /policy By hand of public.students is nobody's declaration: it opens SELECT for app by is_active/,
  },
  {
    sql: 'ALTER TABLE students DISABLE ROW LEVEL SECURITY;',
    kind: 'row-security-off',
    object: 'public.students',
    says: /switched off/,
  },
  {
    sql: 'ALTER TABLE students NO FORCE ROW LEVEL SECURITY;',
    kind: 'row-security-not-forced',
    object: 'public.students',
    says: /not forced/,
  },
  {
    sql: 'ALTER TABLE students OWNER TO monitor;',
    kind: 'table-owner',
    object: 'public.students',
    says: /owned by monitor.* instead of by migrator/,
  },
  {
    sql: 'REVOKE INSERT, UPDATE ON students FROM app;',
    kind: 'grant-missing',
    object: 'public.students',
    says: /app lacks INSERT, UPDATE on public.students/,
  },
  {
    sql: 'GRANT SELECT ON students TO PUBLIC;',
    kind: 'grant-public',
    object: 'public.students',
    says: /everybody has SELECT on public.students/,
  },
  {
    sql: 'GRANT SELECT ON students TO health;',
    kind: 'grant-undeclared',
    object: 'public.students',
    says: /health has SELECT/,
  },
  {
    sql: 'GRANT TRUNCATE ON students TO app;',
    kind: 'grant-undeclared',
    object: 'public.students',
    says: /app has TRUNCATE/,
  },
  {
    sql: 'GRANT SELECT ON students TO app WITH GRANT OPTION;',
    kind: 'grant-undeclared',
    object: 'public.students',
    says: /app may hand on SELECT/,
  },
  {
    sql: 'GRANT UPDATE (is_active) ON students TO readonly;',
    kind: 'grant-undeclared',
    object: 'public.students',
    says: /readonly has UPDATE \(is_active\)/,
  },
];

/** Everything around the tables. */
export const AROUND: readonly Case[] = [
  {
    sql: 'CREATE ROLE root SUPERUSER;',
    kind: 'superuser',
    object: 'root',
    says: /root is a superuser/,
  },
  {
    sql: 'ALTER ROLE app_a BYPASSRLS;',
    kind: 'bypass',
    object: 'app_a',
    says: /sees every row/,
  },
  {
    sql: 'ALTER ROLE backup_a NOBYPASSRLS;',
    kind: 'bypass-missing',
    object: 'backup_a',
    says: /a dump that misses rows is no backup/,
  },
  {
    sql: 'ALTER ROLE readonly CREATEROLE;',
    kind: 'createrole',
    object: 'readonly',
    says: /CREATEROLE/,
  },
  {
    sql: 'ALTER ROLE monitor_a REPLICATION;',
    kind: 'replication',
    object: 'monitor_a',
    says: /stream the whole server/,
  },
  {
    sql: 'CREATE ROLE visitor LOGIN; GRANT CONNECT ON DATABASE postgres TO visitor;',
    kind: 'role-undeclared',
    object: 'visitor',
    says: /nobody declared it/,
    untried: decision,
  },
  {
    sql: 'ALTER ROLE app LOGIN;',
    kind: 'role-login',
    object: 'app',
    says: /can log in itself/,
  },
  {
    sql: 'ALTER ROLE app_b RENAME TO app_c;',
    kind: 'role-missing',
    object: 'app_b',
    says: /no such role/,
    also: ['membership-undeclared', 'membership-missing'],
    untried: 'roles are made by the program',
  },
  {
    sql: 'GRANT pg_read_server_files TO app;',
    kind: 'membership-powerful',
    object: 'app',
    says: /may read every file of the server/,
  },
  {
    sql: 'GRANT pg_read_all_data TO health;',
    kind: 'membership-powerful',
    object: 'health',
    says: /may read every table/,
  },
  {
    sql: 'GRANT migrator TO readonly WITH INHERIT FALSE;',
    kind: 'membership-powerful',
    object: 'readonly',
    says: /may do to the tables what their owner may/,
  },
  {
    sql: 'GRANT app TO readonly;',
    kind: 'membership-undeclared',
    object: 'readonly',
    says: /has what app has/,
  },
  {
    sql: 'REVOKE app FROM app_b;',
    kind: 'membership-missing',
    object: 'app_b',
    says: /not a member of app/,
  },
  {
    sql: 'GRANT app TO app_a WITH SET TRUE, ADMIN TRUE;',
    kind: 'membership-options',
    object: 'app_a',
    says: /may make others members of app and may become app with SET ROLE/,
  },
  {
    sql: 'ALTER SCHEMA public OWNER TO monitor;',
    kind: 'schema-owner',
    object: 'schema public',
    says: /owned by monitor/,
    also: ['schema-usage-missing'],
  },
  {
    sql: 'ALTER DATABASE postgres OWNER TO monitor;',
    kind: 'database-owner',
    object: 'database postgres',
    says: /owned by monitor/,
    also: ['schema-usage-missing'],
  },
  {
    sql: 'GRANT USAGE ON SCHEMA public TO PUBLIC;',
    kind: 'schema-granted',
    object: 'schema public',
    says: /everybody may use schema public/,
  },
  {
    sql: 'GRANT CREATE ON SCHEMA public TO monitor;',
    kind: 'schema-create',
    object: 'schema public',
    says: /monitor may create in schema public/,
  },
  {
    sql: 'GRANT USAGE ON SCHEMA public TO app WITH GRANT OPTION;',
    kind: 'schema-granted',
    object: 'schema public',
    says: /app may let others use/,
  },
  {
    sql: 'REVOKE USAGE ON SCHEMA public FROM app;',
    kind: 'schema-usage-missing',
    object: 'schema public',
    says: /app has no right of its own to use schema public/,
  },
  {
    sql: 'CREATE SCHEMA own; GRANT CREATE ON SCHEMA own TO app;',
    kind: 'schema-create',
    object: 'schema own',
    says: /^app may create in schema own/,
  },
  {
    sql: 'GRANT CONNECT ON DATABASE postgres TO PUBLIC;',
    kind: 'database-public',
    object: 'database postgres',
    says: /everybody has CONNECT/,
  },
  {
    sql: 'GRANT TEMP ON DATABASE postgres TO app;',
    kind: 'database-temp',
    object: 'database postgres',
    says: /app may make temporary tables/,
  },
  {
    sql: 'CREATE TABLE loose (id int); GRANT SELECT ON loose TO app;',
    kind: 'table-undeclared',
    object: 'public.loose',
    says: /row security is off and app of the application may reach it/,
    untried: decision,
  },
  {
    sql: 'CREATE TABLE children () INHERITS (students); GRANT SELECT ON children TO app;',
    kind: 'child-readable',
    object: 'public.children',
    says: /app may reach public.children directly, past the policies of public.students/,
  },
  {
    sql: 'CREATE SEQUENCE numbers; GRANT SELECT ON numbers TO app;',
    kind: 'sequence-undeclared',
    object: 'public.numbers',
    says: /app has SELECT on sequence public.numbers/,
  },
  {
    sql: 'CREATE VIEW active AS SELECT * FROM students; GRANT SELECT ON active TO app;',
    kind: 'view-owner-rights',
    object: 'public.active',
    says: /app may use view public.active, which reads covered tables with the rights of postgres/,
  },
  {
    sql: `CREATE VIEW one AS SELECT * FROM students; CREATE VIEW two AS SELECT id FROM one;
      GRANT SELECT (id) ON two TO readonly;`,
    kind: 'view-owner-rights',
    object: 'public.two',
    says: /readonly may use view public.two/,
    // Read with the rights of the caller, it asks for rights on the one below, which nobody has.
  },
  {
    sql: 'CREATE MATERIALIZED VIEW kept AS SELECT * FROM students; GRANT SELECT ON kept TO app;',
    kind: 'view-owner-rights',
    object: 'public.kept',
    says: /materialized view public.kept, which keeps rows of all tenants/,
  },
  {
    sql: `CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far; CREATE SCHEMA abroad;
      CREATE FOREIGN TABLE abroad.things (id int) SERVER away; GRANT SELECT ON abroad.things TO app;`,
    kind: 'foreign-table',
    object: 'abroad.things',
    says: /foreign table abroad.things on server away/,
  },
  {
    sql: `CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far; CREATE USER MAPPING FOR app_a SERVER away;`,
    kind: 'foreign-server',
    object: 'server away',
    says: /app_a may reach foreign server away/,
  },
  {
    sql: definer,
    kind: 'definer-function',
    object: 'public.all_students()',
    says: /app and readonly may call public.all_students\(\), which runs with the rights of postgres/,
  },
  {
    sql: 'CREATE FUNCTION three() RETURNS int LANGUAGE sql LEAKPROOF RETURN 3;',
    kind: 'leakproof-function',
    object: 'public.three()',
    says: /LEAKPROOF/,
  },
  {
    sql: trigger('SECURITY DEFINER'),
    kind: 'definer-trigger',
    object: 'public.students',
    says: /trigger noting of public.students calls public.noted\(\) with the rights of postgres/,
  },
  {
    sql: 'CREATE RULE also AS ON DELETE TO students DO ALSO SELECT 1;',
    kind: 'rule',
    object: 'public.students',
    says: /rule also/,
  },
  {
    sql: 'CREATE LANGUAGE wild HANDLER plpgsql_call_handler;',
    kind: 'untrusted-language',
    object: 'language wild',
    says: /untrusted/,
  },
  {
    sql: `CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION seen();`,
    kind: 'event-trigger',
    object: 'event trigger watch',
    says: /calls public.seen\(\)/,
  },
  {
    sql: 'CREATE PUBLICATION everything FOR ALL TABLES;',
    kind: 'publication',
    object: 'publication everything',
    says: /public.students/,
  },
  {
    sql: `SET allow_system_table_mods = on;
      INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        VALUES (99999, 'dblink', 10, 'public'::regnamespace, true, '1.2');`,
    kind: 'extension-reaches-out',
    object: 'extension dblink',
    says: /outside of row security/,
    untried: 'the extension is only an entry in the catalog',
  },
  {
    sql: 'SELECT lo_create(0);',
    kind: 'large-objects',
    object: 'large objects',
    says: /there are 1 large objects/,
    untried: decision,
  },
  {
    sql: 'ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO app, PUBLIC;',
    kind: 'default-privileges',
    object: 'default privileges of migrator in schema public',
    says: /everybody rights to every table/,
  },
  {
    sql: 'ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT USAGE ON SEQUENCES TO app;',
    kind: 'default-privileges',
    object: 'default privileges of migrator',
    says: /give app rights to every sequence/,
  },
  {
    sql: `ALTER ROLE app_a SET app.facilitator_id = '4711';`,
    kind: 'setting-stored',
    object: 'role app_a',
    says: /whoever says no facilitator works for that one/,
  },
  {
    sql: `ALTER DATABASE postgres SET app.facilitator_id = '4711';`,
    kind: 'setting-stored',
    object: 'database postgres',
    says: /app.facilitator_id/,
  },
  {
    sql: 'ALTER ROLE app_a SET search_path = elsewhere;',
    kind: 'setting-stored',
    object: 'role app_a',
    says: /search_path stored/,
  },
  {
    sql: 'GRANT SET ON PARAMETER session_replication_role TO app;',
    kind: 'parameter-granted',
    object: 'parameter session_replication_role',
    says: /app may change parameter session_replication_role \(SET\)/,
  },
  {
    sql: 'GRANT EXECUTE ON FUNCTION pg_read_file(text) TO app;',
    kind: 'system-granted',
    object: 'pg_catalog.pg_read_file(text)',
    says: /app may use pg_catalog.pg_read_file/,
  },
  {
    sql: 'GRANT SELECT ON pg_authid TO readonly;',
    kind: 'system-granted',
    object: 'pg_catalog.pg_authid',
    says: /readonly may use pg_catalog.pg_authid/,
  },
  {
    sql: 'CREATE SCHEMA own; CREATE TABLE own.things (id int); ALTER TABLE own.things OWNER TO app;',
    kind: 'owned-by-application',
    object: 'own.things',
    says: /app owns own.things/,
  },
];
