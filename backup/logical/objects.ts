// Lists what to dump: databases, tables with rows of their own, sequences. The rules are those of pg_dump: no system
// objects, no temporary objects, and of an extension only the tables that it marks as configuration data.

import type pg from 'pg';
import type { Skipped } from '../store/manifest.ts';

export interface Database {
  readonly name: string;
  readonly encoding: string;
}

/** The databases to dump, sorted by name, and the skipped databases. */
export async function databases(
  client: pg.ClientBase,
): Promise<{ readonly found: Database[]; readonly skipped: Skipped[] }> {
  const { rows } = await client.query<{
    name: string;
    encoding: string;
    template: boolean;
    open: boolean;
    allowed: boolean;
  }>(`
    select datname as name, pg_catalog.pg_encoding_to_char(encoding) as encoding, datistemplate as template,
           datallowconn as open, pg_catalog.has_database_privilege(oid, 'CONNECT') as allowed
      from pg_catalog.pg_database order by datname collate "C"`);
  const skipped: Skipped[] = [];
  const found: Database[] = [];
  for (const { name, encoding, template, open, allowed } of rows) {
    const why =
      name === 'postgres'
        ? 'contains only what initdb creates'
        : template
          ? 'is a template'
          : !open
            ? 'does not accept connections'
            : !allowed
              ? 'the backup role may not connect: grant CONNECT on it'
              : undefined;
    if (why === undefined) found.push({ name, encoding });
    else skipped.push({ what: `database ${name}`, why });
  }
  return { found, skipped };
}

export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** WHERE condition of an extension table; empty for all rows. */
  readonly condition: string;
  /** Number of pages (8 KiB by default). 0 if the table access method does not support reading by ctid. */
  readonly pages: number;
  readonly bytes: number;
}

/** Excludes system schemas and temporary schemas. */
const ORDINARY_SCHEMA = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** The rows of an extension's relation are dumped only if the extension marks them as configuration data. */
const MEMBERSHIP = `
  left join lateral (
    select e.extconfig, e.extcondition, array_position(e.extconfig, c.oid) as at
      from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
     where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
       and d.refclassid = 'pg_catalog.pg_extension'::regclass
  ) x on true`;
const HAS_DATA = '(x.extconfig is null or x.at is not null)';

/** Tables with rows of their own, sorted by schema and name. */
export async function tables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<
    Omit<Table, 'pages' | 'bytes'> & { pages: string; bytes: string }
  >(`
    select c.oid::int8::float8 as oid, n.nspname as schema, c.relname as name,
           coalesce(a.columns, '{}') as columns, coalesce(x.extcondition[x.at], '') as condition,
           case when am.amname = 'heap'
                then pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::int else 0 end as pages,
           pg_catalog.pg_table_size(c.oid) as bytes
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_am am on am.oid = c.relam
      left join lateral (
        select array_agg(attname::text order by attnum) as columns from pg_catalog.pg_attribute
         where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = ''
      ) a on true ${MEMBERSHIP}
     where c.relkind = 'r' and c.relpersistence <> 't' and (${ORDINARY_SCHEMA} or x.at is not null) and ${HAS_DATA}
     order by n.nspname collate "C", c.relname collate "C"`);
  return rows.map((row) => ({ ...row, pages: Number(row.pages), bytes: Number(row.bytes) }));
}

/** Objects that the dump skips, with the reason. */
export async function skippedRelations(
  client: pg.ClientBase,
  database: string,
): Promise<Skipped[]> {
  const { rows } = await client.query<{ name: string; kind: string }>(`
    select pg_catalog.format('%I.%I.%I', pg_catalog.current_database(), n.nspname, c.relname) as name, c.relkind as kind
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'f' and ${ORDINARY_SCHEMA}
     order by 1`);
  const foreign = rows.map(({ name }) => ({
    what: `rows of the foreign table ${name}`,
    why: 'they are on another server',
  }));
  const others = await client.query<{ what: string; why: string }>(
    `
    select 'subscription ' || subname as what, 'only a superuser may read it' as why
      from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid
     where d.datname = $1 and not pg_catalog.pg_has_role('pg_create_subscription', 'usage')
     order by 1`,
    [database],
  );
  return [...foreign, ...others.rows];
}

export interface Sequence {
  readonly schema: string;
  readonly name: string;
}

export async function sequences(client: pg.ClientBase): Promise<Sequence[]> {
  const { rows } = await client.query<Sequence>(`
    select n.nspname as schema, c.relname as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace ${MEMBERSHIP}
     where c.relkind = 'S' and c.relpersistence <> 't' and (${ORDINARY_SCHEMA} or x.at is not null) and ${HAS_DATA}
     order by n.nspname collate "C", c.relname collate "C"`);
  return rows;
}

export async function largeObjectCount(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ n: string }>(
    'select count(*) as n from pg_catalog.pg_largeobject_metadata',
  );
  return Number(rows[0]?.n);
}

/** The newest applied migration; null without a migrations table. */
export async function migrationHead(client: pg.ClientBase): Promise<string | null> {
  const there = await client.query<{ there: boolean }>(
    "select pg_catalog.to_regclass('plinth.migrations') is not null as there",
  );
  if (there.rows[0]?.there !== true) return null;
  const { rows } = await client.query<{ name: string }>(
    'select name from plinth.migrations order by name collate "C" desc limit 1',
  );
  return rows[0]?.name ?? null;
}
