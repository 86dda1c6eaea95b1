import type { Lint } from './lint.ts';

const INDEX = `index as (
  select x.*, ic.relname::text as name, format('%I.%I', n.nspname, c.relname) as object,
    format('%I.%I', n.nspname, ic.relname) as path, exists (
      select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x')) as constrains
  from pg_catalog.pg_index x join pg_catalog.pg_class ic on ic.oid = x.indexrelid
  join pg_catalog.pg_class c on c.oid = x.indrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = {schema} and c.relkind in ('r', 'p'))`;

/** Indexes that are missing, broken or there twice. */
export const INDEXES: readonly Lint[] = [
  {
    id: 'foreign-key-unindexed',
    level: 'warning',
    title: 'No index begins with the columns of a foreign key',
    why: 'Deleting a parent reads the whole table of all tenants, once for every parent.',
    fix: ({ object, columns = '' }) => `CREATE INDEX CONCURRENTLY ON ${object} (${columns});`,
    sql: `select * from (select format('%I.%I', n.nspname, c.relname) as object,
          (select string_agg(format('%I', a.attname), ', ' order by u.place)
             from unnest(k.conkey) with ordinality u(attnum, place)
             join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum) as columns,
          'has foreign key ' || k.conname || ' without an index' as detail
        from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = {schema} and k.contype = 'f' and not exists (
          select from pg_catalog.pg_index x where x.indrelid = c.oid and x.indisvalid and x.indpred is null
            and (x.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)) f
      order by object, detail`,
  },
  {
    id: 'index-duplicate',
    level: 'warning',
    title: 'Two indexes of a table are the same',
    why: 'Every write keeps both.',
    fix: ({ path = '' }) => `DROP INDEX CONCURRENTLY ${path};`,
    sql: `with ${INDEX} select b.object, b.path, 'has ' || b.name || ', which is what ' || a.name || ' is' as detail
      from index a join index b on a.indrelid = b.indrelid and a.indexrelid < b.indexrelid
        and a.indkey = b.indkey and a.indclass = b.indclass and a.indcollation = b.indcollation
        and a.indoption = b.indoption and a.indisunique = b.indisunique and a.indnkeyatts = b.indnkeyatts
        and coalesce(pg_catalog.pg_get_expr(a.indpred, a.indrelid), '') = coalesce(pg_catalog.pg_get_expr(b.indpred, b.indrelid), '')
        and coalesce(pg_catalog.pg_get_expr(a.indexprs, a.indrelid), '') = coalesce(pg_catalog.pg_get_expr(b.indexprs, b.indrelid), '')
      where not b.constrains or a.constrains order by 1, 2`,
  },
  {
    id: 'index-prefix',
    level: 'info',
    title: 'An index is the beginning of another one',
    why: 'The longer one serves the same statements, somewhat larger; every write keeps both.',
    fix: ({ path = '' }) =>
      `DROP INDEX CONCURRENTLY ${path}; unless it is smaller where that counts`,
    sql: `with ${INDEX} select a.object, a.path, 'has ' || a.name || ', with which ' || b.name || ' begins' as detail
      from index a join index b on a.indrelid = b.indrelid and a.indexrelid <> b.indexrelid
        and a.indnkeyatts < b.indnkeyatts
        and (b.indkey::int2[])[0:a.indnkeyatts - 1] = (a.indkey::int2[])[0:a.indnkeyatts - 1]
        and (b.indclass::oid[])[0:a.indnkeyatts - 1] = (a.indclass::oid[])[0:a.indnkeyatts - 1]
      where not a.indisunique and a.indpred is null and b.indpred is null and a.indexprs is null and b.indexprs is null
      order by 1, 2`,
  },
  {
    id: 'index-invalid',
    level: 'warning',
    title: 'An index is not valid',
    why: 'A concurrent build was interrupted: the index costs writes and serves nothing, and policies scan instead.',
    fix: ({ path = '' }) => `REINDEX INDEX CONCURRENTLY ${path};`,
    sql: `with ${INDEX} select object, path, 'has ' || name || ', whose build did not finish' as detail
      from index where not indisvalid order by 1, 2`,
  },
];
