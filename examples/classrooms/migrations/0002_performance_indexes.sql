-- The indexes behind the application's queries. Those on facilitator_id, classroom_id and student_id
-- also carry row security (see 0003): without them a policy reads every tenant's rows to find one's own.

-- Signing in, and lists by organisation.
CREATE INDEX idx_facilitators_email_active ON facilitators (email, is_active);
CREATE INDEX idx_facilitators_organization ON facilitators (organization);

-- A facilitator's classrooms, and joining by code.
CREATE INDEX idx_classrooms_facilitator_id ON classrooms (facilitator_id);
CREATE INDEX idx_classrooms_code_active ON classrooms (classroom_code, is_active);
CREATE INDEX idx_classrooms_created_at ON classrooms (created_at);

-- A classroom's students.
CREATE INDEX idx_students_classroom_id ON students (classroom_id);
CREATE INDEX idx_students_anonymous_id ON students (anonymous_id);
CREATE INDEX idx_students_active ON students (is_active);
CREATE INDEX idx_students_last_active ON students (last_active_at);

-- Progress. Unique, because a student has one state per lesson; a second index would only cost writes.
CREATE UNIQUE INDEX idx_student_progress_student_lesson ON student_progress (student_id, lesson_id);
CREATE INDEX idx_student_progress_completion ON student_progress (completion_status);
CREATE INDEX idx_student_progress_updated_at ON student_progress (updated_at);

-- Analytics over a span of time, by kind, by classroom.
CREATE INDEX idx_analytics_events_timestamp ON analytics_events ("timestamp");
CREATE INDEX idx_analytics_events_type_category ON analytics_events (event_type, event_category);
CREATE INDEX idx_analytics_events_classroom ON analytics_events (classroom_id);

-- Feedback: a student may say several things about one lesson, so this one is not unique.
CREATE INDEX idx_student_feedback_student_lesson ON student_feedback (student_id, lesson_id);
CREATE INDEX idx_student_feedback_type ON student_feedback (feedback_type);
CREATE INDEX idx_student_feedback_created_at ON student_feedback (created_at);
