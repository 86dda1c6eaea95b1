import { formatRoles, type Check } from './finding.ts';
import { role } from '../../lib/sql.ts';
import { ACTOR, COVERED, ofExtension, ofUsers, ROUTINE, who } from './sql-fragments.ts';

const mayCall = `pg_catalog.has_function_privilege(actor.oid, p.oid, 'EXECUTE')
  and pg_catalog.has_schema_privilege(actor.oid, n.oid, 'USAGE')`;

/** Functions and rules that act with somebody else's rights, and functions that are trusted with hidden values. */
export const FUNCTIONS: readonly Check[] = [
  {
    kind: 'definer-function',
    // The signed tenant's own functions are such by design; they belong to whoever owns their schema.
    sql: `with ${ACTOR}
      select * from (select ${ROUTINE} as object, ${who(mayCall)} as who,
          pg_catalog.pg_get_userbyid(p.proowner)::text as detail
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and ${ofUsers('n.nspname')} and p.prorettype <> 'trigger'::regtype
          and not ({mode} = 'signed' and n.nspname = 'tenant' and p.proowner = n.nspowner)
          and not ${ofExtension('pg_proc', 'p.oid')}) f
      where who is not null order by object`,
    says: ({ object, who: names, detail }) =>
      `${formatRoles(names)} may call ${object}, which runs with the rights of ${detail} (SECURITY DEFINER)`,
    remedy: ({ object, who: names }) =>
      `ALTER ROUTINE ${object} SECURITY INVOKER; or: REVOKE EXECUTE ON ROUTINE ${object} FROM PUBLIC, ${names.map(role).join(', ')};`,
  },
  {
    kind: 'leakproof-function',
    sql: `select ${ROUTINE} as object, pg_catalog.pg_get_userbyid(p.proowner)::text as detail
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where p.proleakproof and p.oid >= 16384 and not ${ofExtension('pg_proc', 'p.oid')} order by 1`,
    says: ({ object }) =>
      `${object} is marked LEAKPROOF, so it may be given rows before the policies have hidden them`,
    remedy: ({ object }) => `ALTER FUNCTION ${object} NOT LEAKPROOF;`,
  },
  {
    kind: 'definer-trigger',
    sql: `select format('%I.%I', tn.nspname, c.relname) as object, array[pg_catalog.pg_get_userbyid(p.proowner)::text] as who,
        t.tgname || ' ' || ${ROUTINE} as detail
      from pg_catalog.pg_trigger t
      join pg_catalog.pg_class c on c.oid = t.tgrelid join pg_catalog.pg_namespace tn on tn.oid = c.relnamespace
      join pg_catalog.pg_proc p on p.oid = t.tgfoid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where p.prosecdef and not t.tgisinternal and t.tgenabled <> 'D' and ${ofUsers('tn.nspname')}
      order by object, detail`,
    says: ({ object, who: names, detail }) =>
      `trigger ${detail.split(' ')[0] ?? ''} of ${object} calls ${detail.split(' ').slice(1).join(' ')} with the rights of ${formatRoles(names)}`,
    remedy: ({ detail }) =>
      `ALTER FUNCTION ${detail.split(' ').slice(1).join(' ')} SECURITY INVOKER;`,
  },
  {
    kind: 'rule',
    sql: `with recursive ${COVERED}
      select format('%I.%I', n.nspname, c.relname) as object, r.rulename::text as detail
      from pg_catalog.pg_rewrite r join covered on covered.oid = r.ev_class
      join pg_catalog.pg_class c on c.oid = r.ev_class join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where r.rulename <> '_RETURN' order by object, detail`,
    says: ({ object, detail }) =>
      `rule ${detail} of ${object} rewrites statements and acts with the rights of the table's owner`,
    remedy: ({ object, detail }) => `DROP RULE ${role(detail)} ON ${object};`,
  },
  {
    kind: 'untrusted-language',
    sql: `select format('language %I', l.lanname) as object,
        case when ${ofExtension('pg_language', 'l.oid')} then 'EXTENSION' else 'LANGUAGE' end as detail
      from pg_catalog.pg_language l
      where not l.lanpltrusted and l.lanname not in ('internal', 'c') order by 1`,
    says: ({ object }) => `${object} is untrusted: what is written in it acts as the server's user`,
    remedy: ({ object, detail }) => `DROP ${object.replace('language', detail)};`,
  },
  {
    kind: 'event-trigger',
    sql: `select format('event trigger %I', t.evtname) as object, ${ROUTINE} as detail
      from pg_catalog.pg_event_trigger t join pg_catalog.pg_proc p on p.oid = t.evtfoid
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where t.evtenabled <> 'D' and not ${ofExtension('pg_event_trigger', 't.oid')} order by 1`,
    says: ({ object, detail }) =>
      `${object} calls ${detail} whenever somebody, a superuser too, changes the schema`,
    remedy: ({ object }) => `DROP ${object.replace('event trigger', 'EVENT TRIGGER')};`,
  },
];
