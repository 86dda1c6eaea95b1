import { createHmac } from 'node:crypto';

/** A key that signs tokens: the id that tokens name it by, and 32 to 64 random bytes in hexadecimal. */
export interface SigningKey {
  readonly id: string;
  readonly secret: string;
}

export interface TokenArgs {
  readonly key: SigningKey;
  /** Name of the database that the token is for. */
  readonly database: string;
  /** The tenant, as text. */
  readonly tenant: string;
  /** From then on it is refused. Whole seconds count. */
  readonly expiresAt: Date;
}

/** What is signed begins with this: a signature made for anything else with the same key is no token. */
export const PURPOSE = 'plinth tenant v1';

/**
 * A token that says who the tenant is, for `select tenant.enter($1)`:
 *
 *     v1.<key id>.<tenant, UTF-8 in hexadecimal>.<expiry, Unix seconds>.<HMAC-SHA256 in lower-case hexadecimal>
 *
 * What is signed is the purpose, the database and the token up to and with its last dot, each on a line of its own. In Python:
 *
 *     body = f'v1.{key_id}.{tenant.encode().hex()}.{int(time.time()) + 60}.'
 *     said = f'plinth tenant v1\n{database}\n{body}'.encode()
 *     token = body + hmac.new(bytes.fromhex(secret), said, 'sha256').hexdigest()
 *
 * @throws when the key, the tenant or the expiry is none
 */
export function mintToken({ key, database, tenant, expiresAt }: TokenArgs): string {
  const problem = keyIdProblem(key.id) ?? secretProblem(key.secret);
  if (problem !== undefined) throw new Error(`key ${problem}`);
  if (tenant === '' || tenant.includes('\0') || !tenant.isWellFormed()) {
    throw new Error(
      'tenant is empty or no text: say whose transaction it is, or do not enter at all',
    );
  }
  const expiry = Math.floor(expiresAt.getTime() / 1000);
  if (!(expiry > 0)) throw new Error('expiresAt is no time after 1970: give a Date to come');
  const body = ['v1', key.id, Buffer.from(tenant).toString('hex'), expiry, ''].join('.');
  const said = [PURPOSE, database, body].join('\n');
  return `${body}${createHmac('sha256', Buffer.from(key.secret, 'hex')).update(said).digest('hex')}`;
}

/** What is wrong with a key's id; it stands in tokens between dots. */
export function keyIdProblem(id: string): string | undefined {
  return /^[A-Za-z0-9_-]{1,32}$/.test(id)
    ? undefined
    : `id ${JSON.stringify(id)} may hold only letters, digits, - and _, and at most 32 of them: choose another id`;
}

/** What is wrong with a key's secret, without the secret. */
export function secretProblem(secret: string): string | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(secret))
    return 'secret is not hexadecimal: make one with `openssl rand -hex 32`';
  const bytes = secret.length / 2;
  return bytes < 32 || bytes > 64
    ? `secret is ${bytes} bytes long but must be 32 to 64: make one with \`openssl rand -hex 32\``
    : undefined;
}
