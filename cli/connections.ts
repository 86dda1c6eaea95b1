// Endpoints and connection strings out of a stack's outputs.

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export type Urls = Readonly<Record<string, Readonly<Record<string, string>>>>;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Endpoints by name; anything else among the outputs is left out. */
export function endpointsFrom(
  outputs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Endpoint>> {
  const all = outputs['endpoints'];
  if (!isRecord(all)) return {};
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      isRecord(value) && typeof value['host'] === 'string' && typeof value['port'] === 'number'
        ? [[name, { host: value['host'], port: value['port'] }]]
        : [],
    ),
  );
}

/** Connection strings by user, then by client. */
export function urlsFrom(outputs: Readonly<Record<string, unknown>>): Urls {
  const all = outputs['urls'];
  if (!isRecord(all)) return {};
  return Object.fromEntries(
    Object.entries(all).flatMap(([user, byClient]) => {
      if (!isRecord(byClient)) return [];
      const strings = Object.entries(byClient).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      );
      return [[user, Object.fromEntries(strings)]];
    }),
  );
}

const mask = '****';

/** A connection string without its password. */
export function masked(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/]*):[^@/]*@/i, `$1:${mask}@`);
}

/** The same, for all of them. */
export function maskedUrls(urls: Urls): Urls {
  return Object.fromEntries(
    Object.entries(urls).map(([user, byClient]) => [
      user,
      Object.fromEntries(Object.entries(byClient).map(([client, url]) => [client, masked(url)])),
    ]),
  );
}

/** A Postgres login taken out of its connection string. */
export interface Login extends Endpoint {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const defaultPort = 5432;

export function loginFrom(url: string): Login {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: port === '' ? defaultPort : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
}

/** A line of a password file: `\` and `:` are escaped, as libpq reads them. */
export function passfileLine({ host, port, database, user, password }: Login): string {
  const field = (value: string): string => value.replace(/[\\:]/g, (found) => `\\${found}`);
  return `${[host, String(port), database, user, password].map(field).join(':')}\n`;
}
