import { describe, expect, it } from '@jest/globals';
import { bind } from '../../../../rls/audit/bind.ts';
import { formatRoles, withoutMemberLogins } from '../../../../rls/audit/finding.ts';
import { examplePlan } from './clean-server.ts';

const plan = examplePlan.schema;

describe('bind', () => {
  it('numbers names in the order in which they come, each once', () => {
    expect(bind('a = {schema} and b = any({groups}) or c = {schema}', plan)).toEqual({
      text: 'a = $1::text and b = any($2::text[]) or c = $1::text',
      values: ['public', ['app', 'readonly']],
    });
  });
  it('hands a query without names over as it is', () => {
    expect(bind(`select '{}'::text[]`, plan)).toEqual({ text: `select '{}'::text[]`, values: [] });
  });
  it('says what there is when a name is not known', () => {
    expect(() => bind('{schem}', plan)).toThrow(/^\{schem\} is not known: schema, owner/);
  });
  it('knows the column that leads to the tenant, table by table', () => {
    const { values } = bind('{keyed} {keys} {tenants} {revealed}', plan);
    const [tables, columns, tenants, revealed] = values as readonly string[][];
    expect(tables?.map((table, place) => `${table}.${columns?.[place] ?? ''}`)).toEqual([
      'facilitators.id',
      'classrooms.facilitator_id',
      'students.facilitator_id',
      'student_progress.facilitator_id',
      'analytics_events.classroom_id',
      'student_feedback.facilitator_id',
    ]);
    expect(tenants).toEqual([
      'facilitators',
      'classrooms',
      'students',
      'student_progress',
      'student_feedback',
    ]);
    expect(revealed).toEqual(['facilitators_email_key', 'classrooms_classroom_code_key']);
  });
});

describe('whom a finding names', () => {
  it.each([
    [['app', 'app_a', 'app_b', 'readonly_a'], 'app and readonly_a'],
    [['app_b', 'app_a'], 'app_a and app_b'],
    [['app', 'public', 'readonly'], 'everybody'],
    [['health', 'app', 'monitor'], 'app, health and monitor'],
    [[], 'nobody'],
  ])('%j is %s', (names, words) => {
    expect(formatRoles(withoutMemberLogins(names, plan))).toBe(words);
  });
});
