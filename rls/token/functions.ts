import type { TenantType } from '../model/tenancy.ts';
import { CONTEXT_SCHEMA } from '../model/tenant-context.ts';

/**
 * Where the tenant stands during a transaction. Postgres lets nobody change this parameter without a privilege (unlike
 * `app.anything`), undoes a local change at the end of the transaction or savepoint, and hands it to parallel workers. Its
 * own purpose, which names functions of the server's C code for debugging, a value that begins with MARK cannot meet.
 */
export const CONTEXT_GUC = 'backtrace_functions';
export const VALUE_PREFIX = 'tenant_';

/** Table of the keys, as the beginnings of the two hashes that HMAC is: two calls of sha256() are all that is left to do. */
export const KEYS = `${CONTEXT_SCHEMA}.keys`;

/**
 * The functions of the signed context. They are called with the search_path of whoever calls, and a SET of their own costs
 * a transaction some per cent, so every name in them says its schema and operators are called as functions.
 *
 * plpgsql, since its plans last as long as the session: a function in SQL is planned in every statement.
 */
export function signedFunctions(type: TenantType): string[] {
  return [enter(type), id(type), become(type)];
}

/**
 * Nothing of the token is read as anything but text before its signature has been found right. Every function that is called
 * costs a transaction, so the beginnings of both hashes are in the table, with what they have in common: see `keyRows`.
 */
function enter(type: TenantType): string {
  const part = (n: number) => `pg_catalog.split_part(token, '.', ${n})`;
  const bytes = (said: string) => `pg_catalog.convert_to(${said}, 'UTF8')`;
  const hash = (begun: string, rest: string) =>
    `pg_catalog.sha256(pg_catalog.byteacat(${begun}, ${rest}))`;
  const signed = hash('outside', hash('inside', bytes('pg_catalog."left"(token, -64)')));
  // How long it takes to compare two hashes tells nothing about what was hashed.
  const blind = (said: string) => `pg_catalog.sha256(${bytes(said)})`;
  const right = `pg_catalog.byteaeq(${blind('pg_catalog."right"(token, 64)')}, ${blind(`pg_catalog.encode(${signed}, 'hex')`)})`;
  const now = `pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())`;
  return `
CREATE OR REPLACE FUNCTION ${CONTEXT_SCHEMA}.enter(token text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER AS $enter$
DECLARE
  inside pg_catalog.bytea;
  outside pg_catalog.bytea;
BEGIN
  SELECT k.inside, k.outside INTO inside, outside FROM ${KEYS} k WHERE k.id OPERATOR(pg_catalog.=) ${part(2)};
  IF (CASE WHEN ${right} THEN
      CASE WHEN pg_catalog.float8gt(${part(4)}::pg_catalog.float8, ${now})
        AND ${type === 'text' ? `pg_catalog.textne(${part(3)}, '')` : `${text(part(3))}::pg_catalog.${NAMES[type]} IS NOT NULL`} THEN
        pg_catalog.set_config('${CONTEXT_GUC}', pg_catalog.textcat('${VALUE_PREFIX}', ${part(3)}), true)
      END END) IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = '28000', MESSAGE = pg_catalog.textcat('tenant token refused: ', CASE
      WHEN (pg_catalog.starts_with(token, 'v1.') AND pg_catalog.textne(${part(5)}, '')) IS NOT TRUE
        THEN 'it is malformed'
      WHEN outside IS NULL THEN 'its key is unknown or no longer valid'
      WHEN (${right}) IS NOT TRUE THEN 'its signature is wrong, or it was made for another database'
      ELSE 'it has expired' END);
  END IF;
END
$enter$`;
}

function id(type: TenantType): string {
  const said = `pg_catalog.current_setting('${CONTEXT_GUC}')`;
  return `
CREATE OR REPLACE FUNCTION ${CONTEXT_SCHEMA}.id() RETURNS ${type}
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $id$
BEGIN
  RETURN CASE WHEN pg_catalog.starts_with(${said}, '${VALUE_PREFIX}')
    THEN ${text(`pg_catalog.substr(${said}, ${VALUE_PREFIX.length + 1})`)}::pg_catalog.${NAMES[type]} END;
END
$id$`;
}

/** Takes anybody's word for who the tenant is: for the superuser, who sows. */
function become(type: TenantType): string {
  const hex = `pg_catalog.encode(pg_catalog.convert_to(who::pg_catalog.text, 'UTF8'), 'hex')`;
  const said = `CASE WHEN who IS NULL THEN '' ELSE pg_catalog.textcat('${VALUE_PREFIX}', ${hex}) END`;
  return `
CREATE OR REPLACE FUNCTION ${CONTEXT_SCHEMA}.become(who ${type}) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER AS $become$
BEGIN
  PERFORM pg_catalog.set_config('${CONTEXT_GUC}', ${said}, true);
END
$become$`;
}

const NAMES: Readonly<Record<TenantType, string>> = {
  uuid: 'uuid',
  bigint: 'int8',
  integer: 'int4',
  text: 'text',
};

const text = (hex: string): string =>
  `pg_catalog.convert_from(pg_catalog.decode(${hex}, 'hex'), 'UTF8')`;
