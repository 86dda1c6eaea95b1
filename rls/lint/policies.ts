import { POLICY } from './sql-fragments.ts';
import { identifier } from '../../lib/sql.ts';
import { alwaysTrue, readsItself, readsTenant, unsetSetting } from './expression.ts';
import type { Lint, LintRow } from './lint.ts';
import { ACTOR, COVERED, reaches, who } from '../audit/sql-fragments.ts';

const drop = ({ object, policy = '' }: LintRow): string =>
  `DROP POLICY ${identifier(policy)} ON ${object};`;
const both = ({ using = '', check = '' }: LintRow): string => `${using} ${check}`;

const TABLES = `from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = {schema} and c.relkind in ('r', 'p')`;

/** Whether row security is there, binds everybody, and says what it should. */
export const POLICIES: readonly Lint[] = [
  {
    id: 'row-security-off',
    level: 'error',
    title: 'A table that the application reaches has no row security',
    why: 'Every tenant sees and changes the rows of all others.',
    fix: ({ object }) =>
      `ALTER TABLE ${object} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; and declare it in access/`,
    sql: `with ${ACTOR} select f.object, f.who, 'is open to <who>' as detail from (
      select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who
      ${TABLES} and not c.relrowsecurity and c.relname <> all({exempt})
        and not exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid)
        and not exists (select from pg_catalog.pg_depend e where e.objid = c.oid and e.deptype = 'e')) f
      where f.who is not null order by 1`,
  },
  {
    id: 'policy-without-row-security',
    level: 'error',
    title: 'A table has policies, but row security is off',
    why: 'Policies are not asked until row security is enabled, however good they look.',
    fix: ({ object }) =>
      `ALTER TABLE ${object} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
    sql: `select format('%I.%I', n.nspname, c.relname) as object,
        'has ' || string_agg(p.polname, ', ' order by p.polname) || ', and nobody asks' as detail
      from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = {schema} and not c.relrowsecurity group by 1 order by 1`,
  },
  {
    id: 'row-security-without-policy',
    level: 'warning',
    title: 'A table has row security and grants, but no policy',
    why: 'Whoever was granted something finds no rows, and an application that hides errors hides this one.',
    fix: ({ object }) =>
      `add ${object} to the declaration in access/, or revoke what is granted on it`,
    sql: `with ${ACTOR} select f.object, f.who, 'shows nothing to <who>' as detail from (
      select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who
      ${TABLES} and c.relrowsecurity and not exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid)) f
      where f.who is not null order by 1`,
  },
  {
    id: 'row-security-not-forced',
    level: 'error',
    title: 'Row security is on, but not forced',
    why: 'The owner of the table, and every view and function of that owner, sees all tenants.',
    fix: ({ object }) => `ALTER TABLE ${object} FORCE ROW LEVEL SECURITY;`,
    sql: `select format('%I.%I', n.nspname, c.relname) as object,
        'does not bind its owner ' || pg_catalog.pg_get_userbyid(c.relowner) as detail
      ${TABLES} and c.relrowsecurity and not c.relforcerowsecurity order by 1`,
  },
  {
    id: 'policy-always-true',
    level: 'error',
    title: 'A policy lets every row through',
    why: 'Permissive policies are alternatives: one that is always true makes all others meaningless.',
    fix: drop,
    sql: `with ${POLICY} select * from policy p where permissive
      and not exists (select from policy r where r.relation = p.relation and not r.permissive
        and r.command in ('*', p.command) and 'public' = any(r.roles)) order by object, policy`,
    judge: ({ policy = '', using = '', check = '' }) =>
      [using, check].some((text) => text !== '' && alwaysTrue(text))
        ? `has policy ${policy}, which is true for every row, and no restrictive policy binds it`
        : undefined,
  },
  {
    id: 'policy-unbound',
    level: 'warning',
    title: 'A policy does not ask who the tenant is',
    why: 'It allows rows by something else, and nothing keeps that within one tenant.',
    fix: ({ object }) =>
      `add a restrictive policy for the tenant to ${object}; the declaration in access/ does so by itself`,
    sql: `with ${POLICY} select * from policy p where permissive and "table" = any({keyed})
      and not exists (select from policy r where r.relation = p.relation and not r.permissive
        and r.command in ('*', p.command) and 'public' = any(r.roles)) order by object, policy`,
    judge: (row, { tenancy: { tenant } }) =>
      tenant === undefined ||
      readsTenant(both(row), tenant.setting) ||
      alwaysTrue(row['using'] ?? '') ||
      alwaysTrue(row['check'] ?? '')
        ? undefined
        : `has policy ${row['policy'] ?? ''}, which does not mention the ${tenant.is}`,
  },
  {
    id: 'policy-check-weaker',
    level: 'error',
    title: 'What may be written is wider than what may be seen',
    why: 'A tenant can plant rows with another tenant, or hand its own rows over.',
    fix: ({ object, policy = '', using = '' }) =>
      `ALTER POLICY ${identifier(policy)} ON ${object} WITH CHECK (${using});`,
    sql: `with ${POLICY} select * from policy where permissive and command in ('*', 'w')
      and "check" is not null order by object, policy`,
    judge: ({ policy = '', using = '', check = '' }, { tenancy: { tenant } }) => {
      const open = alwaysTrue(check) && !alwaysTrue(using);
      const asks = (text: string) => tenant !== undefined && readsTenant(text, tenant.setting);
      const careless = asks(using) && !asks(check);
      return open || careless
        ? `has policy ${policy}, whose WITH CHECK does not hold what its USING does`
        : undefined;
    },
  },
  {
    id: 'policy-check-implied',
    level: 'info',
    title: 'A policy for writing has no WITH CHECK of its own',
    why: 'Postgres takes USING instead, which is right today and easily forgotten when USING is widened.',
    fix: ({ object, policy = '', using = '' }) =>
      `ALTER POLICY ${identifier(policy)} ON ${object} WITH CHECK (${using});`,
    sql: `with ${POLICY} select object, policy, "using", 'has policy ' || policy || ' without WITH CHECK' as detail
      from policy where command in ('*', 'w') and "check" is null order by object, policy`,
  },
  {
    id: 'policy-for-public',
    level: 'warning',
    title: 'A permissive policy is for everybody',
    why: 'Every role that is ever granted the table gets these rows with it.',
    fix: ({ object, policy = '' }) =>
      `ALTER POLICY ${identifier(policy)} ON ${object} TO <the roles it is meant for>;`,
    sql: `with ${POLICY} select object, policy, 'has policy ' || policy || ' for PUBLIC' as detail
      from policy where permissive and 'public' = any(roles) order by object, policy`,
  },
  {
    id: 'policy-setting-unset',
    level: 'warning',
    title: 'A policy fails where the tenant is not set',
    why: 'A statement without a tenant should find nothing. An error is a riddle, and some clients try again.',
    fix: `read it as (SELECT nullif(current_setting('<setting>', true), '')::<type>), or as (SELECT tenant.id())`,
    sql: `with ${POLICY} select * from policy order by object, policy`,
    judge: (row) => {
      const trouble = unsetSetting(both(row));
      return trouble === undefined
        ? undefined
        : `has policy ${row['policy'] ?? ''}, which ${trouble}`;
    },
  },
  {
    id: 'policy-reads-itself',
    level: 'error',
    title: 'A policy reads the table that it stands on',
    why: 'Postgres finds infinite recursion and refuses every statement on the table.',
    fix: ({ object }) => `let the policy of ${object} ask a column of the row, or a parent`,
    sql: `with ${POLICY} select * from policy order by object, policy`,
    judge: (row) =>
      readsItself(both(row), row['table'] ?? '')
        ? `has policy ${row['policy'] ?? ''}, which reads ${row.object}`
        : undefined,
  },
  {
    id: 'policy-user-settable',
    level: 'info',
    title: 'The tenant is whoever a statement says it is',
    why: 'At level 1 the tenant is a setting, which an injected statement can change. Level 2 signs it.',
    fix: 'set access.context to signed in Pulumi.<stack>.yaml',
    sql: `with ${POLICY} select format('schema %I', {schema}) as object, count(*)::text as detail
      from policy where concat("using", "check") like '%current_setting(%'
        or {mode} = 'setting' and concat("using", "check") like '%tenant.id()%' having count(*) > 0`,
    judge: ({ detail }, { tenancy: { tenant } }) =>
      tenant && `has ${detail} policies that believe the setting ${tenant.setting}`,
  },
  {
    id: 'partition-reachable',
    level: 'error',
    title: 'A partition or child of a covered table can be reached directly',
    why: 'Policies of the parent hold only for statements that name the parent.',
    fix: ({ object, who: names = '' }) => `REVOKE ALL ON ${object} FROM PUBLIC, ${names};`,
    sql: `with recursive ${ACTOR}, ${COVERED}
      select f.object, f.who, 'has no row security of its own and is open to <who>' as detail from (
        select format('%I.%I', n.nspname, c.relname) as object, ${who(reaches('c.oid'))} as who
        from pg_catalog.pg_inherits i join covered on covered.oid = i.inhparent
        join pg_catalog.pg_class c on c.oid = i.inhrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where not c.relrowsecurity) f
      where f.who is not null order by 1`,
  },
];
