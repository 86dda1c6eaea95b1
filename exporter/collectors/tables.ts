// Tables, indexes and sequences of the application's database. The number of series is limited.

import type { SqlCollector } from '../collector.ts';

const SHOWN = 10;
export const HOURLY = 3600;

/** pg_total_relation_size() takes a lock and would wait for a session that holds an AccessExclusiveLock. */
const LOCKED = `exists (select from pg_locks l where l.relation = t.relid and l.mode = 'AccessExclusiveLock'
  and l.database = (select oid from pg_database where datname = current_database()))`;

export const TABLES: readonly SqlCollector[] = [
  {
    name: 'tables',
    labels: ['schema', 'table'],
    metrics: {
      dead: 'plinth_postgres_table_dead_rows',
      live: 'plinth_postgres_table_live_rows',
      size: 'plinth_postgres_table_size_bytes',
      vacuum: 'plinth_postgres_table_last_vacuum_timestamp_seconds',
    },
    sql: `select t.schemaname::text as schema, t.relname::text as "table", t.n_dead_tup::float8 as dead,
        t.n_live_tup::float8 as live, case when not ${LOCKED} then pg_total_relation_size(t.relid)::float8 end as size,
        extract(epoch from greatest(t.last_vacuum, t.last_autovacuum))::float8 as vacuum
      from (select s.*, row_number() over (order by s.n_dead_tup desc, s.relid) as by_dead,
          row_number() over (order by c.relpages desc, s.relid) as by_size
        from pg_stat_user_tables s join pg_class c on c.oid = s.relid) t
      where t.by_dead <= ${String(SHOWN)} or t.by_size <= ${String(SHOWN)}`,
  },
  {
    name: 'indexes',
    metrics: { invalid: 'plinth_postgres_invalid_indexes' },
    // An index under construction is invalid, too, which is normal.
    sql: `select count(*)::float8 as invalid from pg_index i where not i.indisvalid
      and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)`,
  },
  {
    name: 'unused-indexes',
    everySec: HOURLY,
    metrics: { bytes: 'plinth_postgres_unused_index_bytes' },
    sql: `select coalesce(sum(pg_relation_size(s.indexrelid)), 0)::float8 as bytes
      from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid
      where s.idx_scan = 0 and not i.indisunique and not i.indisexclusion
        and not exists (select from pg_constraint c where c.conindid = s.indexrelid)`,
  },
];

/** Checks the privilege only for sequences, regardless of the evaluation order of the conditions. */
const READABLE = `case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'SELECT') else false end`;
/** Migrations create a function that returns only the last values of sequences of their owner. */
export const TELLS_SEQUENCES = `select to_regprocedure('plinth.sequence_value(oid)') is not null as tells`;
const TOLD = `(${READABLE} or c.relowner = (
  select p.proowner from pg_proc p where p.oid = to_regprocedure('plinth.sequence_value(oid)')))`;

/** @param tells whether that function exists */
export function sequencesBy(tells: boolean): SqlCollector {
  const last = tells
    ? `case when ${READABLE} then pg_sequence_last_value(c.oid) else plinth.sequence_value(c.oid) end`
    : 'pg_sequence_last_value(c.oid)';
  return {
    name: 'sequences',
    labels: ['schema', 'sequence'],
    metrics: { used: 'plinth_postgres_sequence_used_ratio' },
    // If the type of the column is smaller than the sequence, the column limits the number of values.
    sql: `select n.nspname::text as schema, c.relname::text as sequence, case when s.seqincrement > 0
        then ${last}::float8 / least(s.seqmax, (
          select min(case a.atttypid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647 end)
            from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
           where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
             and d.deptype in ('a', 'i')))
        else ${last}::float8 / s.seqmin end as used
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
    where not s.seqcycle and c.relpersistence <> 't' and ${tells ? TOLD : READABLE}
    order by used desc nulls last limit ${String(SHOWN)}`,
  };
}

/** Sequences that the login cannot read. */
export function unreadableSequences(tells: boolean): string {
  return `select format('%I.%I', n.nspname, c.relname) as name
  from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
  where not s.seqcycle and c.relpersistence <> 't' and not ${tells ? TOLD : READABLE} order by 1`;
}
