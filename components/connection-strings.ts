import type { Endpoint } from './types.ts';

export interface LoginTo {
  readonly endpoint: Endpoint;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

type Parameters = Readonly<Record<string, string | number>>;

/** A connection URL; every part escaped, so that no password can change another part of it. */
function url(scheme: string, login: LoginTo, parameters: Parameters = {}): string {
  const { endpoint, database, user, password } = login;
  const query = Object.entries(parameters)
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`)
    .join('&');
  return (
    `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}` +
    `@${endpoint.host}:${String(endpoint.port)}/${encodeURIComponent(database)}` +
    (query === '' ? '' : `?${query}`)
  );
}

/** What libpq, psql, pg and Knex read. */
export function libpqUrl(login: LoginTo, applicationName: string): string {
  return url('postgresql', login, { application_name: applicationName });
}

/**
 * Prisma through the pooler. `pgbouncer=true` is left out on purpose: it turns prepared statements
 * off, and this pooler supports them.
 *
 * @param connectionLimit most connections of one Prisma client
 */
export function prismaUrl(login: LoginTo, connectionLimit: number): string {
  return url('postgresql', login, {
    schema: 'public',
    connection_limit: connectionLimit,
    pool_timeout: 20,
    connect_timeout: 15,
  });
}

/** SQLAlchemy with psycopg 3. */
export function sqlalchemyUrl(login: LoginTo): string {
  return url('postgresql+psycopg', login);
}

/** SQLAlchemy with asyncpg. */
export function sqlalchemyAsyncUrl(login: LoginTo): string {
  return url('postgresql+asyncpg', login);
}

/** A Redis client's URL. */
export function redisUrl({ endpoint, user, password }: Omit<LoginTo, 'database'>): string {
  return (
    `redis://${encodeURIComponent(user)}:${encodeURIComponent(password)}` +
    `@${endpoint.host}:${String(endpoint.port)}/0`
  );
}
