import type { TenantType } from '../model/tenancy.ts';
import { identifier, literal, role } from '../../lib/sql.ts';
import { CONTEXT_SCHEMA } from '../model/tenant-context.ts';
import { KEYS, CONTEXT_GUC, signedFunctions } from './functions.ts';
import { PURPOSE } from './token.ts';

/** Owns the functions and the keys, and nothing else. Nobody is it: no login, no members. */
export const TOKEN_OWNER_ROLE = 'tenant_keeper';

export interface SignedContext {
  readonly type: TenantType;
  /** Roles of the application, which may enter with a token. */
  readonly roles: readonly string[];
  /** Name of the database that tokens must be for. */
  readonly database: string;
  /** Secrets by id, in hexadecimal. */
  readonly keys: Readonly<Record<string, string>>;
}

/**
 * Level 2: statements for one transaction of the superuser, safe to run again, that make the context what is declared, whatever
 * of it was there. Keys are changed row by row, so that whoever enters meanwhile finds the keys before or after. Secrets
 * are parameters.
 */
export function signedContextSql({ type, roles, keys, database }: SignedContext): Statement[] {
  return [
    'SET LOCAL search_path = pg_catalog, pg_temp',
    GUARD,
    KEEPER_ROLE,
    `CREATE SCHEMA IF NOT EXISTS ${CONTEXT_SCHEMA}`,
    `ALTER SCHEMA ${CONTEXT_SCHEMA} OWNER TO ${TOKEN_OWNER_ROLE}`,
    KEYS_TABLE,
    ...signedFunctions(type),
    ownedByKeeper(type),
    takePrivileges([KEYS_GRANTEES, PARAMETER_GRANTEES]),
    `GRANT SET ON PARAMETER ${CONTEXT_GUC} TO ${TOKEN_OWNER_ROLE}`,
    ...(roles.length === 0 ? [] : grants(roles)),
    ...keyRows(keys, database),
    // Of a table that it knows to be tiny, the planner reads the one page and no index.
    `ANALYZE ${KEYS}`,
  ].map((statement) =>
    typeof statement === 'string' ? { sql: statement, values: [] } : statement,
  );
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** All of this rests on it. */
const GUARD = `
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_settings WHERE name = '${CONTEXT_GUC}' AND context = 'superuser' AND vartype = 'string') THEN
    RAISE 'this server lets anybody change ${CONTEXT_GUC}, so a tenant in it could be forged: use access.context: setting, or Postgres 17';
  END IF;
END $$`;

/** The role without a power or a friend, whoever it was before. */
const KEEPER_ROLE = `
DO $$
DECLARE bond record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${TOKEN_OWNER_ROLE}') THEN CREATE ROLE ${TOKEN_OWNER_ROLE}; END IF;
  ALTER ROLE ${TOKEN_OWNER_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD NULL;
  FOR bond IN SELECT g.rolname AS of, m.rolname AS member, b.rolname AS grantor
      FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
      JOIN pg_roles b ON b.oid = a.grantor
     WHERE '${TOKEN_OWNER_ROLE}' IN (g.rolname, m.rolname) LOOP
    EXECUTE format('REVOKE %I FROM %I GRANTED BY %I CASCADE', bond.of, bond.member, bond.grantor);
  END LOOP;
END $$`;

const COLUMNS = [
  'id text COLLATE "C" PRIMARY KEY',
  'inside bytea NOT NULL',
  'outside bytea NOT NULL',
];

/** A table of that name that is any other is no place for keys: a trigger on it would see them. */
const KEYS_TABLE = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass('${KEYS}') AND (
      c.relkind <> 'r' OR c.relhastriggers OR c.relhasrules OR c.relrowsecurity OR c.relhassubclass
      OR (SELECT array_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
        IS DISTINCT FROM '{id text,inside bytea,outside bytea}')) THEN
    RAISE 'table ${KEYS} is not the one that holds the keys of tokens: rename it or drop it, and run the update again';
  END IF;
  CREATE TABLE IF NOT EXISTS ${KEYS} (${COLUMNS.join(', ')});
  ALTER TABLE ${KEYS} OWNER TO ${TOKEN_OWNER_ROLE};
END $$`;

const ownedByKeeper = (type: TenantType): string =>
  `DO $$ BEGIN ${['enter(text)', 'id()', `become(${type})`]
    .map((name) => `ALTER FUNCTION ${CONTEXT_SCHEMA}.${name} OWNER TO ${TOKEN_OWNER_ROLE};`)
    .join(' ')} END $$`;

const KEYS_GRANTEES = `
    SELECT 'TABLE ${KEYS}', a.grantee FROM pg_class, aclexplode(relacl) a
     WHERE oid = '${KEYS}'::regclass AND a.grantee <> relowner`;

const PARAMETER_GRANTEES = `
    SELECT 'PARAMETER ${CONTEXT_GUC}', a.grantee FROM pg_parameter_acl, aclexplode(paracl) a
     WHERE parname = '${CONTEXT_GUC}' AND a.grantee <> 10`;

/**
 * A statement that takes every privilege on the schema and its functions from everybody but the owner.
 *
 * @param more queries for grantees of other objects
 */
export function takePrivileges(more: readonly string[] = []): string {
  const grantees = [
    `
    SELECT 'SCHEMA ${CONTEXT_SCHEMA}' AS object, a.grantee FROM pg_namespace, aclexplode(nspacl) a
     WHERE nspname = '${CONTEXT_SCHEMA}' AND a.grantee <> nspowner`,
    `
    SELECT 'FUNCTION ' || p.oid::regprocedure, a.grantee
      FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     WHERE p.pronamespace = to_regnamespace('${CONTEXT_SCHEMA}') AND a.grantee <> p.proowner`,
    ...more,
  ];
  return `
DO $$
DECLARE given record;
BEGIN
  FOR given IN ${grantees.join('\n    UNION')}
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', given.object,
      CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(given.grantee)) END);
  END LOOP;
