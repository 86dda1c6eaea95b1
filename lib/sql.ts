import { createHash } from 'node:crypto';

/** Postgres's keywords that cannot name everything without quotes: all but the unreserved ones, as for quote_ident(). */
const reserved = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation ' +
    'column concurrently constraint create cross current_catalog current_date current_role current_schema current_time ' +
    'current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze ' +
    'from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like ' +
    'limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary ' +
    'references returning right select session_user similar some symmetric system_user table tablesample then to ' +
    'trailing true union unique user using variadic verbose when where window with ' +
    // Names of types and functions with a grammar of their own.
    'between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int ' +
    'integer interval json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar ' +
    'json_serialize json_table json_value least merge_action national nchar none normalize nullif numeric out overlay ' +
    'position precision real row setof smallint substring time timestamp treat trim values varchar xmlattributes ' +
    'xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable'
  ).split(' '),
);

const MAX_BYTES = 63;

/**
 * An identifier, in quotes where it needs them.
 *
 * @throws {Error} for a name that would mean another object: an empty one, one that Postgres would cut, or one with
 *   characters that it does not have
 */
export function identifier(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > MAX_BYTES) {
    throw new Error(
      `${JSON.stringify(name)} is a name of ${bytes} bytes, but Postgres keeps 1 to ${MAX_BYTES}: choose another`,
    );
  }
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name)
    ? name
    : `"${text(name).replaceAll('"', '""')}"`;
}

/** A text as it is, if Postgres can hold it. */
function text(value: string): string {
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new Error(
      `${JSON.stringify(value)} holds a NUL or half a character, which Postgres has not: take it out`,
    );
  }
  return value;
}

/** `schema.name`. */
export function qualified(schema: string, name: string): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

/**
 * A string constant that means the same under either setting of standard_conforming_strings.
 *
 * @throws {Error} for a text that Postgres cannot hold
 */
export function literal(value: string): string {
  const quoted = `'${text(value).replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? `E${quoted}` : quoted;
}

/** A role in GRANT, REVOKE or a policy; `public` is everybody. */
export function role(name: string): string {
  return name === 'public' ? 'PUBLIC' : identifier(name);
}

/**
 * A name out of parts, `orders_app_select`. Postgres would cut a longer one at 63 bytes without a word, and two could
 * become one; so it is cut here, and ends with a digest of the whole.
 */
export function objectName(...parts: readonly string[]): string {
  const whole = parts.join('_');
  if (Buffer.byteLength(whole) <= MAX_BYTES) return whole;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 8);
  const kept = [...whole];
  while (Buffer.byteLength(kept.join('')) > MAX_BYTES - digest.length - 1) kept.pop();
  return `${kept.join('')}_${digest}`;
}
