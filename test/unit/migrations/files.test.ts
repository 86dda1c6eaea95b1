import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '../../../examples/classrooms/migrations');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .sort();

/** The text of a migration without its comments, every run of white space made one blank. */
const sql = (file: string): string =>
  readFileSync(path.join(folder, file), 'utf8').replace(/--.*$/gm, '').replace(/\s+/g, ' ');

/** What the only group of the pattern finds, sorted. */
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '').sort();

const tables = [
  'analytics_events',
  'classrooms',
  'facilitators',
  'student_feedback',
  'student_progress',
  'students',
];

describe('the migration files', () => {
  it('are these, in this order', () => {
    expect(files).toEqual([
      '0001_classrooms_tables.sql',
      '0002_performance_indexes.sql',
      '0004_tenant_columns.sql',
      '0005_feedback_tenant_column.sql',
    ]);
  });

  it('have numbers of four digits, each once, and never 0003 again', () => {
    const numbers = files.map((name) => /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]);
    expect(new Set(numbers).size).toBe(files.length);
    expect(numbers).not.toContain(undefined);
    expect(numbers).not.toContain('0003');
  });

  it.each(files)('%s leaves its transaction to whoever applies it', (file) => {
    expect(sql(file)).not.toMatch(/(^|; )(BEGIN|COMMIT|ROLLBACK)\b|\bCONCURRENTLY\b/i);
  });

  it.each(files)('%s grants nothing and has no policies: access/ declares them', (file) => {
    expect(sql(file)).not.toMatch(/\bGRANT\b|\bPOLICY\b|\b(ENABLE|DISABLE) ROW\b/i);
  });

  it.each(files)('%s is loud when something is there already', (file) => {
    expect(sql(file)).not.toMatch(/\bIF NOT EXISTS\b|\bOR REPLACE\b/i);
  });
});

describe('0001: the tables', () => {
  const text = sql('0001_classrooms_tables.sql');

  it('makes the six tables', () => {
    expect(found(text, /CREATE TABLE (\w+)/g)).toEqual(tables);
  });

  it('cascades along every foreign key', () => {
    expect(found(text, /REFERENCES (\w+ \(id\)(?: ON DELETE \w+)?)/g)).toEqual([
      'classrooms (id) ON DELETE CASCADE',
      'classrooms (id) ON DELETE CASCADE',
      'facilitators (id) ON DELETE CASCADE',
      'students (id) ON DELETE CASCADE',
      'students (id) ON DELETE CASCADE',
    ]);
  });
});

describe('0002: the indexes', () => {
  it('makes every index of the plan, by its name and columns', () => {
    const text = sql('0002_performance_indexes.sql').replaceAll('"', '');
    expect(found(text, /CREATE (?:UNIQUE )?INDEX ([^;]+);/g)).toEqual([
      'idx_analytics_events_classroom ON analytics_events (classroom_id)',
      'idx_analytics_events_timestamp ON analytics_events (timestamp)',
      'idx_analytics_events_type_category ON analytics_events (event_type, event_category)',
      'idx_classrooms_code_active ON classrooms (classroom_code, is_active)',
      'idx_classrooms_created_at ON classrooms (created_at)',
      'idx_classrooms_facilitator_id ON classrooms (facilitator_id)',
      'idx_facilitators_email_active ON facilitators (email, is_active)',
      'idx_facilitators_organization ON facilitators (organization)',
      'idx_student_feedback_created_at ON student_feedback (created_at)',
      'idx_student_feedback_student_lesson ON student_feedback (student_id, lesson_id)',
      'idx_student_feedback_type ON student_feedback (feedback_type)',
      'idx_student_progress_completion ON student_progress (completion_status)',
      'idx_student_progress_student_lesson ON student_progress (student_id, lesson_id)',
      'idx_student_progress_updated_at ON student_progress (updated_at)',
      'idx_students_active ON students (is_active)',
      'idx_students_anonymous_id ON students (anonymous_id)',
      'idx_students_classroom_id ON students (classroom_id)',
      'idx_students_last_active ON students (last_active_at)',
    ]);
  });
});

describe('a migration that changes rows', () => {
  it.each([
    ['0004_tenant_columns.sql', ['classrooms', 'student_progress', 'students']],
    ['0005_feedback_tenant_column.sql', ['student_feedback', 'students']],
  ])('%s puts the force back that it lifts, table by table', (file, tables) => {
    const text = sql(file);
    const lifted = found(text, /ALTER TABLE (\w+) NO FORCE ROW LEVEL SECURITY/g);
    expect(lifted).toEqual(tables);
    expect(found(text, /ALTER TABLE (\w+) FORCE ROW LEVEL SECURITY/g)).toEqual(lifted);
  });
});
