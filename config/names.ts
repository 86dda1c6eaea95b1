/**
 * Names that are valid in Postgres, PgBouncer and Docker.
 *
 * Postgres truncates names after 63 *bytes* without an error, and folds unquoted names to lower case. Both are
 * rejected here, so that the problem does not appear later on a running server.
 */

/** Maximum length of an identifier in Postgres, in bytes. */
export const maxIdentifierBytes = 63;
/** Each application role has two login roles, `<name>_a` and `<name>_b`. Its name must leave room for the suffix. */
export const slotSuffixes = ['_a', '_b'] as const;
const maxSlottedBytes = maxIdentifierBytes - 2;

/** Words with a special meaning in GRANT, in a policy or in pg_hba.conf. */
const reservedRoles = new Set(
  'public none all user current_user current_role session_user sameuser samerole samegroup replication'.split(
    ' ',
  ),
);
/** Roles that the platform creates in addition to those in the `users` setting. */
const platformRoles = new Set(['pgbouncer', 'owner', 'plinth', 'tenant_keeper']);
/** Databases that exist on every server, the admin console of PgBouncer, and keywords of pg_hba.conf. */
const reservedDatabases = new Set(
  'postgres template0 template1 pgbouncer all sameuser samerole samegroup replication'.split(' '),
);

/** The two login roles of an application role, in order: `app` → `app_a`, `app_b`. */
export function slotsOf(name: string): readonly [string, string] {
  return [`${name}_a`, `${name}_b`];
}

/** The problem with the name of a database, as the rest of a sentence. Undefined if the name is valid. */
export function databaseNameProblem(name: string): string | undefined {
  if (reservedDatabases.has(name.toLowerCase())) {
    return 'but that name is reserved by Postgres or PgBouncer: choose another';
  }
  return identifierProblem(name, maxIdentifierBytes, '');
}

/**
 * The problem with the name of an additional application role, as the rest of a sentence.
 *
 * @param name the role, without the suffix of a login role
 * @param others all other roles of the environment, including those of the platform
 */
export function roleNameProblem(name: string, others: readonly string[]): string | undefined {
  if (reservedRoles.has(name.toLowerCase())) {
    return 'but that is a reserved word of Postgres: choose another name';
  }
  if (platformRoles.has(name))
    return 'but the platform has a role of that name: choose another name';
  const problem = identifierProblem(
    name,
    maxSlottedBytes,
    ' (63, minus two for the login suffixes _a and _b)',
  );
  if (problem !== undefined) return problem;
  for (const other of others) {
    if (other !== name && slotsOf(other).includes(name)) {
      return `but that is reserved for a login of ${other}: choose another name`;
    }
  }
  return undefined;
}

/** The problem with the name of a data volume, as the rest of a sentence. Undefined if the name is valid. */
export function volumeNameProblem(name: string): string | undefined {
  return /^plinth-[a-z0-9-]+-postgres-data(-[a-z0-9-]+)?$/.test(name)
    ? undefined
    : 'but must be a volume that a restore created: write the name that npx plinth restore run printed';
}

/** The problem with the name of a stack. It is part of every container, network and volume name. */
export function stackNameProblem(name: string): string | undefined {
  return /^[a-z][a-z0-9-]{0,29}$/.test(name) && !name.endsWith('-')
    ? undefined
    : 'but must be 1 to 30 lower-case letters, digits and hyphens, beginning with a letter: rename the stack';
}

function identifierProblem(name: string, maxBytes: number, why: string): string | undefined {
  const bytes = Buffer.byteLength(name, 'utf8');
  if (name === '') return 'but must not be empty: write a name';
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) {
    return 'but must not contain control characters or line breaks: remove them';
  }
  if (/\s/u.test(name)) return 'but must not contain spaces: write _ instead';
  if (/['"`\\/]/.test(name)) return 'but must not contain quotes or slashes: remove them';
  if (bytes > maxBytes) {
    return `but is ${bytes} bytes long, and the limit is ${maxBytes}${why}: shorten it`;
  }
  if (name.startsWith('pg_'))
    return 'but the prefix pg_ is reserved by Postgres: choose another name';
  if (name !== name.toLowerCase()) {
    return `but must be in lower case: write ${JSON.stringify(name.toLowerCase())}`;
  }
  // PgBouncer accepts no other letters in its configuration. Two Unicode spellings of the same visible name would
  // also be two different roles.
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    return 'but may contain only a to z, 0 to 9 and _, and must begin with a letter: choose another name';
  }
  return undefined;
}
