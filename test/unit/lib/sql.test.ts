/**
 * Names and texts, put to a real Postgres inside this process.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import fc from 'fast-check';
import { identifier, literal, objectName, qualified, role } from '../../../lib/sql.ts';
import { runs } from '../../support/runs.ts';

declare const PGlite: typeof pglite.PGlite;

// A Postgres shares the processor with whatever else is tested.
jest.setTimeout(600_000);

let db: pglite.PGlite;

beforeAll(async () => {
  db = await PGlite.create();
  await db.exec('CREATE TABLE plain (n int)');
});

afterAll(() => db.close());

const one = async (sql: string, values?: unknown[]): Promise<unknown> =>
  (await db.query<{ value: unknown }>(sql, values)).rows[0]?.value;

/** Whatever people and attackers write, with what means something to SQL much more often. */
const nasty = fc.constantFrom(
  ...["'", '"', '\\', '$$', '--', '/*', '*/', ';', '\n', '\t', ' ', '\u0000', '%', '{', '}', ':x'],
  ...['ü', '🙂', '\u0301', '\u202e', '\ud800', 'SELECT', 'a', '_', '0', "E'", 'U&"', '\u00a0'],
);
const anything = fc.oneof(
  fc.string({ unit: nasty, maxLength: 20 }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);
const held = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
const names = anything.filter((text) => held(text) && text !== '' && Buffer.byteLength(text) <= 63);

describe('literal', () => {
  it.each(['on', 'off'])(
    'means the same text with standard_conforming_strings %s',
    async (setting) => {
      await db.exec(
        `SET standard_conforming_strings = ${setting}; SET escape_string_warning = off`,
      );
      await fc.assert(
        fc.asyncProperty(anything.filter(held), async (text) => {
          expect(await one(`SELECT ${literal(text)} AS value`)).toBe(text);
        }),
        { numRuns: runs(500) },
      );
      await db.exec('RESET standard_conforming_strings');
    },
  );

  it('refuses what Postgres cannot hold', () => {
    fc.assert(
      fc.property(
        anything.filter((text) => !held(text)),
        (text) => expect(() => literal(text)).toThrow('holds a NUL or half a character'),
      ),
    );
    expect(() => literal('a\0b')).toThrow(
      '"a\\u0000b" holds a NUL or half a character, which Postgres has not: take it out',
    );
  });
});

describe('identifier', () => {
  it('is what the server itself makes of a name', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        expect(identifier(name)).toBe(await one('SELECT quote_ident($1) AS value', [name]));
      }),
      { numRuns: runs(500) },
    );
  });

  it('is what the server itself makes of a keyword', async () => {
    const { rows } = await db.query<{ word: string; quoted: string; code: string }>(
      'SELECT word, quote_ident(word) AS quoted, catcode AS code FROM pg_get_keywords()',
    );
    expect(new Set(rows.map(({ code }) => code))).toEqual(new Set(['R', 'T', 'C', 'U']));
    expect(rows.map(({ word }) => identifier(word))).toEqual(rows.map(({ quoted }) => quoted));
  });

  it('names a table and a column, whichever keyword it is', async () => {
    const { rows } = await db.query<{ word: string }>('SELECT word FROM pg_get_keywords()');
    for (const name of rows.map(({ word }) => identifier(word))) {
      await db.exec(
        `BEGIN; CREATE TABLE ${name} (${name} int); SELECT ${name}.${name}, ${name} FROM ${name} WHERE ${name} = 1; ROLLBACK`,
      );
    }
    expect(rows.length).toBeGreaterThan(400);
  });

  it.each(['on', 'off'])(
    'names what it says with standard_conforming_strings %s, and nothing else',
    async (setting) => {
      await db.exec(`SET standard_conforming_strings = ${setting}`);
      const columns = `SELECT string_agg(attname, '|' ORDER BY attnum) AS value
        FROM pg_attribute WHERE attrelid = 'plain'::regclass AND attnum > 0`;
      await fc.assert(
        fc.asyncProperty(names, async (name) => {
          await db.exec(`BEGIN; ALTER TABLE plain RENAME n TO ${identifier(name)}`);
          const found = await one(columns);
          await db.exec('ROLLBACK');
          expect(found).toBe(name);
        }),
        { numRuns: runs(250) },
      );
      await db.exec('RESET standard_conforming_strings');
    },
  );

  it.each([
    ['', 'is a name of 0 bytes, but Postgres keeps 1 to 63: choose another'],
    ['a'.repeat(64), 'is a name of 64 bytes, but Postgres keeps 1 to 63: choose another'],
    ['ü'.repeat(32), 'is a name of 64 bytes, but Postgres keeps 1 to 63: choose another'],
    ['a\0', 'holds a NUL or half a character, which Postgres has not: take it out'],
    ['\ud83d', 'holds a NUL or half a character, which Postgres has not: take it out'],
  ])('refuses %j', (name, why) => {
    expect(() => identifier(name)).toThrow(`${JSON.stringify(name)} ${why}`);
  });

  it('takes the longest name that Postgres keeps', async () => {
    const name = `${'ü'.repeat(31)}a`;
    await db.exec(`BEGIN; CREATE TABLE ${identifier(name)} ()`);
    expect(
      await one('SELECT count(*)::int AS value FROM pg_class WHERE relname = $1', [name]),
    ).toBe(1);
    await db.exec('ROLLBACK');
  });
});

describe('qualified and role', () => {
  it('quote each part', () => {
    expect(qualified('public', 'Order')).toBe('public."Order"');
    expect(qualified('a.b', 'c"d')).toBe('"a.b"."c""d"');
  });

  it('know everybody from somebody', () => {
    expect(role('public')).toBe('PUBLIC');
    expect(role('Public')).toBe('"Public"');
    expect(role('current_user')).toBe('"current_user"');
  });
});

describe('objectName', () => {
  it('leaves a name alone that Postgres keeps whole', () => {
    expect(objectName('students', 'app', 'select')).toBe('students_app_select');
    expect(objectName('a'.repeat(63))).toBe('a'.repeat(63));
  });

  it('cuts a longer one, and ends it with a digest', () => {
    expect(objectName('a'.repeat(64))).toMatch(/^a{54}_[0-9a-f]{8}$/);
    expect(objectName('a'.repeat(60), 'app')).not.toBe(objectName('a'.repeat(60), 'apq'));
  });

  it('never comes to more than Postgres keeps, nor to half a character', () => {
    const long = fc.string({ unit: fc.constantFrom('a', 'ü', '🙂', '한'), maxLength: 80 });
    fc.assert(
      fc.property(fc.array(long, { minLength: 1, maxLength: 3 }), (parts) => {
        const name = objectName(...parts);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
        expect(name.isWellFormed()).toBe(true);
        expect(objectName(...parts)).toBe(name);
      }),
      { numRuns: runs(2000) },
    );
  });

  it('is another for another long name, though both begin alike', () => {
    const ends = fc.uniqueArray(fc.string({ maxLength: 30 }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(ends, (suffixes) => {
        const made = suffixes.map((suffix) => objectName('t'.repeat(63), suffix));
        expect(new Set(made).size).toBe(suffixes.length);
      }),
    );
  });
});
