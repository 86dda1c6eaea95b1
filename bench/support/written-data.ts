/** The example's tables with much in them, most of it words: what a year of classrooms leaves behind. */

/** What a row of each kind takes with its indexes, in bytes: measured once, to meet a size. */
const FEEDBACK_BYTES = 1950;
const EVENT_BYTES = 260;
const PROGRESS_BYTES = 330;

const TENANTS = 1000;
const SENTENCES = 100_000;
/** Of a comment: about 1,700 characters. */
const SENTENCES_OF_A_COMMENT = 14;
/** Comments that differ; more rows say the same again. */
const COMMENTS = 150_000;

/**
 * Statements that fill the tables to about `bytes`; for a superuser, in one session. Three fifths are comments, which come again
 * after a few hundred MB: too far apart for a compressor to remember them.
 */
export function fillTo(bytes: number): string[] {
  const feedback = Math.round((bytes * 0.6) / FEEDBACK_BYTES);
  const comments = Math.min(feedback, COMMENTS);
  const events = Math.round((bytes * 0.2) / EVENT_BYTES);
  const progress = Math.round((bytes * 0.2) / PROGRESS_BYTES);
  const facilitator = (of: string) => `md5('f' || ${of})::uuid`;
  const classroom = (of: string) => `md5('c' || ${of})::uuid`;
  const student = (of: string) => `md5('s' || ${of})::uuid`;
  const tenant = `(n % ${TENANTS})`;
  return [
    // Rows come by the million: their keys are right because they are computed, not because each is looked up.
    `SET session_replication_role = replica`,
    `SET synchronous_commit = off`,
    `SET work_mem = '256MB'`,
    `SELECT setseed(0.42)`,
    `CREATE TEMP TABLE word AS
       SELECT n, translate(substr(md5(n::text), 1, 2 + n % 8), '0123456789', 'ghijklmnop') AS word
       FROM generate_series(0, 4999) AS n`,
    `CREATE TEMP TABLE sentence AS
       SELECT s.n, string_agg(w.word, ' ') || '.' AS sentence
       FROM (SELECT n, (power(random(), 2) * 4999)::int AS pick
             FROM generate_series(0, ${SENTENCES - 1}) AS n, generate_series(1, 20)) AS s
       JOIN word AS w ON w.n = s.pick GROUP BY s.n`,
    `ANALYZE sentence`,
    `INSERT INTO facilitators (id, email, display_name, organization)
       SELECT ${facilitator(tenant)}, n || '@example.org', 'Facilitator ' || n, 'Organization ' || n % 50
       FROM generate_series(0, ${TENANTS - 1}) AS n`,
    `INSERT INTO classrooms (id, facilitator_id, classroom_code, name, school, grade)
       SELECT ${classroom(tenant)}, ${facilitator(tenant)}, upper(substr(md5('code' || n), 1, 12)), 'Room', 'School', 5
       FROM generate_series(0, ${TENANTS - 1}) AS n`,
    `INSERT INTO students (id, facilitator_id, classroom_id, anonymous_id)
       SELECT ${student(tenant)}, ${facilitator(tenant)}, ${classroom(tenant)}, 'S-1'
       FROM generate_series(0, ${TENANTS - 1}) AS n`,
    `CREATE TEMP TABLE said AS
       SELECT p.n, string_agg(s.sentence, ' ') AS words
       FROM (SELECT n, (random() * ${SENTENCES - 1})::int AS pick
             FROM generate_series(0, ${comments - 1}) AS n, generate_series(1, ${SENTENCES_OF_A_COMMENT})) AS p
       JOIN sentence AS s ON s.n = p.pick GROUP BY p.n`,
    ...Array.from(
      { length: Math.ceil(feedback / comments) },
      (
        _,
        round,
      ) => `INSERT INTO student_feedback (student_id, facilitator_id, lesson_id, feedback_type, comment)
       SELECT ${student(tenant)}, ${facilitator(tenant)}, md5('lesson' || (n + ${round}) % 400)::uuid, 'reflection', words
       FROM said`,
    ),
    `INSERT INTO analytics_events (classroom_id, event_type, event_category, event_value, "timestamp")
       SELECT ${classroom(tenant)}, 'lesson_' || n % 7, 'lesson', (random() * 1000)::numeric(12, 2),
         timestamptz '2026-01-01' + n * interval '2 seconds'
       FROM generate_series(1, ${events}) AS n`,
    `INSERT INTO student_progress
         (student_id, facilitator_id, lesson_id, completion_status, score, time_spent_seconds, completed_at)
       SELECT ${student(tenant)}, ${facilitator(tenant)}, md5('lesson' || n / ${TENANTS})::uuid, 'completed', n % 101,
         (random() * 3000)::int, timestamptz '2026-01-01' + n * interval '3 seconds'
       FROM generate_series(1, ${progress}) AS n`,
    `RESET session_replication_role`,
    `VACUUM ANALYZE`,
    `CHECKPOINT`,
  ];
}
