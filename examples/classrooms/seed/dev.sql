-- Sample data for development: 60 facilitators, 600 classrooms, about 12,000 students with their
-- progress, events and feedback.
--
-- It is run as role app, and each facilitator's rows are written as that tenant, so the data itself has passed every
-- policy. It is one statement, hence one transaction, and the tenant ends with it. Only whoever sows may call
-- tenant.become, which takes anybody's word for who the tenant is; the application shows a token or sets the setting.
--
-- Nothing is random. An id is the md5 of what the row is, everything else is read off the id's bytes, and the
-- calendar begins at a fixed day: every machine gets the same rows, and a second run adds none.
-- Facilitator 1 is always ad7e0ffe-31c7-1a84-0815-c2e3382d330d.

DO $$
DECLARE
  -- First day of term. Fixed, for the same rows everywhere.
  term constant timestamptz := '2026-09-01 08:00:00+00';
  lessons constant integer := 12;

  given constant text[] := ARRAY[
    'Amara', 'Ben', 'Chiara', 'Dmitri', 'Elena', 'Farid', 'Grace', 'Hiro', 'Ines', 'Jonas',
    'Katya', 'Liam', 'Maya', 'Noor', 'Olga', 'Pablo', 'Quinn', 'Rosa', 'Samir', 'Tess'];
  family constant text[] := ARRAY[
    'Abara', 'Bergström', 'Castillo', 'D''Angelo', 'Eriksen', 'Farouk', 'García', 'Haddad', 'Ito',
    'Jensen', 'Kowalska', 'Lindqvist', 'Moreau', 'Nakamura', 'O''Connor', 'Petrov', 'Rossi'];
  organizations constant text[] := ARRAY[
    'Riverside School District', 'Northgate Learning Trust', 'Lakeview Youth Foundation',
    'Harbor City Schools', 'Maple Valley District', 'Bright Futures Network', 'Southside Academies'];
  schools constant text[] := ARRAY[
    'Oak Hill Elementary', 'Cedar Grove School', 'Lincoln Middle School', 'Willow Creek School',
    'Franklin Elementary', 'Sunrise Academy', 'Marie Curie School', 'Stone Bridge Middle School',
    'Meadow Lane School', 'Harriet Tubman Elementary', 'Saint-Exupéry School'];
  subjects constant text[] := ARRAY[
    'Morning Circle', 'Homeroom', 'Reading Group', 'Science Club', 'After School', 'Advisory'];
  event_types constant text[] := ARRAY[
    'lesson_opened', 'lesson_finished', 'video_watched', 'quiz_answered', 'group_activity', 'student_joined'];
  event_categories constant text[] := ARRAY[
    'lesson', 'lesson', 'media', 'assessment', 'activity', 'session'];
  reflections constant text[] := ARRAY[
    'I helped someone at lunch today.', 'I liked the story about the two friends.',
    'It was hard to say sorry, but I did.', 'We made a poster together.',
    'I want to listen better.', 'The game was fun.'];
  questions constant text[] := ARRAY[
    'Can we do the group game again?', 'What if nobody wants to share?',
    'Why did she not tell her teacher?', 'Is there a next part?'];

  me uuid;
  person text;
