/**
 * Which names Postgres, PgBouncer and Docker can all carry without a surprise.
 *
 * Postgres cuts a longer name at 63 *bytes* without an error, and folds an unquoted name to lower case;
 * so both are refused here instead of being found out on a running server.
 */

/** What Postgres keeps of an identifier, in bytes. */
export const maxIdentifierBytes = 63;
/** Each application role has two logins, `<name>_a` and `<name>_b`: the name itself must leave room. */
export const slotSuffixes = ['_a', '_b'] as const;
const maxSlottedBytes = maxIdentifierBytes - 2;

/** Words that name no role of their own in a GRANT, a policy or a pg_hba line. */
const reservedRoles = new Set(
  'public none all user current_user current_role session_user sameuser samerole samegroup replication'.split(
    ' ',
  ),
);
/** Roles the platform makes itself, beside the ones in the `users` setting. */
const platformRoles = new Set(['pgbouncer', 'owner', 'plinth', 'tenant_keeper']);
/** Databases that exist on every server, PgBouncer's console, and pg_hba's own words. */
const reservedDatabases = new Set(
  'postgres template0 template1 pgbouncer all sameuser samerole samegroup replication'.split(' '),
);

/** The two logins of an application role, in order: `app` → `app_a`, `app_b`. */
export function slotsOf(name: string): readonly [string, string] {
  return [`${name}_a`, `${name}_b`];
}

/** What is wrong with a database's name, as the rest of a sentence; undefined when nothing is. */
export function databaseNameProblem(name: string): string | undefined {
  if (reservedDatabases.has(name.toLowerCase())) {
    return 'but that name is taken by Postgres or PgBouncer: choose another';
  }
  return identifierProblem(name, maxIdentifierBytes, '');
}

/**
 * What is wrong with the name of a further application role, as the rest of a sentence.
 *
 * @param name the role, without a slot's suffix
 * @param others every other role of the environment, the platform's own among them
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
    ' (63, less two for the login names _a and _b)',
  );
  if (problem !== undefined) return problem;
  for (const other of others) {
    if (other !== name && slotsOf(other).includes(name)) {
      return `but that is reserved for a login of ${other}: choose another name`;
    }
  }
  return undefined;
}

/** What is wrong with the name of a data volume, as the rest of a sentence; undefined when nothing is. */
export function volumeNameProblem(name: string): string | undefined {
  return /^plinth-[a-z0-9-]+-postgres-data(-[a-z0-9-]+)?$/.test(name)
    ? undefined
    : 'but must be a volume that a restore has made: write what npx plinth restore run printed';
}

/** What is wrong with a stack's name, which becomes part of every container, network and volume name. */
export function stackNameProblem(name: string): string | undefined {
  return /^[a-z][a-z0-9-]{0,29}$/.test(name) && !name.endsWith('-')
    ? undefined
    : 'but must be 1 to 30 lower-case letters, digits and hyphens, beginning with a letter: rename the stack';
}

function identifierProblem(name: string, maxBytes: number, why: string): string | undefined {
  const bytes = Buffer.byteLength(name, 'utf8');
  if (name === '') return 'but must not be empty: write a name';
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) {
    return 'but must hold no control characters or line breaks: leave them out';
  }
  if (/\s/u.test(name)) return 'but must hold no blanks: write _ instead';
  if (/['"`\\/]/.test(name)) return 'but must hold no quotes or slashes: leave them out';
  if (bytes > maxBytes) {
    return `but is ${bytes} bytes long, and at most ${maxBytes}${why} are kept: shorten it`;
  }
  if (name.startsWith('pg_')) return 'but pg_ belongs to Postgres: choose another beginning';
  if (name !== name.toLowerCase()) {
    return `but must be in lower case: write ${JSON.stringify(name.toLowerCase())}`;
  }
  // PgBouncer reads no other letters in a file of its own, and two spellings of one visible name
  // would be two roles.
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    return 'but may hold only a to z, 0 to 9 and _, and must begin with a letter: choose another name';
  }
  return undefined;
}
