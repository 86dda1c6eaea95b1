-- Row security: a facilitator sees and changes what belongs to that facilitator, and nothing else.
--
-- The application says who it works for, inside each transaction:
--
--   SELECT set_config('app.facilitator_id', '<uuid>', true);
--
-- With `true` the setting ends with the transaction, so that nothing is left on a server connection
-- that PgBouncer hands to the next client. Whoever says nothing sees nothing: an unset or empty setting
-- is NULL, and NULL equals no id. A setting that is no uuid is an error.
--
-- Policies name the NOLOGIN roles that hold the grants (app, readonly); logins inherit from them. ENABLE
-- alone would spare the tables' owner, so FORCE binds the owner too: migrator has no policy and sees
-- no rows. Only a role with BYPASSRLS (backup) reads everything.
--
-- Three habits keep the policies fast:
--   * the setting is read in a sub-select, once per statement instead of once per row;
--   * USING collects the tenant's parents into an array first, once per statement, so that the children come
--     out of the index on their parent column; IN or EXISTS would walk through every tenant's rows;
--   * WITH CHECK asks for the one parent of the new row, by primary key.

-- What everybody has by default: connecting, temporary tables, and (in databases made by older servers)
-- new objects in schema public. Who may connect is granted role by role, beside the roles.
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

ALTER TABLE facilitators ENABLE ROW LEVEL SECURITY;
ALTER TABLE facilitators FORCE ROW LEVEL SECURITY;

CREATE POLICY facilitators_app ON facilitators FOR ALL TO app
USING (
  id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
)
WITH CHECK (
  id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
);

CREATE POLICY facilitators_readonly ON facilitators FOR SELECT TO readonly
USING (
  id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
);

ALTER TABLE classrooms ENABLE ROW LEVEL SECURITY;
ALTER TABLE classrooms FORCE ROW LEVEL SECURITY;

CREATE POLICY classrooms_app ON classrooms FOR ALL TO app
USING (
  facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
)
WITH CHECK (
  facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
);

CREATE POLICY classrooms_readonly ON classrooms FOR SELECT TO readonly
USING (
  facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
);

ALTER TABLE students ENABLE ROW LEVEL SECURITY;
ALTER TABLE students FORCE ROW LEVEL SECURITY;

CREATE POLICY students_app ON students FOR ALL TO app
USING (
  classroom_id = ANY (ARRAY (
    SELECT c.id
    FROM classrooms c
    WHERE c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  ))
)
WITH CHECK (
  EXISTS (
    SELECT FROM classrooms c
    WHERE c.id = students.classroom_id
      AND c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  )
);

CREATE POLICY students_readonly ON students FOR SELECT TO readonly
USING (
  classroom_id = ANY (ARRAY (
    SELECT c.id
    FROM classrooms c
    WHERE c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  ))
);

ALTER TABLE analytics_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics_events FORCE ROW LEVEL SECURITY;

CREATE POLICY analytics_events_app ON analytics_events FOR ALL TO app
USING (
  classroom_id = ANY (ARRAY (
    SELECT c.id
    FROM classrooms c
    WHERE c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  ))
)
WITH CHECK (
  EXISTS (
    SELECT FROM classrooms c
    WHERE c.id = analytics_events.classroom_id
      AND c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  )
);

CREATE POLICY analytics_events_readonly ON analytics_events FOR SELECT TO readonly
USING (
  classroom_id = ANY (ARRAY (
    SELECT c.id
    FROM classrooms c
    WHERE c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  ))
);

ALTER TABLE student_progress ENABLE ROW LEVEL SECURITY;
ALTER TABLE student_progress FORCE ROW LEVEL SECURITY;

CREATE POLICY student_progress_app ON student_progress FOR ALL TO app
USING (
  student_id = ANY (ARRAY (
    SELECT s.id
    FROM students s
    JOIN classrooms c ON c.id = s.classroom_id
    WHERE c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  ))
)
WITH CHECK (
  EXISTS (
    SELECT FROM students s
    JOIN classrooms c ON c.id = s.classroom_id
    WHERE s.id = student_progress.student_id
      AND c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  )
);

CREATE POLICY student_progress_readonly ON student_progress FOR SELECT TO readonly
USING (
  student_id = ANY (ARRAY (
    SELECT s.id
    FROM students s
    JOIN classrooms c ON c.id = s.classroom_id
    WHERE c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  ))
);

ALTER TABLE student_feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE student_feedback FORCE ROW LEVEL SECURITY;

CREATE POLICY student_feedback_app ON student_feedback FOR ALL TO app
USING (
  student_id = ANY (ARRAY (
    SELECT s.id
    FROM students s
    JOIN classrooms c ON c.id = s.classroom_id
    WHERE c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  ))
)
WITH CHECK (
  EXISTS (
    SELECT FROM students s
    JOIN classrooms c ON c.id = s.classroom_id
    WHERE s.id = student_feedback.student_id
      AND c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  )
);

CREATE POLICY student_feedback_readonly ON student_feedback FOR SELECT TO readonly
USING (
  student_id = ANY (ARRAY (
    SELECT s.id
    FROM students s
    JOIN classrooms c ON c.id = s.classroom_id
    WHERE c.facilitator_id = (SELECT nullif(current_setting('app.facilitator_id', true), '')::uuid)
  ))
);
