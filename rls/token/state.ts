import type { TenantType } from '../model/tenancy.ts';
import { CONTEXT_SCHEMA } from '../model/tenant-context.ts';
import { KEYS, CONTEXT_GUC } from './functions.ts';
import { TOKEN_OWNER_ROLE, KEY_DIGEST } from './sql.ts';

/** What there is of the context, either level's: what, and how it is. Holds no secret. */
export type Facts = Readonly<Record<string, string>>;

/** A value that says only whether it is the same. */
const DIGEST = 'sha256:';

const digest = (text: string): string =>
  `'${DIGEST}' || encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;

/** Privileges by name, in an order of their own. */
const privileges = (acl: string): string =>
  `coalesce((SELECT string_agg(item, ' ' ORDER BY item COLLATE "C") FROM unnest((${acl})::text[]) item), 'nobody')`;

const powers = [
  'rolcanlogin',
  'rolsuper',
  'rolbypassrls',
  'rolcreaterole',
  'rolcreatedb',
  'rolreplication',
];

/** Rows with `fact` and `value`: everything but the keys. */
export const FACTS_SQL = `
WITH schema AS (SELECT * FROM pg_catalog.pg_namespace WHERE nspname = '${CONTEXT_SCHEMA}'),
routine AS (SELECT p.*, format('%I.%I(%s)', '${CONTEXT_SCHEMA}', proname, pg_get_function_identity_arguments(p.oid)) AS name
  FROM pg_catalog.pg_proc p JOIN schema ON pronamespace = schema.oid),
relation AS (SELECT c.*, format('%I.%I', '${CONTEXT_SCHEMA}', relname) AS name
  FROM pg_catalog.pg_class c JOIN schema ON relnamespace = schema.oid WHERE relkind <> 'i')
SELECT 'owner of schema ${CONTEXT_SCHEMA}' AS fact, nspowner::regrole::text AS value FROM schema
UNION ALL SELECT 'privileges on schema ${CONTEXT_SCHEMA}', ${privileges('nspacl')} FROM schema
UNION ALL SELECT 'owner of ' || name, proowner::regrole::text FROM routine
UNION ALL SELECT 'privileges on ' || name, ${privileges(`coalesce(proacl, acldefault('f', proowner))`)} FROM routine
UNION ALL SELECT 'definition of ' || name, ${digest(`CASE prokind WHEN 'a' THEN '' ELSE pg_get_functiondef(oid) END`)} FROM routine
UNION ALL SELECT 'owner of ' || name, relowner::regrole::text FROM relation
UNION ALL SELECT 'privileges on ' || name, ${privileges(`coalesce(relacl, acldefault('r', relowner))`)} FROM relation
UNION ALL SELECT 'definition of ' || name, ${digest(`concat_ws(' ', relkind, relrowsecurity,
  (SELECT string_agg(concat_ws(' ', attname, atttypid::regtype, attnotnull), ',' ORDER BY attnum)
     FROM pg_catalog.pg_attribute WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped),
  (SELECT string_agg(concat_ws(' ', tgname, tgenabled), ',' ORDER BY tgname) FROM pg_catalog.pg_trigger WHERE tgrelid = relation.oid),
  (SELECT string_agg(rulename, ',' ORDER BY rulename) FROM pg_catalog.pg_rewrite WHERE ev_class = relation.oid))`)} FROM relation
UNION ALL SELECT 'powers of role ${TOKEN_OWNER_ROLE}',
  concat_ws(' ', 'none', ${powers.map((power) => `CASE WHEN ${power} THEN '${power.slice(3)}' END`).join(', ')})
  FROM pg_catalog.pg_roles WHERE rolname = '${TOKEN_OWNER_ROLE}'
UNION ALL SELECT format('membership of %I in %I', member::regrole, roleid::regrole), 'given'
  FROM pg_catalog.pg_auth_members WHERE to_regrole('${TOKEN_OWNER_ROLE}') IN (member, roleid)
UNION ALL SELECT 'privileges on parameter ${CONTEXT_GUC}', ${privileges('paracl')}
  FROM pg_catalog.pg_parameter_acl WHERE parname = '${CONTEXT_GUC}'
ORDER BY 1`;

/** Rows with `fact` and `value` for the keys, where their table is. */
export const KEY_FACTS_SQL = `
SELECT 'key ' || id AS fact, '${DIGEST}' || ${KEY_DIGEST} AS value FROM ${KEYS} ORDER BY id`;

/** Whether the facts tell of a table of keys. */
export function hasKeys(facts: Facts): boolean {
  return `definition of ${KEYS}` in facts;
}

/** What has changed since it was made, in sentences. */
export function drift(made: Facts, found: Facts): string[] {
  const names = [...new Set([...Object.keys(made), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    const was = made[name];
    const is = found[name];
    if (was === is) return [];
    if (is === undefined) return [`${name} is gone`];
    if (was === undefined) return [`${name} is there and was not declared`];
    return is.startsWith(DIGEST) ? [`${name} was changed`] : [`${name}: ${is} instead of ${was}`];
  });
}

/** Rows with `object` for everything that asks for the tenant: policies, defaults, views, functions of others. */
export const DEPENDENTS_SQL = `
SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS object
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
 WHERE p.pronamespace = to_regnamespace('${CONTEXT_SCHEMA}') AND d.deptype IN ('n', 'a') ORDER BY 1`;

/** One row with `type` when tenant.id() returns another one than `$1`. */
export const OTHER_TYPE_SQL = `
SELECT format_type(p.prorettype, NULL) AS type FROM pg_catalog.pg_proc p
 WHERE p.pronamespace = to_regnamespace('${CONTEXT_SCHEMA}') AND p.proname = 'id' AND p.pronargs = 0
   AND p.prorettype <> $1::regtype`;

/** Drops the functions whose arguments or results are of the tenant's type, which cannot be replaced by others. */
export const DROP_TYPED_SQL = `
DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT oid::regprocedure AS name FROM pg_catalog.pg_proc
      WHERE pronamespace = to_regnamespace('${CONTEXT_SCHEMA}') AND proname IN ('id', 'become') LOOP
    EXECUTE format('DROP FUNCTION %s', f.name);
  END LOOP;
END $$`;

/** Things in the context's schema that are not the context's, by the facts. */
export function strangers(facts: Facts, type: TenantType): string[] {
  const own = ['enter(token text)', 'id()', `become(who ${type})`, 'keys'].map(
    (name) => `${CONTEXT_SCHEMA}.${name}`,
  );
  return Object.keys(facts).flatMap((fact) => {
    const name = /^definition of (.*)$/.exec(fact)?.[1];
    return name === undefined || own.includes(name) ? [] : [name];
  });
}
