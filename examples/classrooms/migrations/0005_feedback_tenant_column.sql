-- Feedback carries its tenant itself, as progress does since 0004: a policy that leads through students collects every
-- student of the tenant first, some hundreds, to show what one of them said.
--
-- The application writes nothing new: tenant.id() is the tenant that the transaction has said it works for.

-- The force of row security binds the owner too: lifted here, and put back by the end of the transaction, so that nobody
-- sees the state between.
ALTER TABLE students NO FORCE ROW LEVEL SECURITY;
ALTER TABLE student_feedback NO FORCE ROW LEVEL SECURITY;

ALTER TABLE student_feedback ADD COLUMN facilitator_id uuid DEFAULT tenant.id();
UPDATE student_feedback SET facilitator_id = s.facilitator_id FROM students s WHERE s.id = student_feedback.student_id;
ALTER TABLE student_feedback
  ALTER COLUMN facilitator_id SET NOT NULL,
  ADD CONSTRAINT student_feedback_student_of_tenant_fkey
    FOREIGN KEY (student_id, facilitator_id) REFERENCES students (id, facilitator_id) ON DELETE CASCADE,
  DROP CONSTRAINT student_feedback_student_id_fkey;

-- One index for the policy, the queries and the foreign key, in the place of the one without the tenant. It is not
-- unique: a student may say several things about one lesson.
DROP INDEX idx_student_feedback_student_lesson;
CREATE INDEX idx_student_feedback_student_lesson ON student_feedback (facilitator_id, student_id, lesson_id);

ALTER TABLE students FORCE ROW LEVEL SECURITY;
ALTER TABLE student_feedback FORCE ROW LEVEL SECURITY;
