/**
 * Rows for tables whose constraints nobody told the proof about.
 *
 * @jest-environment ./test/unit/migrations/pglite-environment.js
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as pglite from '@electric-sql/pglite';
import { CATALOG_SQL, tableOf, type Catalog } from '../../../../rls/catalog/catalog.ts';
import { identifier, literal } from '../../../../lib/sql.ts';
import type { Query } from '../../../../lib/query.ts';
import {
  DETAILS_SQL,
  rowFor,
  type ColumnDetail,
  type ColumnDetails,
} from '../../../../rls/verify/rows.ts';

declare const PGlite: typeof pglite.PGlite;

let db: pglite.PGlite;
const ask: Query = async (sql, values = []) =>
  (await db.query(sql, [...values])).rows as Record<string, unknown>[];

beforeAll(async () => {
  db = await PGlite.create();
});
afterAll(() => db.close());

/** Makes the table, a row for it, and puts the row in, twice. */
async function fill(name: string, sql: string, sample: Record<string, string> = {}) {
  await db.exec(sql);
  const catalog = (await ask(CATALOG_SQL, ['public']))[0]!['catalog'] as Catalog;
  const details: ColumnDetails = Object.fromEntries(
    (await ask(DETAILS_SQL, ['public'])).map(({ name: column, preset, labels }) => [
      column as string,
      { preset, labels } as ColumnDetail,
    ]),
  );
  const table = tableOf(catalog, name)!;
  const rows = [];
  for (let count = 0; count < 2; count += 1) {
    const row = await rowFor(ask, { table, details, fixed: {}, sample });
    const values = Object.values(row).map((value) => (value === null ? 'NULL' : literal(value)));
    await db.exec(
      values.length === 0
        ? `INSERT INTO ${name} DEFAULT VALUES`
        : `INSERT INTO ${name} (${Object.keys(row).map(identifier).join()}) VALUES (${values.join()})`,
    );
    rows.push(row);
  }
  return rows[0]!;
}

describe('a row that every constraint lets in', () => {
  it.each([
    [
      'upper-case codes',
      `CREATE TABLE codes (code text UNIQUE NOT NULL CHECK (code ~ '^[A-Z0-9]{6,12}$'))`,
    ],
    [
      'letters of a length',
      `CREATE TABLE letters (code char(3) NOT NULL CHECK (code ~ '^[A-Z]{3}$'))`,
    ],
    [
      'addresses',
      `CREATE TABLE addresses (email text NOT NULL UNIQUE CHECK (email = lower(email) AND email LIKE '_%@_%'))`,
    ],
    ['a prefix', `CREATE TABLE prefixed (sku text NOT NULL UNIQUE CHECK (sku LIKE 'SKU-%'))`],
    [
      'an exact length',
      `CREATE TABLE lengths (hash text NOT NULL UNIQUE CHECK (length(hash) = 40 AND hash ~ '^[0-9a-f]+$'))`,
    ],
    [
      'words of a list',
      `CREATE TABLE words (kind text NOT NULL CHECK (kind IN ('it''s', 'second')))`,
    ],
    [
      'an enumeration',
      `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE moods (mood mood NOT NULL)`,
    ],
    [
      'a domain',
      `CREATE DOMAIN year AS smallint CHECK (VALUE BETWEEN 1990 AND 2100 AND VALUE % 1000 = 0); CREATE TABLE years (year smallint NOT NULL CHECK (year BETWEEN 1990 AND 2100))`,
    ],
    [
      'narrow numbers',
      `CREATE TABLE numbers (n smallint NOT NULL CHECK (n BETWEEN 37 AND 39), p numeric(4,3) NOT NULL CHECK (p > 0 AND p < 1))`,
    ],
    ['unique numbers', `CREATE TABLE uniques (n smallint PRIMARY KEY CHECK (n > 0))`],
    [
      'times in order',
      `CREATE TABLE spans (starts timestamptz NOT NULL, ends timestamptz NOT NULL, CHECK (ends > starts))`,
    ],
    [
      'columns that depend on each other',
      `CREATE TABLE progress (status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done')), done_at timestamptz, note text NOT NULL, CHECK ((status = 'done') = (done_at IS NOT NULL)), CHECK (status <> 'open' OR note = 'none yet'))`,
    ],
    [
      'one of two',
      `CREATE TABLE feedback (kind text NOT NULL CHECK (kind IN ('rating', 'words')), rating smallint CHECK (rating BETWEEN 1 AND 5), words text CHECK (length(words) > 3), CHECK ((kind = 'rating') = (rating IS NOT NULL)), CHECK (kind = 'rating' OR words IS NOT NULL))`,
    ],
    [
      'a nullable column that may not stay empty',
      `CREATE TABLE hidden (a text, CHECK (a IS NOT NULL AND a <> ''))`,
    ],
    [
      'documents',
      `CREATE TABLE documents (d jsonb NOT NULL CHECK (jsonb_typeof(d) = 'object'), t text[] NOT NULL, i inet NOT NULL, r tstzrange NOT NULL, b bytea NOT NULL, v interval NOT NULL)`,
    ],
    [
      'names in quotes',
      `CREATE TABLE odd ("a b" text NOT NULL CHECK ("a b" <> ''), "order" int NOT NULL CHECK ("order" > 2))`,
    ],
    [
      'columns that fill themselves',
      `CREATE TABLE filled (id bigint GENERATED ALWAYS AS IDENTITY, n int NOT NULL DEFAULT 3 CHECK (n > 2), twice int GENERATED ALWAYS AS (n * 2) STORED, CHECK (twice > 4))`,
    ],
    ['nothing but defaults', `CREATE TABLE bare (id serial PRIMARY KEY)`],
  ])('%s', async (_, sql) => {
    const name = /CREATE TABLE (\w+)/.exec(sql)?.[1] ?? '';
    await fill(name, sql);
    const { rows } = await db.query<{ count: number }>(`SELECT count(*)::int FROM ${name}`);
    expect(rows).toEqual([{ count: 2 }]);
  });

  it('takes the declaration at its word', async () => {
    const sql = `CREATE TABLE strange (iban text NOT NULL CHECK (iban ~ '^DE[0-9]{2}X{4}$'))`;
    expect(await fill('strange', sql, { iban: `'DE' || 12 || repeat('X', 4)` })).toEqual({
      iban: 'DE12XXXX',
    });
  });

  it('says which constraint it cannot satisfy, and what to do', async () => {
    const sql = `CREATE TABLE ibans (iban text NOT NULL CONSTRAINT looks_right CHECK (iban ~ '^DE[0-9]{2}X{4}$'))`;
    await expect(fill('ibans', sql)).rejects.toThrow(
      "no row of ibans can be made: no value was found for iban that satisfies looks_right: (iban ~ '^DE[0-9]{2}X{4}$'::text); " +
        "give iban an SQL expression in the table's 'sample' in the declaration",
    );
  });
});
