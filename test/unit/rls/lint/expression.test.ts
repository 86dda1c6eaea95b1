import { describe, expect, it } from '@jest/globals';
import {
  alwaysTrue,
  hasOr,
  outsideSubselects,
  perRowCalls,
  readsItself,
  readsTenant,
  unsetSetting,
  walksAll,
} from '../../../../rls/lint/expression.ts';

const own = '(facilitator_id = ( SELECT tenant.id() AS id))';
const array =
  '(classroom_id = ANY (ARRAY( SELECT classrooms.id FROM public.classrooms WHERE (classrooms.facilitator_id = ( SELECT tenant.id() AS id)))))';

describe('outsideSubselects', () => {
  it.each([
    [own, '(facilitator_id = ( SELECT))'],
    [array, '(classroom_id = ANY (ARRAY( SELECT)))'],
    [`(a = '( SELECT 1)'::text)`, `(a = '( SELECT 1)'::text)`],
    [`(a = ( SELECT ')'::text) AND b)`, '(a = ( SELECT) AND b)'],
    ['("( SELECT" = 1)', '("( SELECT" = 1)'],
  ])('%s', (text, outside) => {
    expect(outsideSubselects(text)).toBe(outside);
  });
});

describe('alwaysTrue', () => {
  it.each([
    'true',
    '(true)',
    '(1 = 1)',
    `('x'::text = 'x'::text)`,
    '((a = 1) OR true)',
    '(true AND (1 = 1))',
    '(NOT false)',
  ])('is %s', (text) => {
    expect(alwaysTrue(text)).toBe(true);
  });
  it.each([
    'false',
    '(1 = 2)',
    '((a = 1) AND true)',
    own,
    array,
    `(a = 'true'::text)`,
    '(a OR b)',
    `(a = ' OR true'::text)`,
  ])('is not %s', (text) => {
    expect(alwaysTrue(text)).toBe(false);
  });
});

describe('perRowCalls', () => {
  it.each([
    [`(id = (current_setting('app.x'::text, true))::uuid)`, ['current_setting']],
    [`(id = (NULLIF(current_setting('app.x'::text, true), ''::text))::uuid)`, ['current_setting']],
    ['(id = tenant.id())', ['tenant.id']],
    [
      `(id = CASE WHEN pg_input_is_valid(current_setting('a.b'::text, true), 'uuid'::text) THEN auth.me() END)`,
      ['pg_input_is_valid', 'current_setting', 'auth.me'],
    ],
    [own, []],
    [array, []],
    ['(lower(email) = ( SELECT tenant.mail() AS mail))', []],
    ['(private.may_see(id) AND (created_at < now()))', []],
    [`(name = 'tenant.id()'::text)`, []],
    ['((name)::character varying(20) = ANY (ARRAY[1, 2]))', []],
  ])('%s', (text, calls) => {
    expect(perRowCalls(text)).toEqual(calls);
  });
});

describe('hasOr', () => {
  it.each([
    ['((a = 1) OR (b = 2))', true],
    [`(a = ' OR '::text)`, false],
    ['(a = ( SELECT b.id FROM b WHERE (b.x OR b.y)))', false],
  ])('%s is %s', (text, or) => {
    expect(hasOr(text)).toBe(or);
  });
});

describe('walksAll', () => {
  it.each([
    ['(classroom_id IN ( SELECT c.id FROM public.classrooms c))', true],
    ['(EXISTS ( SELECT FROM public.classrooms c WHERE (c.id = students.classroom_id)))', true],
    [array, false],
    [own, false],
    ['(a = ANY (ARRAY( SELECT s.id FROM s WHERE (s.c IN ( SELECT c.id FROM c)))))', false],
  ])('%s is %s', (text, walks) => {
    expect(walksAll(text)).toBe(walks);
  });
});

describe('readsTenant', () => {
  it.each([
    [own, true],
    [`(id = (current_setting('app.tenant'::text, true))::uuid)`, true],
    [`(id = (current_setting('app.other'::text, true))::uuid)`, false],
    ['(id = subtenant.id())', false],
    ['is_active', false],
  ])('%s is %s', (text, reads) => {
    expect(readsTenant(text, 'app.tenant')).toBe(reads);
  });
});

describe('unsetSetting', () => {
  it.each([
    [`(id = (current_setting('app.x'::text))::uuid)`, /never set/],
    [`(id = ( SELECT (current_setting('app.x'::text, true))::uuid AS s))`, /after a transaction/],
  ])('%s', (text, said) => {
    expect(unsetSetting(text)).toMatch(said);
  });
  it.each([
    `(id = ( SELECT (NULLIF(current_setting('app.x'::text, true), ''::text))::uuid AS n))`,
    `(name = current_setting('app.x'::text, true))`,
    `(id = ( SELECT CASE WHEN pg_input_is_valid(current_setting('a.b'::text, true), 'uuid'::text) THEN (current_setting('a.b'::text, true))::uuid END))`,
    own,
  ])('has nothing against %s', (text) => {
    expect(unsetSetting(text)).toBeUndefined();
  });
});

describe('readsItself', () => {
  it.each([
    ['(id IN ( SELECT s.id FROM public.students s))', true],
    ['(EXISTS ( SELECT FROM (public.classrooms c JOIN students ON (true))))', true],
    [array, false],
    ['(id IN ( SELECT s.id FROM public.students_archive s))', false],
  ])('%s is %s', (text, itself) => {
    expect(readsItself(text, 'students')).toBe(itself);
  });
});
