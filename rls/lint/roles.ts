import { ACTOR } from '../audit/sql-fragments.ts';
import type { Lint } from './lint.ts';

/**
 * Through which membership of its own an actor comes to role `r`: NULL when it does not, or only through another role of the
 * application, which is then told of itself.
 */
const VIA = `(select min(format('%I', v.rolname)) from pg_catalog.pg_auth_members m
  join pg_catalog.pg_roles v on v.oid = m.roleid
  where m.member = actor.oid and pg_catalog.pg_has_role(v.oid, r.oid, 'MEMBER') and not v.rolname = any({actors}))`;

const revoke: Lint['fix'] = ({ object, above = '' }) => `REVOKE ${above} FROM ${object};`;

/** Roles that stand above the policies, however they came to. */
export const ROLES: readonly Lint[] = [
  {
    id: 'role-above-policies',
    level: 'error',
    title: 'A role of the application stands above the policies',
    why: 'No policy binds a superuser or a role with BYPASSRLS; CREATEROLE and REPLICATION lead there.',
    fix: ({ object, attribute = '' }) => `ALTER ROLE ${object} NO${attribute};`,
    sql: `select format('%I', r.rolname) as object, v.attribute, 'has ' || v.attribute as detail
      from pg_catalog.pg_roles r cross join lateral (values ('SUPERUSER', r.rolsuper), ('BYPASSRLS', r.rolbypassrls),
        ('CREATEROLE', r.rolcreaterole), ('REPLICATION', r.rolreplication)) v(attribute, there)
      where v.there and r.rolname = any({actors}) order by 1, 2`,
  },
  {
    id: 'role-becomes-bypassing',
    level: 'error',
    title: 'A role of the application may become one that no policy binds',
    why: 'One SET ROLE, in an injected statement too, and every row is there.',
    fix: revoke,
    sql: `with ${ACTOR} select * from (select format('%I', actor.name) as object, ${VIA} as above,
          'may become ' || r.rolname || ', which has ' || case when r.rolsuper then 'SUPERUSER' else 'BYPASSRLS' end as detail
        from actor join pg_catalog.pg_roles r on r.oid <> actor.oid and (r.rolsuper or r.rolbypassrls)) f
      where above is not null order by object, detail`,
  },
  {
    id: 'role-becomes-owner',
    level: 'error',
    title: 'A role of the application is a member of the owner of the tables',
    why: 'It may drop policies, switch row security off, and grant.',
    fix: revoke,
    sql: `with ${ACTOR} select * from (select format('%I', actor.name) as object, ${VIA} as above,
          'is a member of ' || r.rolname || ', who owns tables of the schema' as detail
        from actor join pg_catalog.pg_roles r on r.oid <> actor.oid and not r.rolsuper
        where r.rolname = {owner} or r.oid in (select c.relowner from pg_catalog.pg_class c
          join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where n.nspname = {schema} and c.relkind in ('r', 'p'))) f
      where above is not null order by object, detail`,
  },
  {
    id: 'role-powerful-member',
    level: 'error',
    title: 'A role of the application is a member of a powerful predefined role',
    why: 'It reads or writes more than its grants say: all tables, files of the server, statements of others.',
    fix: revoke,
    sql: `with ${ACTOR} select * from (select format('%I', actor.name) as object, ${VIA} as above,
          'is a member of ' || r.rolname as detail
        from actor join pg_catalog.pg_roles r on r.oid < 16384 and not r.rolsuper) f
      where above is not null order by object, detail`,
  },
  {
    id: 'role-admin-option',
    level: 'error',
    title: 'A role of the application may make others members',
    why: 'Who belongs to which role is then no longer decided by the declaration.',
    fix: ({ object, above = '' }) => `REVOKE ADMIN OPTION FOR ${above} FROM ${object};`,
    sql: `with ${ACTOR} select format('%I', actor.name) as object, format('%I', r.rolname) as above,
        'may make others members of ' || r.rolname as detail
      from actor join pg_catalog.pg_auth_members m on m.member = actor.oid and m.admin_option
      join pg_catalog.pg_roles r on r.oid = m.roleid order by 1, 2`,
  },
  {
    id: 'role-group-login',
    level: 'warning',
    title: 'A role that holds grants can log in itself',
    why: 'Its password cannot be rotated without a moment in which nobody gets in.',
    fix: ({ object }) => `ALTER ROLE ${object} NOLOGIN PASSWORD NULL;`,
    sql: `select format('%I', r.rolname) as object, 'can log in' as detail from pg_catalog.pg_roles r
      where r.rolcanlogin and r.rolname = any({groups}) order by 1`,
  },
  {
    id: 'password-weak-hash',
    level: 'error',
    title: 'A password is kept as MD5',
    why: 'What is kept is enough to log in with, and a dump of the roles carries it.',
    fix: ({ object }) =>
      `set password_encryption to scram-sha-256 and give ${object} a new password`,
    secret: true,
    sql: `select format('%I', a.rolname) as object, 'has its password as MD5' as detail
      from pg_catalog.pg_authid a where a.rolpassword like 'md5%' order by 1`,
  },
];
