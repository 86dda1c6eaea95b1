/**
 * Holes that somebody could leave in an environment, each with what the proof must say about it. A case of the proof that
 * no hole turns red is a case that proves nothing.
 */

/** What must be among the failures, as far as it is named. */
export interface Caught {
  readonly table?: string;
  readonly role?: string;
  readonly command?: string;
  readonly context?: string;
  readonly route?: string;
  /** @default leaked */
  readonly outcome?: 'leaked' | 'vacuous';
}

export interface Hole {
  readonly name: string;
  /** Statements as the superuser. */
  readonly plant: string;
  readonly heal: string;
  /** Every one of these must be a failure of the proof. */
  readonly caught: readonly Caught[];
}

/** Sample facilitator of the development data. */
const SOMEBODY = 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d';

/** A permissive policy beside the declared ones. */
function policy(name: string, table: string, words: string, ...caught: readonly Caught[]): Hole {
  return {
    name,
    plant: `CREATE POLICY hole ON ${table} ${words}`,
    heal: `DROP POLICY hole ON ${table}`,
    caught: caught.map((one) => ({ table, ...one })),
  };
}

/** A right that no application's role should have. */
function grant(name: string, what: string, to: string, ...caught: readonly Caught[]): Hole {
  return {
    name,
    plant: `GRANT ${what} TO ${to}`,
    heal: `REVOKE ${what} FROM ${to}`,
    caught,
  };
}

/** An attribute of a login. */
function attribute(name: string, on: string, off: string, ...caught: readonly Caught[]): Hole {
  return {
    name,
    plant: `ALTER ROLE app_a ${on}`,
    heal: `ALTER ROLE app_a ${off}`,
    caught,
  };
}

/** Another condition in a declared policy; the plan's own is put back by `up`. */
function altered(
  name: string,
  table: string,
  change: string,
  back: string,
  ...caught: readonly Caught[]
): Hole {
  return {
    name,
    plant: `ALTER POLICY ${table}_app ON ${table} ${change}`,
    heal: `ALTER POLICY ${table}_app ON ${table} ${back}`,
    caught: caught.map((one) => ({ table, role: 'app', ...one })),
  };
}

const MINE = 'facilitator_id = (SELECT tenant.id())';
const RULE = `USING (${MINE}) WITH CHECK (${MINE})`;

/** What row security itself can get wrong. */
const conditions: readonly Hole[] = [
  {
    name: 'row security switched off',
    plant: 'ALTER TABLE students DISABLE ROW LEVEL SECURITY',
    heal: 'ALTER TABLE students ENABLE ROW LEVEL SECURITY',
    caught: [
      { table: 'students', role: 'app', command: 'SELECT', context: 'none' },
      { table: 'students', role: 'app', command: 'UPDATE', context: 'foreign' },
      { table: 'students', role: 'readonly', command: 'SELECT' },
    ],
  },
  altered('a policy that lets everything through', 'students', 'USING (true)', RULE, {
    command: 'SELECT',
    context: 'foreign',
  }),
  altered('a check that lets everything in', 'students', 'WITH CHECK (true)', RULE, {
    command: 'INSERT',
    context: 'foreign',
  }),
  altered(
    'a check that only asks for some parent',
    'analytics_events',
    'WITH CHECK (classroom_id IS NOT NULL)',
    `WITH CHECK (EXISTS (SELECT FROM public.classrooms WHERE classrooms.id = analytics_events.classroom_id
       AND classrooms.${MINE}))`,
    // What reads a column must also be able to read what it made: only a blind change gets through.
    { command: 'UPDATE without WHERE', context: 'handed over' },
  ),
  altered(
    'no tenant means all tenants',
    'students',
    `USING ((SELECT tenant.id()) IS NULL OR ${MINE})`,
    RULE,
    { command: 'SELECT', context: 'none' },
    { command: 'SELECT', context: 'malformed' },
  ),
  altered(
    'an empty setting means the administrator',
    'students',
    `USING (current_setting('app.facilitator_id', true) = '' OR ${MINE})`,
    RULE,
    { command: 'SELECT', context: 'empty' },
  ),
  altered(
    'a tenant that is written into the policy',
    'students',
    `USING (facilitator_id = '${SOMEBODY}' OR ${MINE})`,
    RULE,
    { command: 'SELECT' },
  ),
  altered(
    'the policy of the wrong column',
    'classrooms',
    'USING (id IS NOT NULL)',
    RULE,
    { command: 'SELECT', context: 'foreign' },
    { command: 'COPY TO', context: 'foreign' },
  ),
  policy('a second policy for reading', 'classrooms', 'FOR SELECT TO app USING (true)', {
    role: 'app',
    command: 'SELECT',
    context: 'none',
  }),
  policy('a policy for everybody', 'student_feedback', 'FOR SELECT TO PUBLIC USING (true)', {
    role: 'readonly',
    command: 'SELECT',
  }),
  policy(
    'a policy for reading to readonly',
    'analytics_events',
    'FOR SELECT TO readonly USING (true)',
    {
      role: 'readonly',
      command: 'COPY TO',
    },
  ),
  policy('a second policy for adding', 'classrooms', 'FOR INSERT TO app WITH CHECK (true)', {
    role: 'app',
    command: 'INSERT',
    context: 'foreign',
  }),
  policy(
    'a second policy for changing, which needs no sight of the row',
    'student_progress',
    'FOR UPDATE TO app USING (true) WITH CHECK (true)',
    { role: 'app', command: 'UPDATE without WHERE' },
  ),
  policy('a second policy for removing', 'student_progress', 'FOR DELETE TO app USING (true)', {
    role: 'app',
    command: 'DELETE without WHERE',
  }),
  policy('a policy by half of the id', 'facilitators', "FOR ALL TO app USING (email LIKE '%@%')", {
    role: 'app',
    command: 'SELECT',
    context: 'foreign',
  }),
  policy(
    'a policy that only looks at the day',
    'analytics_events',
    'FOR ALL TO app USING ("timestamp" > now() - interval \'1 day\')',
    {
      role: 'app',
      command: 'UPDATE … RETURNING',
      context: 'foreign',
    },
  ),
  policy(
    'a policy through any parent',
    'analytics_events',
    'FOR ALL TO app USING (classroom_id IS NOT NULL)',
    {
      role: 'app',
      command: 'MERGE',
      context: 'foreign',
    },
  ),
  policy(
    'a policy that opens the upsert',
    'classrooms',
    'FOR ALL TO app USING (true) WITH CHECK (true)',
    {
      role: 'app',
      command: 'INSERT … ON CONFLICT DO UPDATE',
      context: 'foreign',
    },
  ),
  {
    name: 'the policy dropped: nothing is shown, and so nothing is proven',
    plant: 'DROP POLICY student_progress_app ON student_progress',
    heal: `CREATE POLICY student_progress_app ON student_progress FOR ALL TO app ${RULE}`,
    caught: [{ table: 'student_progress', role: 'app', outcome: 'vacuous' }],
  },
];

