/** For every lint: what makes it speak, about what, and the same thing done right. */

export interface Case {
  readonly bad: string;
  /** The object it must name. */
  readonly object: string;
  /** What the detail must contain. @default nothing in particular */
  readonly detail?: RegExp;
  /** Why the fix cannot be tried here. @default it is tried when it is one statement */
  readonly untried?: string;
  /** The twin, on which it must say nothing about that object. */
  readonly good: string;
}

const own = 'facilitator_id = (SELECT tenant.id())';
/** A table that the declaration of these tests knows, as long as a case makes it. */
const extra = (more = ''): string => `
  CREATE TABLE extra (id uuid PRIMARY KEY, facilitator_id uuid NOT NULL REFERENCES facilitators${more});
  CREATE INDEX ON extra (facilitator_id);`;
const policy = (name: string, using: string, more = 'FOR SELECT TO app'): string =>
  `CREATE POLICY ${name} ON classrooms ${more} USING (${using});`;
const definer = (more: string, name = 'all_students'): string => `
  CREATE FUNCTION ${name}() RETURNS bigint LANGUAGE sql SECURITY DEFINER ${more} AS 'SELECT count(*) FROM public.students';`;
const trigger = (security: string): string => `
  CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql ${security} SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER noting BEFORE INSERT ON students FOR EACH ROW EXECUTE FUNCTION noted();`;
const foreign = `CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far;`;
const extension = (schema: string): string => `SET LOCAL allow_system_table_mods = on;
  INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    VALUES (99999, 'pg_trgm', 10, '${schema}'::regnamespace, true, '1.6');`;