BEGIN
  FOR n IN 1..60 LOOP
    me := md5('facilitator ' || n)::uuid;
    PERFORM tenant.become(me);

    person := given[1 + n % 20] || ' ' || family[1 + n % 17];
    INSERT INTO facilitators (id, email, display_name, organization, is_active, created_at, updated_at)
    VALUES (
      me,
      lower(given[1 + n % 20]) || '.' || n || '@example.org',
      person,
      organizations[1 + n % 7],
      n % 15 <> 0,
      term - n * interval '1 day',
      term - n * interval '1 day'
    )
    ON CONFLICT DO NOTHING;

    INSERT INTO classrooms
      (id, facilitator_id, classroom_code, name, school, grade, is_active, created_at, updated_at)
    SELECT
      id,
      me,
      upper(substr(md5('code ' || id), 1, 8)),
      subjects[1 + get_byte(bytes, 0) % 6] || ' ' || chr(65 + room),
      schools[1 + get_byte(bytes, 1) % 11],
      3 + get_byte(bytes, 2) % 6,
      get_byte(bytes, 3) % 10 <> 0,
      term - get_byte(bytes, 4) * interval '2 hours',
      term + get_byte(bytes, 5) * interval '5 hours'
    FROM generate_series(1, 10) AS room,
      LATERAL (SELECT md5('classroom ' || n || ' ' || room)::uuid AS id) AS row_id,
      LATERAL (SELECT uuid_send(id) AS bytes) AS row_bytes
    ON CONFLICT DO NOTHING;

    -- 15 to 25 students each.
    INSERT INTO students (id, classroom_id, anonymous_id, is_active, last_active_at, created_at)
    SELECT
      row_id.id,
      c.id,
      'S-' || lpad(seat::text, 3, '0'),
      get_byte(bytes, 0) % 12 <> 0,
      CASE WHEN get_byte(bytes, 1) % 20 <> 0
        THEN term + get_byte(bytes, 2) * interval '6 hours' + get_byte(bytes, 3) * interval '1 minute' END,
      term + get_byte(bytes, 4) * interval '20 minutes'
    FROM classrooms AS c,
      LATERAL generate_series(1, 15 + get_byte(uuid_send(c.id), 6) % 11) AS seat,
      LATERAL (SELECT md5('student ' || c.id || ' ' || seat)::uuid AS id) AS row_id,
      LATERAL (SELECT uuid_send(row_id.id) AS bytes) AS row_bytes
    ON CONFLICT DO NOTHING;

    -- The first 2 to 4 lessons; all but the last one begun are completed by most.
    INSERT INTO student_progress
      (id, student_id, lesson_id, completion_status, score, time_spent_seconds, completed_at, created_at, updated_at)
    SELECT
      row_id.id,
      s.id,
      md5('lesson ' || lesson)::uuid,
      status,
      CASE WHEN status = 'completed' THEN 55 + get_byte(bytes, 1) % 46 END,
      CASE WHEN status = 'not_started' THEN 0 ELSE 120 + get_byte(bytes, 2) * 7 END,
      CASE WHEN status = 'completed' THEN begun + get_byte(bytes, 3) * interval '10 minutes' END,
      begun,
      begun + get_byte(bytes, 3) * interval '10 minutes'
    FROM students AS s,
      LATERAL generate_series(1, 2 + get_byte(uuid_send(s.id), 5) % 3) AS lesson,
      LATERAL (SELECT md5('progress ' || s.id || ' ' || lesson)::uuid AS id) AS row_id,
      LATERAL (SELECT uuid_send(row_id.id) AS bytes) AS row_bytes,
      LATERAL (SELECT
        CASE WHEN get_byte(bytes, 0) < 170 THEN 'completed'
          WHEN get_byte(bytes, 0) < 225 THEN 'in_progress'
          ELSE 'not_started' END AS status,
        term + lesson * interval '7 days' + get_byte(bytes, 4) * interval '3 minutes' AS begun) AS progress
    ON CONFLICT DO NOTHING;

    -- 40 events each, spread over the term.
    INSERT INTO analytics_events (id, classroom_id, event_type, event_category, event_value, "timestamp")
    SELECT
      row_id.id,
      c.id,
      event_types[1 + kind],
      event_categories[1 + kind],
      CASE kind WHEN 2 THEN get_byte(bytes, 1) * 4.5 WHEN 3 THEN get_byte(bytes, 1) % 101 ELSE 1 END,
      term + event * interval '2 days' + get_byte(bytes, 2) * interval '2 minutes'
    FROM classrooms AS c,
      generate_series(1, 40) AS event,
      LATERAL (SELECT md5('event ' || c.id || ' ' || event)::uuid AS id) AS row_id,
      LATERAL (SELECT uuid_send(row_id.id) AS bytes) AS row_bytes,
      LATERAL (SELECT get_byte(bytes, 0) % 6 AS kind) AS event_kind
    ON CONFLICT DO NOTHING;

    -- About half of the students say something about one lesson.
    INSERT INTO student_feedback (id, student_id, lesson_id, feedback_type, rating, comment, created_at)
    SELECT
      row_id.id,
      s.id,
      md5('lesson ' || 1 + get_byte(bytes, 0) % lessons)::uuid,
      kind,
      CASE WHEN kind = 'rating' THEN 5 - get_byte(bytes, 2) % 7 % 5 END,
      CASE kind
        WHEN 'reflection' THEN reflections[1 + get_byte(bytes, 3) % 6]
        WHEN 'question' THEN questions[1 + get_byte(bytes, 3) % 4] END,
      term + get_byte(bytes, 4) * interval '7 hours'
    FROM students AS s,
      LATERAL (SELECT md5('feedback ' || s.id)::uuid AS id) AS row_id,
      LATERAL (SELECT uuid_send(row_id.id) AS bytes) AS row_bytes,
      LATERAL (SELECT CASE WHEN get_byte(bytes, 1) < 160 THEN 'rating'
        WHEN get_byte(bytes, 1) < 225 THEN 'reflection'
        ELSE 'question' END AS kind) AS feedback_kind
    WHERE get_byte(uuid_send(s.id), 7) < 128
    ON CONFLICT DO NOTHING;
  END LOOP;

  -- Whoever ran this inside a transaction of their own goes on as nobody.
  PERFORM tenant.become(NULL);
END
$$;