/** What goes wrong with how the tenant is known. */
const contexts: readonly Hole[] = [
  {
    name: 'a tenant stored with the login',
    plant: `ALTER ROLE app_a SET app.facilitator_id = '${SOMEBODY}'`,
    heal: 'ALTER ROLE app_a RESET app.facilitator_id',
    caught: [{ role: 'app', context: 'none', route: 'direct' }],
  },
  {
    name: 'a tenant stored with the database',
    plant: `ALTER DATABASE classrooms SET app.facilitator_id = '${SOMEBODY}'`,
    heal: 'ALTER DATABASE classrooms RESET app.facilitator_id',
    caught: [{ role: 'readonly', context: 'none' }],
  },
  {
    name: 'a function that knows a tenant when nobody said one',
    plant: `CREATE OR REPLACE FUNCTION tenant.id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
      RETURN coalesce(CASE WHEN pg_input_is_valid(current_setting('app.facilitator_id', true), 'uuid')
        THEN current_setting('app.facilitator_id', true)::uuid END, '${SOMEBODY}'::uuid)`,
    heal: `CREATE OR REPLACE FUNCTION tenant.id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
      RETURN CASE WHEN pg_catalog.pg_input_is_valid(pg_catalog.current_setting('app.facilitator_id', true), 'uuid')
        THEN pg_catalog.current_setting('app.facilitator_id', true)::uuid END`,
    caught: [{ role: 'app', command: 'SELECT', context: 'none' }],
  },
];