END $$`;
}

function grants(roles: readonly string[]): string[] {
  const names = roles.map(role).join(', ');
  return [
    `GRANT USAGE ON SCHEMA ${CONTEXT_SCHEMA} TO ${names}`,
    `GRANT EXECUTE ON FUNCTION ${CONTEXT_SCHEMA}.enter(text), ${CONTEXT_SCHEMA}.id() TO ${names}`,
  ];
}

/** Statements that leave these keys and no others in the table. */
export function keyRows(keys: SignedContext['keys'], database: string): Statement[] {
  const ids = Object.keys(keys).sort();
  return [
    { sql: `DELETE FROM ${KEYS} WHERE NOT id = ANY ($1::text[])`, values: [ids] },
    ...ids.map((id) => ({
      sql: `INSERT INTO ${KEYS} AS k (id, inside, outside) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET inside = excluded.inside, outside = excluded.outside
        WHERE (k.inside, k.outside) <> (excluded.inside, excluded.outside)`,
      values: [id, ...beginnings(keys[id] ?? '', database)],
    })),
  ];
}

/**
 * What HMAC-SHA256 hashes before anything that changes from token to token: the key of at most 64 bytes with its pads, and
 * inside also the purpose and the database.
 */
function beginnings(secret: string, database: string): [inside: Buffer, outside: Buffer] {
  const key = Buffer.alloc(64);
  key.write(secret, 'hex');
  const inner = key.map((byte) => byte ^ 0x36);
  const outer = key.map((byte) => byte ^ 0x5c);
  return [Buffer.concat([inner, Buffer.from(`${PURPOSE}\n${database}\n`)]), Buffer.from(outer)];
}

/** A digest of a key, over its table: nothing from which the key could be told. */
export const KEY_DIGEST = `encode(sha256(inside || outside), 'hex')`;

/**
 * Takes level 2 away and leaves the functions that level 1 has, too, to `owner`: when the tenant becomes a plain setting, or when
 * nobody asks who it is any more.
 */
export function resetSignedSql(owner: string): string[] {
  const to = identifier(owner);
  return [
    'SET LOCAL search_path = pg_catalog, pg_temp',
    `DROP FUNCTION IF EXISTS ${CONTEXT_SCHEMA}.enter(text)`,
    `DROP TABLE IF EXISTS ${KEYS}`,
    `DO $$
DECLARE f record;
BEGIN
  IF to_regnamespace('${CONTEXT_SCHEMA}') IS NOT NULL THEN
    ALTER SCHEMA ${CONTEXT_SCHEMA} OWNER TO ${to};
    FOR f IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = '${CONTEXT_SCHEMA}'::regnamespace LOOP
      EXECUTE format('ALTER FUNCTION %s OWNER TO %I', f.name, ${literal(owner)});
    END LOOP;
  END IF;
  -- Other databases of the server may have a context of their own.
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${TOKEN_OWNER_ROLE}') AND NOT EXISTS (
      SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = to_regrole('${TOKEN_OWNER_ROLE}') AND dbid <> 0) THEN
    REVOKE ALL ON PARAMETER ${CONTEXT_GUC} FROM ${TOKEN_OWNER_ROLE};
    DROP ROLE ${TOKEN_OWNER_ROLE};
  END IF;
END $$`,
  ];
}