export const CASES: Readonly<Record<string, Case>> = {
  'row-security-off': {
    bad: 'CREATE TABLE loose (id uuid PRIMARY KEY); GRANT SELECT ON loose TO readonly;',
    object: 'public.loose',
    detail: /^is open to readonly$/,
    good: 'CREATE TABLE loose (id uuid PRIMARY KEY);',
  },
  'policy-without-row-security': {
    bad: 'ALTER TABLE students DISABLE ROW LEVEL SECURITY;',
    object: 'public.students',
    detail: /students_app, students_readonly/,
    good: 'ALTER TABLE students DISABLE ROW LEVEL SECURITY; DROP POLICY students_app ON students; DROP POLICY students_readonly ON students;',
  },
  'row-security-without-policy': {
    bad: 'DROP POLICY students_app ON students; DROP POLICY students_readonly ON students;',
    object: 'public.students',
    detail: /shows nothing to app and readonly/,
    good: 'DROP POLICY students_app ON students; DROP POLICY students_readonly ON students; REVOKE ALL ON students FROM app, readonly;',
  },
  'row-security-not-forced': {
    bad: 'ALTER TABLE students NO FORCE ROW LEVEL SECURITY;',
    object: 'public.students',
    detail: /owner migrator/,
    good: 'ALTER TABLE students NO FORCE ROW LEVEL SECURITY; ALTER TABLE students FORCE ROW LEVEL SECURITY;',
  },
  'policy-always-true': {
    bad: policy('anything', 'true'),
    object: 'public.classrooms',
    detail: /anything/,
    good: `${policy('anything', 'true')} ${policy('bound', own, 'AS RESTRICTIVE')}`,
  },
  'policy-unbound': {
    bad: policy('lively', 'is_active'),
    object: 'public.classrooms',
    detail: /lively, which does not mention the facilitator/,
    good: `${policy('lively', 'is_active')} ${policy('bound', own, 'AS RESTRICTIVE')}`,
  },
  'policy-check-weaker': {
    bad: `ALTER POLICY classrooms_app ON classrooms WITH CHECK (is_active);`,
    object: 'public.classrooms',
    detail: /classrooms_app/,
    good: `ALTER POLICY classrooms_app ON classrooms WITH CHECK (${own} AND is_active);`,
  },
  'policy-check-implied': {
    bad: policy('changing', own, 'FOR UPDATE TO app'),
    object: 'public.classrooms',
    detail: /changing/,
    good: `CREATE POLICY changing ON classrooms FOR UPDATE TO app USING (${own}) WITH CHECK (${own});`,
  },
  'policy-for-public': {
    bad: policy('open', own, 'FOR SELECT'),
    object: 'public.classrooms',
    detail: /open/,
    good: policy('open', own, 'AS RESTRICTIVE FOR SELECT'),
  },
  'policy-setting-unset': {
    bad: policy('strict', `facilitator_id = (SELECT current_setting('app.facilitator_id')::uuid)`),
    object: 'public.classrooms',
    detail: /strict/,
    good: policy(
      'mild',
      `facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)`,
    ),
  },
  'policy-reads-itself': {
    bad: policy('round', 'id IN (SELECT c.id FROM classrooms c)'),
    object: 'public.classrooms',
    detail: /round/,
    good: policy('straight', 'id IN (SELECT s.classroom_id FROM students s)'),
  },
  'policy-user-settable': {
    bad: '',
    object: 'schema public',
    detail: /^has 12 policies that believe the setting app.facilitator_id$/,
    good: `DO $$ DECLARE p record; BEGIN FOR p IN SELECT * FROM pg_policies LOOP
      EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename); END LOOP; END $$;`,
  },
  'partition-reachable': {
    bad: 'CREATE TABLE children () INHERITS (students); GRANT SELECT ON children TO app;',
    object: 'public.children',
    detail: /open to app/,
    good: 'CREATE TABLE children () INHERITS (students);',
  },
  'policy-call-per-row': {
    bad: policy('slow', 'facilitator_id = tenant.id()'),
    object: 'public.classrooms',
    detail: /slow, which calls tenant.id for/,
    good: policy('quick', own),
  },
  'policy-or': {
    bad: policy('either', `${own} OR is_active`),
    object: 'public.classrooms',
    detail: /either/,
    good: policy('joined', `${own} AND is_active`),
  },
  'policy-walks-all': {
    bad: 'ALTER POLICY students_app ON students USING (classroom_id IN (SELECT c.id FROM classrooms c WHERE c.facilitator_id = (SELECT tenant.id())));',
    object: 'public.students',
    detail: /students_app/,
    good: 'ALTER POLICY students_app ON students USING (classroom_id = ANY (ARRAY(SELECT c.id FROM classrooms c WHERE c.facilitator_id = (SELECT tenant.id()))));',
  },
  'policies-overlap': {
    bad: policy('second', own),
    object: 'public.classrooms',
    detail: /classrooms_app and second when app does SELECT/,
    good: policy('second', own, 'AS RESTRICTIVE FOR SELECT TO app'),
  },
  'policy-column-unindexed': {
    bad: 'DROP INDEX idx_classrooms_facilitator_id; CREATE INDEX ON classrooms (name, facilitator_id);',
    object: 'public.classrooms',
    detail: /facilitator_id/,
    good: 'DROP INDEX idx_classrooms_facilitator_id; CREATE INDEX ON classrooms (facilitator_id, name);',
  },
  'index-leaky-operator': {
    bad: 'CREATE INDEX by_value ON analytics_events (event_value);',
    object: 'public.analytics_events',
    detail: /by_value on event_value/,
    good: 'CREATE INDEX by_value ON analytics_events (classroom_id, event_value);',
  },
  'privilege-past-policies': {
    bad: 'GRANT TRUNCATE ON students TO app;',
    object: 'public.students',
    detail: /^lets app TRUNCATE$/,
    good: 'GRANT TRUNCATE ON students TO migrator;',
  },
  'granted-to-public': {
    bad: 'GRANT SELECT, INSERT ON students TO PUBLIC;',
    object: 'public.students',
    detail: /INSERT, SELECT to everybody/,
    good: 'GRANT SELECT, INSERT ON students TO app;',
  },
  'column-privileges': {
    bad: 'GRANT UPDATE (is_active) ON students TO readonly;',
    object: 'public.students',
    detail: /readonly has UPDATE on column is_active/,
    good: 'GRANT UPDATE (is_active) ON students TO readonly; REVOKE UPDATE (is_active) ON students FROM readonly;',
  },
  'grant-option': {
    bad: 'GRANT SELECT ON students TO app WITH GRANT OPTION;',
    object: 'public.students',
    detail: /lets app give others SELECT/,
    good: 'GRANT SELECT ON students TO app;',
  },
  'sequence-readable': {
    bad: 'CREATE SEQUENCE numbers; GRANT SELECT ON numbers TO app;',
    object: 'public.numbers',
    good: 'CREATE SEQUENCE numbers; GRANT USAGE ON numbers TO app;',
  },
  'schema-create': {
    bad: 'GRANT CREATE ON SCHEMA public TO app;',
    object: 'schema public',
    detail: /by app/,
    good: 'GRANT CREATE ON SCHEMA public TO migrator;',
  },
  'database-temp': {
    bad: 'GRANT TEMP ON DATABASE postgres TO PUBLIC;',
    object: 'database postgres',
    detail: /gives TEMP to app and readonly/,
    good: 'GRANT TEMP ON DATABASE postgres TO migrator;',
  },
  'default-privileges': {
    bad: 'ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT SELECT ON TABLES TO app;',
    object: 'default privileges of migrator',
    detail: /give app rights on every new table/,
    good: 'ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT SELECT ON TABLES TO monitor;',
  },
  'statement-texts-readable': {
    bad: 'CREATE VIEW pg_stat_statements AS SELECT 1 AS query; GRANT SELECT ON pg_stat_statements TO PUBLIC;',
    object: 'public.pg_stat_statements',
    detail: /by app and readonly/,
    good: 'CREATE VIEW pg_stat_statements AS SELECT 1 AS query; GRANT SELECT ON pg_stat_statements TO monitor;',
  },
  'activity-readable': {
    bad: '',
    object: 'pg_catalog.pg_stat_activity',
    detail: /app_a, app_b/,
    good: 'REVOKE SELECT ON pg_catalog.pg_stat_activity FROM PUBLIC;',
  },
  'view-owner-rights': {
    bad: 'CREATE VIEW active AS SELECT * FROM students; CREATE VIEW few AS SELECT * FROM active; GRANT SELECT ON few TO app;',
    object: 'public.few',
    detail: /reads as postgres for app/,
    good: 'CREATE VIEW few WITH (security_invoker = true) AS SELECT * FROM students; GRANT SELECT ON few TO app;',
  },
  'view-ungranted-owner-rights': {
    bad: 'CREATE VIEW few AS SELECT * FROM students;',
    object: 'public.few',
    good: 'CREATE VIEW few WITH (security_invoker = true) AS SELECT * FROM students;',
  },
  'materialized-view-readable': {
    bad: 'CREATE MATERIALIZED VIEW kept AS SELECT * FROM students; GRANT SELECT ON kept TO readonly;',
    object: 'public.kept',
    detail: /open to readonly/,
    good: 'CREATE MATERIALIZED VIEW kept AS SELECT * FROM students;',
  },
  'foreign-table': {
    bad: `${foreign} CREATE FOREIGN TABLE abroad (id int) SERVER away;`,
    object: 'public.abroad',
    detail: /away/,
    good: `${foreign} CREATE SCHEMA far; CREATE FOREIGN TABLE far.abroad (id int) SERVER away;`,
  },
  'rule-on-table': {
    bad: 'CREATE RULE also AS ON DELETE TO students DO ALSO SELECT 1;',
    object: 'public.students',
    detail: /also/,
    good: 'CREATE TABLE loose (id int); CREATE RULE also AS ON DELETE TO loose DO ALSO SELECT 1;',
  },
  publication: {
    bad: 'CREATE PUBLICATION everything FOR TABLE students;',
    object: 'publication everything',
    detail: /sends students/,
    good: 'CREATE TABLE loose (id int); CREATE PUBLICATION everything FOR TABLE loose;',
  },
  'large-objects': {
    bad: 'SELECT lo_create(0);',
    object: 'large objects',
    good: 'SELECT lo_create(4711); SELECT lo_unlink(4711);',
  },
  'unlogged-table': {
    bad: 'CREATE UNLOGGED TABLE loose (id int);',
    object: 'public.loose',
    good: 'CREATE TABLE loose (id int);',
  },
  'extension-in-schema': {
    bad: extension('public'),
    untried: 'the extension is only an entry in the catalog',
    object: 'extension pg_trgm',
    good: extension('pg_catalog'),
  },
  'extension-outdated': {
    bad: `SET LOCAL allow_system_table_mods = on; UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'plpgsql';`,
    object: 'extension plpgsql',
    detail: /is 0.9, and the server has 1.0/,
    untried: 'the old version is only an entry in the catalog',
    good: '',
  },
  'owned-by-application': {
    bad: 'ALTER TABLE students OWNER TO app;',
    object: 'public.students',
    detail: /by app/,
    good: 'ALTER TABLE students OWNER TO postgres;',
  },
  'definer-public': {
    bad: definer(`SET search_path = ''`),
    object: 'public.all_students()',
    good: `${definer(`SET search_path = ''`)} REVOKE EXECUTE ON FUNCTION all_students() FROM PUBLIC;`,
  },
  'definer-executable': {
    bad: `${definer(`SET search_path = ''`)} REVOKE EXECUTE ON FUNCTION all_students() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION all_students() TO app;`,
    object: 'public.all_students()',
    detail: /runs as postgres for app$/,
    good: `${definer(`SET search_path = ''`)} REVOKE EXECUTE ON FUNCTION all_students() FROM PUBLIC;`,
  },
  'definer-search-path': {
    bad: definer(''),
    object: 'public.all_students()',
    good: definer(`SET search_path = ''`),
  },
  'definer-path-temp': {
    bad: definer('SET search_path = public'),
    object: 'public.all_students()',
    detail: /public/,
    good: definer('SET search_path = public, pg_temp'),
  },
  'function-search-path': {
    bad: `CREATE FUNCTION three() RETURNS int LANGUAGE sql AS 'SELECT 3';`,
    object: 'public.three()',
    good: 'CREATE FUNCTION three() RETURNS int LANGUAGE sql RETURN 3;',
  },
  'policy-function-search-path': {
    bad: `CREATE FUNCTION yes(uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'; ${policy('asking', 'yes(id)')}`,
    object: 'public.yes(uuid)',
    detail: /policy asking/,
    good: `CREATE FUNCTION yes(uuid) RETURNS boolean LANGUAGE sql SET search_path = '' AS 'SELECT true'; ${policy('asking', 'yes(id)')}`,
  },
  'leakproof-function': {
    bad: 'CREATE FUNCTION three() RETURNS int LANGUAGE sql LEAKPROOF RETURN 3;',
    object: 'public.three()',
    good: 'CREATE FUNCTION three() RETURNS int LANGUAGE sql RETURN 3;',
  },
  'definer-trigger': {
    bad: trigger('SECURITY DEFINER'),
    object: 'public.students',
    detail: /noting, which acts as postgres/,
    good: trigger('SECURITY INVOKER'),
  },
  'event-trigger': {
    bad: `CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION seen();`,
    object: 'event trigger watch',
    detail: /public.seen\(\)/,
    good: `CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION seen(); ALTER EVENT TRIGGER watch DISABLE;`,
  },
  'untrusted-language': {
    bad: 'CREATE LANGUAGE wild HANDLER plpgsql_call_handler;',
    object: 'language wild',
    good: 'CREATE TRUSTED LANGUAGE wild HANDLER plpgsql_call_handler;',
  },
  'tenant-column-nullable': {
    bad: 'ALTER TABLE students ALTER COLUMN facilitator_id DROP NOT NULL;',
    object: 'public.students',
    detail: /without facilitator_id/,
    good: 'ALTER TABLE students ALTER COLUMN anonymous_id DROP NOT NULL;',
  },
  'tenant-column-type': {
    bad: 'CREATE TABLE extra (id uuid PRIMARY KEY, facilitator_id text NOT NULL);',
    object: 'public.extra',
    detail: /facilitator_id as text, but a facilitator is uuid/,
    good: extra(),
  },
  'unique-reveals': {
    bad: extra(', code text CONSTRAINT one_code UNIQUE'),
    object: 'public.extra',
    detail: /one_code on code/,
    good: extra(', code text, CONSTRAINT one_code UNIQUE (facilitator_id, code)'),
  },
  'foreign-key-reveals': {
    bad: extra(', student_id uuid CONSTRAINT leads REFERENCES students'),
    object: 'public.extra',
    detail: /leads on student_id to students/,
    good: `${extra(', UNIQUE (id, facilitator_id)')} ALTER TABLE extra ADD other uuid,
      ADD CONSTRAINT leads FOREIGN KEY (other, facilitator_id) REFERENCES extra (id, facilitator_id);`,
  },
  'primary-key-missing': {
    bad: 'CREATE TABLE loose (id int);',
    object: 'public.loose',
    good: 'CREATE TABLE loose (id int PRIMARY KEY);',
  },
  'constraint-not-valid': {
    bad: 'ALTER TABLE students ADD CONSTRAINT late CHECK (anonymous_id > $$$$) NOT VALID;',
    object: 'public.students',
    detail: /late/,
    good: 'ALTER TABLE students ADD CONSTRAINT late CHECK (anonymous_id > $$$$);',
  },
  'reg-type-column': {
    bad: 'CREATE TABLE loose (id int PRIMARY KEY, what regproc);',
    object: 'public.loose',
    detail: /what as regproc/,
    good: 'CREATE TABLE loose (id int PRIMARY KEY, what regclass);',
  },
  'foreign-key-unindexed': {
    bad: 'CREATE TABLE loose (id int PRIMARY KEY, student_id uuid CONSTRAINT leads REFERENCES students);',
    object: 'public.loose',
    detail: /leads/,
    good: `CREATE TABLE loose (id int PRIMARY KEY, student_id uuid CONSTRAINT leads REFERENCES students);
      CREATE INDEX ON loose (student_id, id);`,
  },
  'index-duplicate': {
    bad: 'CREATE INDEX again ON classrooms (created_at);',
    object: 'public.classrooms',
    detail: /again, which is what idx_classrooms_created_at is/,
    good: 'CREATE INDEX again ON classrooms (created_at DESC);',
  },
  'index-prefix': {
    bad: 'CREATE INDEX longer ON classrooms (created_at, name);',
    object: 'public.classrooms',
    detail: /idx_classrooms_created_at, with which longer begins/,
    good: 'CREATE INDEX longer ON classrooms (name, created_at);',
  },
  'index-invalid': {
    bad: `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_classrooms_created_at'::regclass;`,
    object: 'public.classrooms',
    detail: /idx_classrooms_created_at/,
    good: '',
  },
  'role-above-policies': {
    bad: 'ALTER ROLE app_b BYPASSRLS;',
    object: 'app_b',
    detail: /BYPASSRLS/,
    good: 'ALTER ROLE monitor_b BYPASSRLS;',
  },
  'role-becomes-bypassing': {
    bad: 'GRANT backup_a TO app;',
    object: 'app',
    detail: /may become backup_a/,
    good: 'GRANT monitor_a TO app;',
  },
  'role-becomes-owner': {
    bad: 'GRANT migrator TO readonly WITH INHERIT FALSE;',
    object: 'readonly',
    detail: /member of migrator/,
    good: 'GRANT migrator TO monitor;',
  },
  'role-powerful-member': {
    bad: 'GRANT pg_read_all_data TO app;',
    object: 'app',
    detail: /pg_read_all_data/,
    good: 'GRANT pg_read_all_data TO monitor;',
  },
  'role-admin-option': {
    bad: 'GRANT app TO app_a WITH ADMIN OPTION;',
    object: 'app_a',
    detail: /members of app/,
    good: 'GRANT app TO app_a;',
  },
  'role-group-login': {
    bad: 'ALTER ROLE app LOGIN;',
    object: 'app',
    good: 'ALTER ROLE app NOLOGIN;',
  },
  'password-weak-hash': {
    bad: `ALTER ROLE app_a PASSWORD 'md50123456789abcdef0123456789abcdef';`,
    object: 'app_a',
    good: `ALTER ROLE app_a PASSWORD 'long and secret';`,
  },
  'tenant-setting-stored': {
    bad: `ALTER ROLE app_a SET app.facilitator_id = '4711';`,
    object: 'role app_a',
    good: `ALTER ROLE app_a SET app.other = '4711';`,
  },
  'role-setting-stored': {
    bad: 'ALTER ROLE app_a SET search_path = elsewhere;',
    object: 'role app_a',
    detail: /search_path=elsewhere/,
    good: 'ALTER ROLE migrator_a SET role = migrator;',
  },
  'parameter-granted': {
    bad: 'GRANT SET ON PARAMETER session_replication_role TO app;',
    object: 'parameter session_replication_role',
    detail: /by app/,
    good: 'GRANT SET ON PARAMETER session_replication_role TO migrator;',
  },
  'large-objects-unguarded': {
    bad: 'SET LOCAL lo_compat_privileges = on;',
    untried: 'ALTER SYSTEM cannot be taken back with a transaction',
    object: 'lo_compat_privileges',
    good: 'SET LOCAL lo_compat_privileges = off;',
  },
};
