import * as pulumi from '@pulumi/pulumi';
import {
  libpqUrl,
  prismaUrl,
  redisUrl,
  sqlalchemyAsyncUrl,
  sqlalchemyUrl,
  type LoginTo,
} from './connection-strings.ts';
import type { Environment } from './environment.ts';
import type { Credential, Endpoint } from './types.ts';

/** Connections that one client process should open at most: a pool in front of the pool stays small. */
const CLIENT_CONNECTIONS = 10;

/** Where everything listens, as seen from this machine. Nothing here is secret. */
export function endpoints({ postgres, pgbouncer, redis, metrics }: Environment) {
  return {
    pooled: pgbouncer.pooled,
    direct: postgres.direct,
    ...Object.fromEntries(redis.map(({ internal, endpoint }) => [internal.host, endpoint])),
    metrics,
  };
}

/**
 * Ready connection strings by user and client. Applications get the pooled endpoint; migrations and
 * backups get the direct one, since both need what a pooled connection cannot keep.
 */
export function urls(environment: Environment, database: string): pulumi.Output<Urls> {
  const { credentials, postgres, pgbouncer, redis } = environment;
  const through = (endpoint: Endpoint, credential: Credential) =>
    pulumi.output(credential.password).apply((password) => ({
      endpoint,
      database,
      user: credential.user,
      password,
    }));
  const byUser = Object.entries(credentials).map(([user, credential]) => [
    user,
    DIRECT_USERS.has(user)
      ? through(postgres.direct, credential).apply((login) => directUrls(user, login))
      : pulumi
          .all([through(pgbouncer.pooled, credential), through(postgres.direct, credential)])
          .apply(([pooled, direct]) => pooledUrls(pooled, direct)),
  ]);
  const byRedis = redis.map(({ internal, endpoint, app }) => [
    internal.host,
    through(endpoint, app).apply((login) => ({ url: redisUrl(login) })),
  ]);
  return pulumi.secret(pulumi.output(Object.fromEntries([...byUser, ...byRedis]) as Urls));
}

/** How a transaction says which tenant it works for: the setting, or the key that signs tokens. */
export function tenant({ tenantContext: context }: Environment) {
  if (context === undefined) return { context: 'none' };
  const { setting, tokenKey } = context;
  return tokenKey === undefined
    ? { context: 'setting', setting }
    : { context: 'signed', key: pulumi.secret({ id: tokenKey.id, secret: tokenKey.secret }) };
}

/** What the command line has to know of the application: what to try, and who a tenant is. */
export function application({ application: { name, samples, tenancy } }: Environment) {
  const tenant = tenancy && { name: tenancy.tenant.is, type: tenancy.tenant.type };
  return { name, samples, ...(tenant === undefined ? {} : { tenant }) };
}

/** Connection strings by user or Redis, then by client. */
export type Urls = Readonly<Record<string, Readonly<Record<string, string>>>>;

const DIRECT_USERS = new Set(['migrator', 'backup', 'monitor', 'health']);

function directUrls(user: string, login: LoginTo): Record<string, string> {
  const psql = libpqUrl(login, 'psql');
  // Prisma migrates over a connection of its own, which it calls directUrl.
  return user === 'migrator' ? { psql, prismaDirect: prismaUrl(login, 2) } : { psql };
}

function pooledUrls(pooled: LoginTo, direct: LoginTo): Record<string, string> {
  return {
    psql: libpqUrl(pooled, 'psql'),
    knex: libpqUrl(pooled, 'knex'),
    prisma: prismaUrl(pooled, CLIENT_CONNECTIONS),
    sqlalchemy: sqlalchemyUrl(pooled),
    sqlalchemyAsync: sqlalchemyAsyncUrl(pooled),
    direct: libpqUrl(direct, 'psql'),
  };
}

/** How to log in to each page that is there and asks who one is. */
export function pages(
  endpoints: Readonly<Record<string, Endpoint>> | undefined,
  logins: Readonly<Record<string, Credential | undefined>>,
) {
  const there = Object.entries(logins).flatMap(([name, login]) => {
    const endpoint = endpoints?.[name];
    if (endpoint === undefined || login === undefined) return [];
    const url = `http://${endpoint.host}:${String(endpoint.port)}`;
    return [[name, pulumi.secret({ url, ...login })] as const];
  });
  return Object.fromEntries(there);
}
