import { identifier } from '../../lib/sql.ts';
import { hasOr, perRowCalls, walksAll } from './expression.ts';
import type { Lint } from './lint.ts';
import { KEYED, POLICY } from './sql-fragments.ts';

const all = `with ${POLICY} select * from policy order by object, policy`;

/** Policies that make every statement slow, or that no index can help. */
export const PERFORMANCE: readonly Lint[] = [
  {
    id: 'policy-call-per-row',
    level: 'warning',
    title: 'A policy calls a function for every row',
    why: 'What does not depend on the row is asked again for each; in a sub-select it is asked once a statement.',
    fix: ({ detail }) =>
      `write (SELECT ${/calls (\S+)/.exec(detail)?.[1] ?? 'the call'}(…)) in the policy`,
    sql: all,
    judge: ({ policy = '', using = '', check = '' }) => {
      const calls = [...new Set([...perRowCalls(using), ...perRowCalls(check)])];
      return calls.length === 0
        ? undefined
        : `has policy ${policy}, which calls ${calls.join(', ')} for every row`;
    },
  },
  {
    id: 'policy-or',
    level: 'warning',
    title: 'A policy chooses rows by one condition or another',
    why: 'No single index serves an OR, so statements read the whole table of all tenants.',
    fix: 'make two policies of it for different commands or roles, or keep what decides in one column',
    sql: all,
    judge: ({ policy = '', using = '' }) =>
      hasOr(using) ? `has policy ${policy} with an OR in what may be seen` : undefined,
  },
  {
    id: 'policy-walks-all',
    level: 'warning',
    title: 'A policy looks for parents row by row',
    why: 'IN (SELECT …) and EXISTS make Postgres pass over the rows of all tenants; an array lets it use the index.',
    fix: 'write column = ANY (ARRAY(SELECT …)), as belongsVia does',
    sql: all,
    judge: ({ policy = '', using = '' }) =>
      walksAll(using)
        ? `has policy ${policy}, whose USING looks into a sub-select for each row`
        : undefined,
  },
  {
    id: 'policies-overlap',
    level: 'warning',
    title: 'Several permissive policies answer for the same role and command',
    why: 'All of them are evaluated for every row, joined by OR, and each one widens the others.',
    fix: 'join them to one policy, or make one of them restrictive',
    sql: `with ${POLICY}
      select object, 'asks ' || string_agg(distinct policy, ' and ') || ' when ' || name || ' does ' || word as detail
      from policy cross join lateral unnest(roles) name
      join (values ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) v(letter, word)
        on command in ('*', letter)
      where permissive group by object, name, word having count(*) > 1 order by 1, 2`,
  },
  {
    id: 'policy-column-unindexed',
    level: 'warning',
    title: 'No index begins with the column that leads to the tenant',
    why: 'The policy reads the rows of all tenants to find those of one.',
    fix: ({ object, column = '' }) =>
      `CREATE INDEX CONCURRENTLY ON ${object} (${identifier(column)});`,
    sql: `with ${KEYED} select k.object, k."column", 'has no index that begins with ' || k."column" as detail from keyed k
      where not exists (select from pg_catalog.pg_index x where x.indrelid = k.oid and x.indisvalid
        and x.indpred is null and x.indkey[0] = k.attnum) order by 1`,
  },
  {
    id: 'index-leaky-operator',
    level: 'info',
    title: 'An index serves operators that the policies do not trust',
    why: 'An operator that is not LEAKPROOF runs after the policy: this index narrows nothing before it.',
    fix: ({ object }) => `put the column that leads to the tenant first in the index on ${object}`,
    sql: `with ${KEYED}
      select k.object, 'has index ' || ic.relname || ' on ' || a.attname || ', whose operators run after the policy' as detail
      from keyed k join pg_catalog.pg_index x on x.indrelid = k.oid
      join pg_catalog.pg_class ic on ic.oid = x.indexrelid
      join pg_catalog.pg_attribute a on a.attrelid = k.oid and a.attnum = x.indkey[0]
      join pg_catalog.pg_opclass o on o.oid = x.indclass[0]
      where a.attnum <> k.attnum and not exists (
        select from pg_catalog.pg_amop m join pg_catalog.pg_operator op on op.oid = m.amopopr
        join pg_catalog.pg_proc p on p.oid = op.oprcode
        where m.amopfamily = o.opcfamily and m.amoplefttype = o.opcintype and p.proleakproof)
      order by 1, 2`,
  },
];
