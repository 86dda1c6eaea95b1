import { ACTOR, COVERED, ofExtension, ofUsers, ROUTINE, who } from '../audit/sql-fragments.ts';
import type { Lint } from './lint.ts';
import { POLICY } from './sql-fragments.ts';

const FUNCTION = `from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where ${ofUsers('n.nspname')} and not ${ofExtension('pg_proc', 'p.oid')}`;

/** The function's own search_path, without spaces; NULL when it has none. */
const PATH = `(select replace(substr(s, 13), ' ', '') from unnest(p.proconfig) s where s like 'search_path=%')`;

/** A body that was parsed when the function was made keeps its meaning whatever the path is. */
const mutable = `${PATH} is null and p.prosqlbody is null and p.prolang not in (
  select l.oid from pg_catalog.pg_language l where l.lanname in ('internal', 'c'))`;

const pin = ({ object }: { readonly object: string }): string =>
  `ALTER ROUTINE ${object} SET search_path = pg_catalog, pg_temp; and write schemas before names in it`;

/** Functions that act with the rights of others, or whose meaning others can change. */
export const SECURITY_DEFINER: readonly Lint[] = [
  {
    id: 'definer-public',
    level: 'error',
    title: 'Everybody may call a function that runs as its owner',
    why: 'EXECUTE is granted to everybody by default, and the policies that are asked are those of the owner.',
    fix: ({ object }) => `REVOKE EXECUTE ON ROUTINE ${object} FROM PUBLIC;`,
    sql: `select ${ROUTINE} as object, 'runs as ' || pg_catalog.pg_get_userbyid(p.proowner) || ' for everybody' as detail
      ${FUNCTION} and p.prosecdef and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
        and exists (select from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
          where a.grantee = 0) order by 1`,
  },
  {
    id: 'definer-executable',
    level: 'warning',
    title: 'The application may call a function that runs as its owner',
    why: 'What it reads or writes is up to its body alone: no policy of the application is asked.',
    fix: ({ object }) => `ALTER ROUTINE ${object} SECURITY INVOKER;`,
    sql: `with ${ACTOR} select f.object, f.who, 'runs as ' || f.owner || ' for <who>' as detail from (
        select ${ROUTINE} as object, pg_catalog.pg_get_userbyid(p.proowner)::text as owner,
          ${who(`pg_catalog.has_function_privilege(actor.oid, p.oid, 'EXECUTE')`)} as who
        ${FUNCTION} and p.prosecdef and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
          and not ({mode} = 'signed' and n.nspname = 'tenant')
          and not exists (select from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
            where a.grantee = 0)) f
      where f.who is not null order by 1`,
  },
  {
    id: 'definer-search-path',
    level: 'error',
    title: 'A function that runs as its owner has no search path of its own',
    why: 'Whoever calls it chooses which tables and functions its names mean, and they run with the rights of the owner.',
    fix: pin,
    // Those of the signed context say the schema of every name in them instead, which their own tests hold them to.
    sql: `select ${ROUTINE} as object, 'runs as ' || pg_catalog.pg_get_userbyid(p.proowner)
        || ' with the search path of its caller' as detail ${FUNCTION} and p.prosecdef and ${mutable}
        and not ({mode} = 'signed' and n.nspname = 'tenant') order by 1`,
  },
  {
    id: 'definer-path-temp',
    level: 'warning',
    title: 'The search path of a function that runs as its owner does not end with pg_temp',
    why: 'Temporary tables come first where the path does not say otherwise: a caller can put one before a real table.',
    fix: ({ object, path = '' }) => `ALTER ROUTINE ${object} SET search_path = ${path}, pg_temp;`,
    sql: `select * from (select ${ROUTINE} as object, ${PATH} as path, 'has search_path ' || ${PATH} as detail
        ${FUNCTION} and p.prosecdef) f
      where path is not null and path not in ('""', '') and path !~ '(^|,)pg_temp$' order by 1`,
  },
  {
    id: 'function-search-path',
    level: 'info',
    title: 'A function has no search path of its own',
    why: 'Its names mean what the session of its caller makes them mean.',
    fix: pin,
    sql: `select ${ROUTINE} as object, 'is looked up along the search path of its caller' as detail
      ${FUNCTION} and not p.prosecdef and ${mutable} order by 1`,
  },
  {
    id: 'policy-function-search-path',
    level: 'warning',
    title: 'A policy calls a function whose search path is not fixed',
    why: 'Whoever may make objects in a schema of the path decides what the policy says.',
    fix: pin,
    sql: `with ${POLICY} select distinct ${ROUTINE} as object, 'is called by policy ' || o.polname as detail
      from pg_catalog.pg_policy o
      join policy on policy.relation = o.polrelid and policy.policy = o.polname
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = o.oid
        and d.refclassid = 'pg_catalog.pg_proc'::regclass
      join pg_catalog.pg_proc p on p.oid = d.refobjid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where ${ofUsers('n.nspname')} and ${mutable} order by 1, 2`,
  },
  {
    id: 'leakproof-function',
    level: 'error',
    title: 'A function is marked LEAKPROOF',
    why: 'It may be given rows before the policies have hidden them, and can tell of them by errors or notices.',
    fix: ({ object }) => `ALTER FUNCTION ${object} NOT LEAKPROOF;`,
    sql: `select ${ROUTINE} as object, 'is trusted with rows that policies hide' as detail
      ${FUNCTION} and p.proleakproof order by 1`,
  },
  {
    id: 'definer-trigger',
    level: 'warning',
    title: 'A trigger of a covered table acts as somebody else',
    why: 'What it reads and writes is not bound by the policies of the one who wrote the row.',
    fix: ({ function: name = '' }) => `ALTER FUNCTION ${name} SECURITY INVOKER;`,
    sql: `with recursive ${COVERED}
      select format('%I.%I', tn.nspname, c.relname) as object, ${ROUTINE} as function,
        'has trigger ' || t.tgname || ', which acts as ' || pg_catalog.pg_get_userbyid(p.proowner) as detail
      from pg_catalog.pg_trigger t join covered on covered.oid = t.tgrelid
      join pg_catalog.pg_class c on c.oid = t.tgrelid join pg_catalog.pg_namespace tn on tn.oid = c.relnamespace
      join pg_catalog.pg_proc p on p.oid = t.tgfoid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where p.prosecdef and not t.tgisinternal order by 1, 3`,
  },
  {
    id: 'event-trigger',
    level: 'warning',
    title: 'There is an event trigger',
    why: "It runs with the rights of whoever changes the schema, the superuser's too.",
    fix: ({ object }) => `DROP ${object.replace('event trigger', 'EVENT TRIGGER')};`,
    sql: `select format('event trigger %I', t.evtname) as object, 'calls ' || ${ROUTINE} as detail
      from pg_catalog.pg_event_trigger t join pg_catalog.pg_proc p on p.oid = t.evtfoid
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace where t.evtenabled <> 'D' order by 1`,
  },
  {
    id: 'untrusted-language',
    level: 'warning',
    title: 'An untrusted language is installed',
    why: "What is written in it acts as the server's user, outside of all privileges.",
    fix: ({ object }) => `DROP ${object.replace('language', 'LANGUAGE')};`,
    sql: `select format('language %I', l.lanname) as object, 'is not bound by privileges' as detail
      from pg_catalog.pg_language l where not l.lanpltrusted and l.lanname not in ('internal', 'c') order by 1`,
  },
];
