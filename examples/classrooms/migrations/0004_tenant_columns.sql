-- The two tables that grow with every lesson carry their tenant themselves. A policy then compares one column, which
-- the keys below begin with, instead of walking through classrooms and students. All their keys hold the tenant, too:
-- neither a foreign key nor a duplicate tells anybody whether another tenant's row exists.
--
-- The application writes nothing new: tenant.id() is the tenant that the transaction has said it works for.

-- In an environment that has row security already, its force binds the owner too: lifted here, and put back by the end of
-- the transaction, so that nobody sees the state between.
ALTER TABLE classrooms NO FORCE ROW LEVEL SECURITY;
ALTER TABLE students NO FORCE ROW LEVEL SECURITY;
ALTER TABLE student_progress NO FORCE ROW LEVEL SECURITY;

ALTER TABLE classrooms ADD CONSTRAINT classrooms_tenant_key UNIQUE (id, facilitator_id);

ALTER TABLE students ADD COLUMN facilitator_id uuid DEFAULT tenant.id();
UPDATE students SET facilitator_id = c.facilitator_id FROM classrooms c WHERE c.id = students.classroom_id;
ALTER TABLE students
  ALTER COLUMN facilitator_id SET NOT NULL,
  ADD CONSTRAINT students_tenant_key UNIQUE (id, facilitator_id),
  ADD CONSTRAINT students_classroom_of_tenant_fkey
    FOREIGN KEY (classroom_id, facilitator_id) REFERENCES classrooms (id, facilitator_id) ON DELETE CASCADE,
  DROP CONSTRAINT students_classroom_id_fkey,
  ADD CONSTRAINT students_anonymous_id_key UNIQUE (facilitator_id, classroom_id, anonymous_id),
  DROP CONSTRAINT students_classroom_id_anonymous_id_key;

ALTER TABLE student_progress ADD COLUMN facilitator_id uuid DEFAULT tenant.id();
UPDATE student_progress SET facilitator_id = s.facilitator_id FROM students s WHERE s.id = student_progress.student_id;
ALTER TABLE student_progress
  ALTER COLUMN facilitator_id SET NOT NULL,
  ADD CONSTRAINT student_progress_student_of_tenant_fkey
    FOREIGN KEY (student_id, facilitator_id) REFERENCES students (id, facilitator_id) ON DELETE CASCADE,
  DROP CONSTRAINT student_progress_student_id_fkey,
  ADD CONSTRAINT student_progress_lesson_key UNIQUE (facilitator_id, student_id, lesson_id);
DROP INDEX idx_student_progress_student_lesson;
CREATE INDEX idx_student_progress_student_lesson ON student_progress (student_id, lesson_id);

ALTER TABLE classrooms FORCE ROW LEVEL SECURITY;
ALTER TABLE students FORCE ROW LEVEL SECURITY;
ALTER TABLE student_progress FORCE ROW LEVEL SECURITY;
