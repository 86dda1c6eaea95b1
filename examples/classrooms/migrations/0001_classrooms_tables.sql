-- The classrooms application: facilitators teach classrooms, students work through lessons and
-- leave progress, events and feedback behind.
--
-- The tenant is the facilitator. Every row belongs to one, directly or through its parents, and
-- every foreign key leads towards it, so that no row can end up without an owner.

CREATE TABLE facilitators (
  id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  -- One address, one person, whatever the tenant: people sign in with it. Lower case only, so that
  -- the plain unique index is enough.
  email         text        NOT NULL UNIQUE CHECK (email = lower(email) AND email LIKE '_%@_%'),
  display_name  text        NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
  organization  text        NOT NULL CHECK (length(organization) BETWEEN 1 AND 200),
  is_active     boolean     NOT NULL DEFAULT true,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE classrooms (
  id              uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  facilitator_id  uuid        NOT NULL REFERENCES facilitators (id) ON DELETE CASCADE,
  -- What students type to join. They type nothing else, so it is unique across all tenants.
  classroom_code  text        NOT NULL UNIQUE CHECK (classroom_code ~ '^[A-Z0-9]{6,12}$'),
  name            text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  school          text        NOT NULL CHECK (length(school) BETWEEN 1 AND 200),
  grade           smallint    NOT NULL CHECK (grade BETWEEN 0 AND 12),
  is_active       boolean     NOT NULL DEFAULT true,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);

-- Students are children: no name, no address, only a number that means something in their classroom.
CREATE TABLE students (
  id              uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  classroom_id    uuid        NOT NULL REFERENCES classrooms (id) ON DELETE CASCADE,
  anonymous_id    text        NOT NULL CHECK (length(anonymous_id) BETWEEN 1 AND 64),
  is_active       boolean     NOT NULL DEFAULT true,
  last_active_at  timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (classroom_id, anonymous_id)
);

-- Lessons are content and live outside this database: lesson_id has no table to point to.
CREATE TABLE student_progress (
  id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  student_id          uuid        NOT NULL REFERENCES students (id) ON DELETE CASCADE,
  lesson_id           uuid        NOT NULL,
  completion_status   text        NOT NULL DEFAULT 'not_started'
                                  CHECK (completion_status IN ('not_started', 'in_progress', 'completed')),
  score               smallint    CHECK (score BETWEEN 0 AND 100),
  time_spent_seconds  integer     NOT NULL DEFAULT 0 CHECK (time_spent_seconds >= 0),
  completed_at        timestamptz,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  CHECK ((completion_status = 'completed') = (completed_at IS NOT NULL))
);

-- Events are counted per classroom and name no student.
CREATE TABLE analytics_events (
  id              uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  classroom_id    uuid        NOT NULL REFERENCES classrooms (id) ON DELETE CASCADE,
  event_type      text        NOT NULL CHECK (length(event_type) BETWEEN 1 AND 64),
  event_category  text        NOT NULL CHECK (length(event_category) BETWEEN 1 AND 64),
  event_value     numeric(12, 2),
  "timestamp"     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE student_feedback (
  id             uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  student_id     uuid        NOT NULL REFERENCES students (id) ON DELETE CASCADE,
  lesson_id      uuid        NOT NULL,
  feedback_type  text        NOT NULL CHECK (feedback_type IN ('rating', 'reflection', 'question')),
  rating         smallint    CHECK (rating BETWEEN 1 AND 5),
  comment        text        CHECK (length(comment) BETWEEN 1 AND 4000),
  created_at     timestamptz NOT NULL DEFAULT now(),
  -- A rating is a number, everything else is words.
  CHECK ((feedback_type = 'rating') = (rating IS NOT NULL)),
  CHECK (feedback_type = 'rating' OR comment IS NOT NULL)
);