/** What goes around row security. */
const rights: readonly Hole[] = [
  attribute(
    'a login without row security',
    'BYPASSRLS',
    'NOBYPASSRLS',
    { role: 'app' },
    { table: 'students', role: 'app', command: 'SELECT' },
  ),
  attribute('a superuser', 'SUPERUSER', 'NOSUPERUSER', { role: 'app' }),
  attribute('a login that makes roles', 'CREATEROLE', 'NOCREATEROLE', { role: 'app' }),
  attribute('a login that replicates', 'REPLICATION', 'NOREPLICATION', { role: 'app' }),
  grant('a login that may become the owner', 'migrator', 'app_a', { role: 'app' }),
  grant('a login that may become the backup', 'backup_a', 'app_a', { role: 'app' }),
  grant('a login that reads all data', 'pg_read_all_data', 'app_a', { role: 'app' }),
  grant('a login that writes all data', 'pg_write_all_data', 'app_a', { role: 'app' }),
  grant('a login that runs programs', 'pg_execute_server_program', 'app_a', { role: 'app' }),
  grant('a login that reads files', 'pg_read_server_files', 'app_a', { role: 'app' }),
  grant('a login that ends the sessions of others', 'pg_signal_backend', 'app_a', { role: 'app' }),
  grant('emptying a table for everybody', 'TRUNCATE ON students', 'app', {
    table: 'students',
    role: 'app',
    command: 'TRUNCATE',
  }),
  grant('a foreign key to look with', 'REFERENCES ON students', 'app', { role: 'app' }),
  grant('a trigger on rows of everybody', 'TRIGGER ON students', 'app', { role: 'app' }),
  grant('locks that stop everybody', 'MAINTAIN ON students', 'app', { role: 'app' }),
  // Row security would still refuse it, for want of a policy: that is luck, not what was declared.
  grant('readonly may add', 'INSERT ON classrooms', 'readonly', {
    table: 'classrooms',
    command: 'grant-undeclared',
  }),
  grant('readonly may remove', 'DELETE ON classrooms', 'readonly', {
    table: 'classrooms',
    role: 'readonly',
    command: 'DELETE',
  }),
  grant('readonly may change one column', 'UPDATE (name) ON classrooms', 'readonly', {
    role: 'readonly',
  }),
  grant('everybody may read', 'SELECT ON facilitators', 'PUBLIC', {}),
  grant('tables of its own in the schema', 'CREATE ON SCHEMA public', 'app', { role: 'app' }),
  grant('tables of its own in the session', 'TEMPORARY ON DATABASE classrooms', 'app', {
    role: 'app',
  }),
  {
    name: 'the application owns a table',
    plant:
      'GRANT CREATE ON SCHEMA public TO app; ALTER TABLE analytics_events OWNER TO app; REVOKE CREATE ON SCHEMA public FROM app',
    heal: 'ALTER TABLE analytics_events OWNER TO migrator; GRANT SELECT, INSERT, UPDATE, DELETE ON analytics_events TO app',
    caught: [{ role: 'app' }],
  },
  {
    name: 'a function that reads as its owner',
    plant: `CREATE FUNCTION everyone() RETURNS SETOF students LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM students'`,
    heal: 'DROP FUNCTION everyone()',
    caught: [{}],
  },
  {
    name: 'a view that reads as its owner',
    plant: 'CREATE VIEW everyone AS SELECT * FROM students; GRANT SELECT ON everyone TO app',
    heal: 'DROP VIEW everyone',
    caught: [{}],
  },
  {
    name: 'a copy of the rows, kept as a materialized view',
    plant:
      'CREATE MATERIALIZED VIEW everyone AS SELECT * FROM students; GRANT SELECT ON everyone TO app',
    heal: 'DROP MATERIALIZED VIEW everyone',
    caught: [{}],
  },
  {
    name: 'a copy of the rows, kept as a table',
    plant: 'CREATE TABLE everyone AS SELECT * FROM students; GRANT SELECT ON everyone TO readonly',
    heal: 'DROP TABLE everyone',
    caught: [{}],
  },
  {
    name: 'a child table past the policies of its parent',
    plant: 'CREATE TABLE everyone () INHERITS (students); GRANT SELECT ON everyone TO app',
    heal: 'DROP TABLE everyone',
    caught: [{}],
  },
  {
    name: 'a trigger that copies rows as its owner',
    plant: `CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER spy BEFORE INSERT ON students FOR EACH ROW EXECUTE FUNCTION spy()`,
    heal: 'DROP TRIGGER spy ON students; DROP FUNCTION spy()',
    caught: [{}],
  },
  {
    name: 'a stranger with a right',
    plant: 'CREATE ROLE stranger; GRANT SELECT ON students TO stranger',
    heal: 'REVOKE ALL ON students FROM stranger; DROP ROLE stranger',
    caught: [{}],
  },
  {
    name: 'a stranger whom no policy binds',
    plant: 'CREATE ROLE stranger LOGIN BYPASSRLS',
    heal: 'DROP ROLE stranger',
    caught: [{}],
  },
  {
    name: 'row security that spares the owner',
    plant: 'ALTER TABLE students NO FORCE ROW LEVEL SECURITY',
    heal: 'ALTER TABLE students FORCE ROW LEVEL SECURITY',
    caught: [{ table: 'students' }],
  },
  {
    name: 'rights on tables to come',
    plant:
      'ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT SELECT ON TABLES TO app',
    heal: 'ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public REVOKE SELECT ON TABLES FROM app',
    caught: [{}],
  },
  {
    name: 'rows sent elsewhere',
    plant: 'CREATE PUBLICATION everything FOR ALL TABLES',
    heal: 'DROP PUBLICATION everything',
    caught: [{}],
  },
  {
    name: 'a function that claims to leak nothing',
    plant: `CREATE FUNCTION hush(text) RETURNS boolean LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT true'`,
    heal: 'DROP FUNCTION hush(text)',
    caught: [{}],
  },
];

/** What would undo a signed tenant. At level 1 anybody may say who it is, and is told so. */
export const signedHoles: readonly Hole[] = [
  grant('anybody may say who the tenant is', 'EXECUTE ON FUNCTION tenant.become(uuid)', 'app', {
    role: 'app',
    command: 'SELECT',
    context: 'spoofed',
  }),
  grant(
    'anybody may write where the tenant stands',
    'SET ON PARAMETER backtrace_functions',
    'app',
    {
      role: 'app',
      command: 'SELECT',
      context: 'spoofed',
    },
  ),
];

export const holes: readonly Hole[] = [...conditions, ...contexts, ...rights];
