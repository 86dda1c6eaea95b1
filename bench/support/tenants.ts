/** The example's tables filled for many tenants. */

export interface Size {
  readonly tenants: number;
  readonly classroomsPerTenant: number;
  readonly studentsPerClassroom: number;
  readonly lessonsPerStudent: number;
}

/** Rows of student_progress, the largest table. */
export function progressRows(size: Size): number {
  const { tenants, classroomsPerTenant, studentsPerClassroom, lessonsPerStudent } = size;
  return tenants * classroomsPerTenant * studentsPerClassroom * lessonsPerStudent;
}

/** Ids are digests of what a row is, so that a query can name one without asking. */
export const id = {
  facilitator: (tenant: string) => `md5('f' || ${tenant})::uuid`,
  classroom: (tenant: string, room: string) => `md5('c' || ${tenant} || '.' || ${room})::uuid`,
  student: (tenant: string, room: string, seat: string) =>
    `md5('s' || ${tenant} || '.' || ${room} || '.' || ${seat})::uuid`,
};

/** Statements that fill the tables; to be run by a superuser, whom row security does not bind. */
export function fill(size: Size): string[] {
  const tenants = `generate_series(1, ${size.tenants}) AS t`;
  const rooms = `${tenants}, generate_series(1, ${size.classroomsPerTenant}) AS r`;
  const seats = `${rooms}, generate_series(1, ${size.studentsPerClassroom}) AS s`;
  const [facilitator, classroom, student] = [
    id.facilitator('t'),
    id.classroom('t', 'r'),
    id.student('t', 'r', 's'),
  ];
  return [
    `INSERT INTO facilitators (id, email, display_name, organization)
     SELECT ${facilitator}, t || '@example.org', 'Facilitator ' || t, 'Organization ' || t % 50 FROM ${tenants}`,
    `INSERT INTO classrooms (id, facilitator_id, classroom_code, name, school, grade)
     SELECT ${classroom}, ${facilitator}, upper(substr(md5(t || 'code' || r), 1, 12)), 'Room ' || r, 'School', r % 12
     FROM ${rooms}`,
    `INSERT INTO students (id, facilitator_id, classroom_id, anonymous_id)
     SELECT ${student}, ${facilitator}, ${classroom}, 'S-' || s FROM ${seats}`,
    `INSERT INTO student_progress
       (student_id, facilitator_id, lesson_id, completion_status, score, time_spent_seconds, completed_at)
     SELECT ${student}, ${facilitator}, md5('lesson' || l)::uuid, 'completed', (t * 7 + s * 13 + l) % 101, 300,
       timestamptz '2026-09-01' + l * interval '1 day'
     FROM ${seats}, generate_series(1, ${size.lessonsPerStudent}) AS l`,
    `INSERT INTO student_feedback (student_id, facilitator_id, lesson_id, feedback_type, rating)
     SELECT ${student}, ${facilitator}, md5('lesson1')::uuid, 'rating', 1 + s % 5 FROM ${seats}`,
    `INSERT INTO analytics_events (classroom_id, event_type, event_category)
     SELECT ${classroom}, 'lesson_opened', 'lesson' FROM ${rooms}, generate_series(1, 10)`,
    'VACUUM ANALYZE',
    'CHECKPOINT',
  ];
}
