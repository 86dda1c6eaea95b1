import { id } from './tenants.ts';

/** One question of the classrooms application, asked twice. Parameters are tenant, classroom and student by number. */
export interface Question {
  readonly name: string;
  /** How the tables it reads belong to the tenant: by their own column, or through a parent. */
  readonly through: boolean;
  /** As the application asks it, where row security knows the tenant. */
  readonly secured: string;
  /** As it must be asked where nothing but this condition keeps tenants apart. */
  readonly written: string;
  readonly parameters: 2 | 3 | 1;
}

const tenant = id.facilitator('$1::int');
const classroom = id.classroom('$1::int', '$2::int');
const student = id.student('$1::int', '$2::int', '$3::int');

/** The queries behind the application's pages: lists, one row's children, sums over a class and over everything. */
export const questions: readonly Question[] = [
  {
    name: 'my classrooms, newest first',
    through: false,
    secured:
      'SELECT id, name, grade FROM classrooms WHERE $1::int > 0 ORDER BY created_at DESC LIMIT 20',
    written: `SELECT id, name, grade FROM classrooms WHERE facilitator_id = ${tenant} ORDER BY created_at DESC LIMIT 20`,
    parameters: 1,
  },
  {
    name: 'students of a classroom',
    through: false,
    secured: `SELECT id, anonymous_id FROM students WHERE classroom_id = ${classroom}`,
    written: `SELECT id, anonymous_id FROM students WHERE classroom_id = ${classroom} AND facilitator_id = ${tenant}`,
    parameters: 2,
  },
  {
    name: 'progress of a student',
    through: false,
    secured: `SELECT lesson_id, completion_status, score FROM student_progress WHERE student_id = ${student}`,
    written: `SELECT lesson_id, completion_status, score FROM student_progress
      WHERE student_id = ${student} AND facilitator_id = ${tenant}`,
    parameters: 3,
  },
  {
    name: 'average score in a classroom',
    through: false,
    secured: `SELECT s.anonymous_id, count(*), avg(p.score) FROM students s JOIN student_progress p ON p.student_id = s.id
      WHERE s.classroom_id = ${classroom} GROUP BY s.anonymous_id`,
    written: `SELECT s.anonymous_id, count(*), avg(p.score) FROM students s JOIN student_progress p ON p.student_id = s.id
      WHERE s.classroom_id = ${classroom} AND s.facilitator_id = ${tenant} AND p.facilitator_id = ${tenant}
      GROUP BY s.anonymous_id`,
    parameters: 2,
  },
  {
    name: 'completion over all my students',
    through: false,
    secured:
      'SELECT completion_status, count(*), avg(score) FROM student_progress WHERE $1::int > 0 GROUP BY completion_status',
    written: `SELECT completion_status, count(*), avg(score) FROM student_progress
      WHERE facilitator_id = ${tenant} GROUP BY completion_status`,
    parameters: 1,
  },
  {
    name: 'events of a classroom',
    through: true,
    secured: `SELECT event_type, count(*) FROM analytics_events WHERE classroom_id = ${classroom} GROUP BY event_type`,
    written: `SELECT e.event_type, count(*) FROM analytics_events e JOIN classrooms c ON c.id = e.classroom_id
      WHERE e.classroom_id = ${classroom} AND c.facilitator_id = ${tenant} GROUP BY e.event_type`,
    parameters: 2,
  },
  {
    name: 'feedback of a student',
    through: false,
    secured: `SELECT lesson_id, rating FROM student_feedback WHERE student_id = ${student}`,
    written: `SELECT lesson_id, rating FROM student_feedback WHERE student_id = ${student} AND facilitator_id = ${tenant}`,
    parameters: 3,
  },
];
